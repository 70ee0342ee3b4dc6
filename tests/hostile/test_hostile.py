"""Hostile texts: a few of them here; `make hostile` plays each at every place."""

import pytest

from agents.roster import ROSTER
from agents.runtime.duty import DUTIES
from tests.hostile.places import PLACES, attempt, harm
from tests.hostile.texts import Hostile, texts


def test_no_duty_of_any_role_holds_a_tool_that_acts() -> None:
    assert set(DUTIES) == set(ROSTER)
    tools = [tool for duties in DUTIES.values() for duty in duties.values() for tool in duty.tools]
    assert len(tools) > 50
    assert not [tool.name for tool in tools if tool.acts]


def test_there_are_enough_texts_and_places() -> None:
    assert len(texts()) * len(PLACES) >= 60
    assert sum(bool(hostile.secret) for hostile in texts()) >= 3


FEW = [
    *(("orders an act", "alert"), ("holds a secret", "logs"), ("names what is internal", "model answers")),
    *(("claims the end", "user reports"), ("half a character", "model answers"), ("steers a terminal", "logs")),
    *(("splits a secret", "HTTP bodies"), ("ends a text early", "dedup key"), ("writes backwards", "catalogue")),
]


@pytest.mark.parametrize(("kind", "place"), FEW)
def test_a_hostile_text_does_no_harm(kind: str, place: str) -> None:
    hostile: Hostile = next(hostile for hostile in texts() if hostile.kind == kind)
    trial = attempt(place, hostile)
    assert trial.planted
    assert not harm(hostile, trial)
