"""Shortening: large tool results as the model gets them."""

import json

from agents.runtime.shortening import halved, told

SMALL = {"service": "checkout", "active_users": 1000}
LARGE = {"lines": [{"line": n, "text": "x" * 400} for n in range(200)], "service": "checkout"}


def test_what_is_not_large_comes_whole() -> None:
    assert json.loads(told("3fa92c01", SMALL)) == {"ref": "3fa92c01", **SMALL}


def test_what_is_large_is_cut_and_says_where_the_whole_is() -> None:
    text = told("3fa92c01", LARGE)
    cut = json.loads(text)
    assert len(text) <= 12_000
    assert "is event 3fa92c01 of the transcript" in cut["shortened"]
    assert f"{len(json.dumps({'ref': '3fa92c01', **LARGE}, separators=(',', ':')))} characters" in cut["shortened"]
    assert cut["service"] == "checkout"


def test_of_a_long_list_the_beginning_and_the_end_stay() -> None:
    lines = json.loads(told("3fa92c01", LARGE))["lines"]
    assert (lines[0]["line"], lines[-1]["line"]) == (0, 199)
    assert any("left out" in line for line in lines if isinstance(line, str))


def test_a_long_text_says_how_much_is_missing() -> None:
    assert json.loads(told("r", {"sample": "x" * 20_000}))["sample"].endswith("... (19000 more characters)")


def test_it_always_fits() -> None:
    assert len(told("r", {f"field_{n}": "x" * 100 for n in range(1000)})) < 12_000


def test_in_an_overlong_conversation_tool_results_are_halved_and_words_stay() -> None:
    result = {"role": "tool", "tool_call_id": "c", "content": told("3fa92c01", LARGE)}
    short = halved(result)
    assert len(short["content"]) <= len(result["content"]) / 2
    assert json.loads(short["content"])["ref"] == "3fa92c01"
    briefing = {"role": "user", "content": "x" * 50_000}
    assert halved(briefing) == briefing
