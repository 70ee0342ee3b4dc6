"""Tool calls in the shapes in which models and servers write them: names, ids, arguments."""

import json
from typing import Any

import pytest

from agents.llm.tool_calls import given_id, read_arguments, read_name

OFFERED = ("usage", "golden_signals", "hand_in")


@pytest.mark.parametrize(
    "written",
    [
        "hand_in",
        "functions.hand_in",
        "hand_in<|channel|>commentary",
        "functions.hand_in<|channel|>json",
        "default_api:hand_in",
        "functions.hand_in:0",
        " hand_in ",
        "tools/hand_in",
        "<|constrain|>hand_in",
    ],
)
def test_a_name_with_something_before_or_behind_it_is_understood(written: str) -> None:
    assert read_name(written, OFFERED) == "hand_in"


@pytest.mark.parametrize("written", ["", "rollback", "hand_in_now", "usage.golden_signals", "functions.rollback"])
def test_a_name_that_means_none_or_several_stays_as_it_is(written: str) -> None:
    assert read_name(written, OFFERED) == written


@pytest.mark.parametrize("nothing", ["", "null", "None"])
def test_a_call_without_an_id_gets_one_that_every_endpoint_takes(nothing: str) -> None:
    given = given_id(nothing, (), "seed")
    assert len(given) == 9
    assert given.isascii()
    assert given.isalnum()
    assert given == given_id("", (), "seed") != given_id("", (), "another seed")


def test_an_id_that_is_taken_is_replaced_and_any_other_stays() -> None:
    assert given_id("call_1", ("call_0",), "seed") == "call_1"
    first = given_id("call_1", ("call_1",), "seed")
    assert first not in ("call_1", given_id("call_1", ("call_1", first), "seed"))


WANTED: dict[str, Any] = {"service": "shop", "cites": ["a", "b"]}
ENCODED = json.dumps(WANTED)


@pytest.mark.parametrize(
    "written",
    [
        ENCODED,
        f"```json\n{ENCODED}\n```",
        f"```\n{ENCODED}",
        json.dumps(ENCODED),
        json.dumps(json.dumps(ENCODED)),
        json.dumps(f"```json\n{ENCODED}\n```"),
        f"  {ENCODED}\n",
    ],
)
def test_fenced_and_doubly_encoded_arguments_are_read(written: str) -> None:
    assert read_arguments(written) == (WANTED, "")


SCHEMA: dict[str, Any] = {
    "properties": {
        "summary": {"type": "string"},
        "cites": {"type": "array", "items": {"type": "string"}},
        "reasons": {"type": "array", "items": {"$ref": "#/$defs/Claim"}},
        "scope": {"anyOf": [{"$ref": "#/$defs/Claim"}, {"type": "null"}]},
        "either": {"anyOf": [{"type": "string"}, {"type": "object"}]},
    },
    "$defs": {"Claim": {"type": "object", "properties": {"cites": {"type": "array", "items": {"type": "string"}}}}},
}


def test_a_field_that_should_be_an_object_or_a_list_and_is_json_in_a_text_is_read() -> None:
    written = {
        "summary": '["stays", "a text"]',
        "cites": '["a"]',
        "reasons": json.dumps([{"cites": '["b"]'}]),
        "scope": '{"cites": ["c"]}',
        "either": '{"stays": 1}',
        "unknown": "[1]",
    }
    assert read_arguments(json.dumps(written), SCHEMA)[0] == {
        "summary": '["stays", "a text"]',
        "cites": ["a"],
        "reasons": [{"cites": ["b"]}],
        "scope": {"cites": ["c"]},
        "either": '{"stays": 1}',
        "unknown": "[1]",
    }


@pytest.mark.parametrize("text", ["not json", "[1", "7", '{"a": NaN}'])
def test_a_field_that_cannot_be_read_stays_as_it_is(text: str) -> None:
    assert read_arguments(json.dumps({"cites": text}), SCHEMA)[0] == {"cites": text}


def test_a_text_that_holds_no_object_is_none() -> None:
    assert read_arguments('"service"')[1] == 'they are no JSON object: "service"'
    assert read_arguments(json.dumps("{not json"))[1].startswith("they are not JSON")
