"""Arguments: what can be read of what a model wrote, and why the rest cannot."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.outside_text import DEEPEST
from agents.llm.arguments import LONGEST, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize("nothing", ["", "  ", "null", "{}"])
def test_nothing_is_no_argument(nothing: str) -> None:
    assert read(nothing) == ({}, "")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('{"service": ', 'they are not JSON: {"service": '),
        ("[1, 2]", "they are no JSON object: [1, 2]"),
        ("7", "they are no JSON object: 7"),
        ('"service"', 'they are no JSON object: "service"'),
        ('{"minutes": NaN}', "NaN is no number"),
        ('{"minutes": -Infinity}', "-Infinity is no number"),
        ('{"minutes": 1e999}', "1e999 is larger than 1,000,000,000,000,000"),
        (f'{{"minutes": {"9" * 5000}}}', f"{'9' * 500} is larger than 1,000,000,000,000,000"),
        (nested(DEEPEST + 1), f"they are nested more than {DEEPEST} levels deep"),
        (nested(100_000 // 6 - 1), f"they are nested more than {DEEPEST} levels deep"),
        (json.dumps({"service": "x" * LONGEST}), "they have 100,015 characters, and at most 100,000 are read"),
    ],
    ids=lambda text: str(text)[:30],
)
def test_what_cannot_be_read_is_said(written: str, why: str) -> None:
    assert read(written) == ({}, why)


def test_what_a_report_needs_is_read() -> None:
    wanted = {"summary": "5xx \u2013 all", "of": [0.25, 20_185, -3, 1e-7], "none": None, "ok": True}
    assert read(json.dumps(wanted)) == (wanted, "")
    assert read(nested(DEEPEST))[1] == ""


@given(JSON)
def test_whatever_json_is_written_gives_arguments_that_can_be_written_again_or_a_reason(value: Any) -> None:
    found, why = read(json.dumps(value))
    json.dumps(found, allow_nan=False)
    assert not (found and why)
    assert bool(why) == (bool(value) and (not isinstance(value, dict) or found != value))


@given(st.text())
def test_any_text_is_read_or_not_without_an_error(written: str) -> None:
    found, why = read(written)
    assert not (found and why)
