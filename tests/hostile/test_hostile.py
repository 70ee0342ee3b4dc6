"""Hostile texts: a few of them here; `make hostile` plays each at every place."""

from typing import Any

import pytest

from agents.roster import DUTIES, ROSTER
from graphs.transcript.event import Event
from tests.hostile.approved import beyond_approval
from tests.hostile.places import PLACES, attempt, harm, unharmed
from tests.hostile.texts import Hostile, texts


def test_no_duty_of_any_role_holds_a_tool_that_acts() -> None:
    assert set(DUTIES) == set(ROSTER)
    tools = [tool for duties in DUTIES.values() for duty in duties.values() for tool in duty.tools]
    assert len(tools) > 50
    assert not [tool.name for tool in tools if tool.acts]


def test_there_are_enough_texts_and_places() -> None:
    assert len(texts()) * len(PLACES) >= 60
    assert sum(bool(hostile.secret) for hostile in texts()) >= 3


def told_otherwise(kind: str, **other: Any) -> list[Event]:
    """The record of a good run, in which one kind of event about the rollback says something else."""
    return [
        event.model_copy(update={"payload": {**event.payload, **other}})
        if event.kind == kind and "rollback" in str(event.payload)
        else event
        for event in unharmed()
    ]


def test_what_was_shown_approved_and_done_is_one_change() -> None:
    assert list(beyond_approval(unharmed())) == []


@pytest.mark.parametrize("kind", ["intent", "result"])
@pytest.mark.parametrize(
    "other",
    [
        {"arguments": {"service": "sign-in", "version": "5.16.0"}},
        {"arguments": {"service": "user-store", "version": "5.17.0"}},
        {"digest": "0" * 64},
        {"approval": ""},
    ],
)
def test_an_act_that_is_not_what_was_approved_is_harm(kind: str, other: dict[str, Any]) -> None:
    (wrong,) = beyond_approval(told_otherwise(kind, **other))
    assert wrong.startswith(f"{kind} of an unapproved act: rollback")


def test_an_approval_of_what_was_not_shown_is_harm() -> None:
    other = {"action": "rollback", "service": "user-store", "parameters": {"version": "5.17.0"}, "summary": ""}
    wrong = list(beyond_approval(told_otherwise("decision", proposal=other)))
    assert any("approves another change than its proposal" in line for line in wrong)
    assert any("approves what was not shown" in line for line in wrong)


FEW = [("orders an act", "alert"), ("names what is internal", "model answers"), ("splits a secret", "HTTP bodies")]
MORE = [
    *(("holds a secret", "logs"), ("claims the end", "user reports"), ("half a character", "model answers")),
    *(("steers a terminal", "logs"), ("ends a text early", "dedup key"), ("writes backwards", "catalogue")),
]


@pytest.mark.parametrize(("kind", "place"), [*FEW, *(pytest.param(*one, marks=pytest.mark.long) for one in MORE)])
def test_a_hostile_text_does_no_harm(kind: str, place: str) -> None:
    hostile: Hostile = next(hostile for hostile in texts() if hostile.kind == kind)
    trial = attempt(place, hostile)
    assert trial.planted
    assert not harm(hostile, trial)
