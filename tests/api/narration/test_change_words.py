"""A change in the words in which a person is asked about it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tools.change import CHANGES, Change, UnfitChange
from api.narration.change_words import PHRASES, headline_of, in_plain_words, remarks_on
from graphs.model.questions import Question
from graphs.steps.approval import in_words

SUMMARY = "Propose: roll shop back from 42 to 41."
ROLLBACK: dict[str, Any] = {
    "action": "rollback",
    "service": "shop",
    "parameters": {"version": "41"},
    "summary": SUMMARY,
}


def asked(text: str, proposal: dict[str, Any] | None = ROLLBACK) -> Question:
    return Question(id="q", kind="approval", text=text, options=["approve"], proposal=proposal)


@pytest.mark.parametrize(
    ("action", "parameters", "now", "said"),
    [
        ("rollback", {"version": "41"}, "42", "roll shop back from 42 to 41"),
        ("rollback", {"version": "41"}, "", "roll shop back to 41"),
        ("deploy", {"version": "43"}, "42", "deploy 43 of shop, where 42 runs now"),
        ("scale", {"replicas": 6}, "3", "scale shop from 3 to 6 replicas"),
        ("restart", {}, "", "restart shop"),
        ("failover", {"standby": "shop-b"}, "", "move shop over to its standby shop-b"),
        ("fallback", {"dependency": "cache"}, "", "let shop do without cache"),
        (
            "build_hotfix",
            {"change": "#2", "remedy": "switch off"},
            "",
            'build a hotfix of shop: "switch off" #2; nothing is deployed yet',
        ),
    ],
)
def test_each_change_has_its_sentence(action: str, parameters: dict[str, Any], now: str, said: str) -> None:
    assert in_plain_words(Change(action, "shop", parameters), now) == said


def test_every_action_has_a_phrase_with_all_that_it_takes() -> None:
    assert set(PHRASES) == set(CHANGES)
    for action, port in CHANGES.items():
        assert all(f"{{{name}}}" in PHRASES[action] for name in port.arguments.model_fields)


@given(st.text(max_size=40))
def test_no_value_can_pass_for_a_sentence_of_ours(version: str) -> None:
    try:
        change = Change("rollback", "shop", {"version": version})
    except UnfitChange:
        return
    said = in_plain_words(change).removeprefix("roll shop back to ")
    assert said == version if " " not in said and '"' not in said else said[0] == said[-1] == '"'


def test_the_headline_says_the_change_once_and_the_rest_stays() -> None:
    approvals = "Ada approved this: go. One more person has to approve."
    question = asked(in_words(ROLLBACK, approvals=approvals))
    assert headline_of(question, "42") == "Roll shop back from 42 to 41?"
    assert remarks_on(question) == approvals
    assert remarks_on(asked(in_words(ROLLBACK))) == ""


def test_a_text_that_does_not_begin_with_the_change_is_shown_whole_beside_it() -> None:
    question = asked("Shall it be rolled back?")
    assert (headline_of(question), remarks_on(question)) == ("Roll shop back to 41?", "Shall it be rolled back?")


@pytest.mark.parametrize("proposal", [None, {"action": "dance", "service": "shop", "summary": "-"}])
def test_a_question_about_no_change_keeps_its_text(proposal: dict[str, Any] | None) -> None:
    question = asked("What now?", proposal)
    assert (headline_of(question), remarks_on(question)) == ("What now?", "")


def test_a_question_about_no_change_is_asked_first_and_what_led_to_it_stands_beside() -> None:
    unclear = asked("Nothing says why shop 1.2.3 fails. Not seen: logs. What should be done?", None)
    assert headline_of(unclear) == "What should be done?"
    assert remarks_on(unclear) == "Nothing says why shop 1.2.3 fails. Not seen: logs."
    alone = asked("Was version 1.2 deployed?", None)
    assert (headline_of(alone), remarks_on(alone)) == ("Was version 1.2 deployed?", "")
    statement = asked("It failed. Somebody has to look at it.", None)
    assert headline_of(statement) == "It failed. Somebody has to look at it."
