"""JSON of any size is read and written as the json module does it, in small steps."""

import json
from types import FunctionType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.io import large_json
from agents.io.large_json import InSmallSteps, TooManyParts

VALUES: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
WHOLE: st.SearchStrategy[Any] = st.recursive(
    VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
QUICK = settings(max_examples=100, deadline=None, derandomize=True)


@QUICK
@given(told=WHOLE)
def test_small_steps_lead_to_the_same(told: Any) -> None:
    assert InSmallSteps({}).decode(json.dumps(told)) == json.loads(json.dumps(told))
    assert json.loads(large_json.written(told, large_json.LARGE + 1)) == json.loads(json.dumps(told))


@QUICK
@given(text=st.text(alphabet='{}[]",: \\u01tfn.e-', max_size=30))
def test_small_steps_refuse_the_same(text: str) -> None:
    def outcome(read: Any) -> Any:
        try:
            return read(text)
        except json.JSONDecodeError as error:
            return error.msg, error.pos

    assert repr(outcome(InSmallSteps({}).decode)) == repr(outcome(json.loads))


def test_a_large_text_is_read_by_python_and_not_by_c() -> None:
    assert isinstance(InSmallSteps({}).scan_once, FunctionType)  # pyright: ignore
    seen: list[str] = []
    text = json.dumps({"a": 1, "b": [2.5], "padding": large_json.LARGE * "x"})
    told = large_json.read(text, parse_int=lambda digits: seen.append(digits) or int(digits))
    assert (told["a"], told["b"], seen) == (1, [2.5], ["1"])


def test_only_a_large_text_may_have_too_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_json, "MOST_CONTAINERS", 10)
    text = f"[{'[],' * 10}{{}}"
    assert len(large_json.read(f"{text}]")) == 11
    with pytest.raises(TooManyParts):
        large_json.read(f"{text}{' ' * large_json.LARGE}]")


def test_what_has_too_many_parts_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_json, "MOST_CONTAINERS", 10)
    assert InSmallSteps({}).decode("[[],[],{},[{}]]") == [[], [], {}, [{}]]
    with pytest.raises(TooManyParts):
        InSmallSteps({}).decode(f"[{'[],' * 10}{{}}]")
