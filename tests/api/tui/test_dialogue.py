"""A question answered key by key."""

from typing import Any

import pytest

from api.runs.run_view import OpenQuestion
from api.tui.dialogue import KEYS, Dialogue
from api.tui.live import decode
from graphs.model.questions import HumanAnswer

PROPOSAL = {"action": "rollback", "service": "checkout", "parameters": {"version": "41", "replicas": 3}}


def about(kind: Any, *options: str, proposal: dict[str, Any] | None = None) -> Dialogue:
    question = OpenQuestion(
        id="q-1", kind=kind, text="Shall I?", options=list(options), proposal=proposal, risk=None, undo=None
    )
    return Dialogue(question)


def pressed(dialogue: Dialogue, *keys: str) -> list[dict[str, Any]]:
    """The answers that come of keys; a longer word is typed letter by letter."""
    named = {"enter", "escape", "backspace", "clear"}
    single = [one for key in keys for one in ([key] if key in named else key)]
    return [said for key in single if (said := dialogue.press(key))]


def approval() -> Dialogue:
    return about("approval", "approve", "refuse", "edit", proposal=PROPOSAL)


def test_a_yes_is_sent_when_it_is_confirmed_and_not_before() -> None:
    dialogue = approval()
    assert pressed(dialogue, "a") == []
    assert dialogue.prompt() == "Send: approve?"
    assert pressed(dialogue, "y") == [{"answer": "approve", "comment": ""}]


def test_nothing_is_sent_where_nothing_was_chosen() -> None:
    assert pressed(approval(), "y", "enter", "x", "escape", "y") == []


def test_who_thinks_again_sends_nothing() -> None:
    dialogue = approval()
    assert pressed(dialogue, "a", "escape", "y") == []
    assert pressed(dialogue, "a", "r", "y") == [{"answer": "refuse", "comment": ""}]


def test_a_comment_goes_with_the_answer_and_its_letters_are_no_keys() -> None:
    dialogue = approval()
    said = pressed(dialogue, "c", "are yo", "backspace", "backspace", "y sure?", "enter", "r", "y")
    assert said == [{"answer": "refuse", "comment": "are y sure?"}]


def test_a_change_is_typed_over_each_frozen_parameter() -> None:
    dialogue = approval()
    assert pressed(dialogue, "e", "clear", "40", "enter") == []
    assert dialogue.prompt() == "Replicas: 3"
    assert pressed(dialogue, "enter") == []
    assert dialogue.prompt() == "Send: edit, version 40, replicas 3?"
    assert pressed(dialogue, "y")[0]["parameters"] == {"version": "40", "replicas": "3"}


def test_a_proposal_with_nothing_to_change_is_not_offered_to_be_changed() -> None:
    bare = about("approval", "approve", "edit", proposal={**PROPOSAL, "parameters": {}})
    assert bare.keys() == {"a": "approve", "c": "comment"}


@pytest.mark.parametrize("named", ["2", "infrastructure", "Infrastructure"])
def test_a_cause_is_named_by_its_number_or_its_name(named: str) -> None:
    dialogue = about("direction", "look again", "cause", "handled")
    said = pressed(dialogue, "u", named, "enter", "the disk", "enter", "y")
    assert said == [{"answer": "cause", "comment": "", "cause": "infrastructure", "component": "the disk"}]


def test_a_cause_that_is_none_is_asked_for_again() -> None:
    dialogue = about("direction", "cause")
    assert pressed(dialogue, "u", "9", "enter") == []
    assert dialogue.prompt().startswith("Cause (1 recent deployment, 2")


def test_an_amount_is_typed() -> None:
    said = pressed(about("revenue limit", "amount"), "m", "5000", "enter", "y")
    assert said == [{"answer": "amount", "comment": "", "amount": "5000"}]


def test_every_answer_has_a_key_of_its_own() -> None:
    answers = HumanAnswer.model_json_schema()["properties"]["answer"]["enum"]
    assert sorted([*KEYS, "act"]) == sorted(answers)  # offered acts are numbered
    assert len({*KEYS.values(), "c", "q", "y"}) == len(KEYS) + 3


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("a", ["a"]),
        ("\x1b", ["escape"]),
        ("\x1b[A\x1b[6~", ["up", "page down"]),
        ("\x1b[3~", []),
        ("nötig\r", ["n", "ö", "t", "i", "g", "enter"]),
        ("\x01\x7f", ["backspace"]),
    ],
)
def test_what_a_terminal_sends_is_read_as_keys(sent: str, keys: list[str]) -> None:
    assert [*decode(sent)] == keys
