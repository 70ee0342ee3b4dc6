"""A competent model's reports are accepted as they are, and false ones are refused, each by the check that should."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

import pytest
import yaml
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.runtime import performing
from agents.runtime.briefing import SeverityFloor
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext, LoggedEvent
from agents.runtime.mending import mended
from agents.runtime.report_checks import complaints
from evals.playing.play import EPOCH
from tests.agents.conftest import Answers, MemoryLog, Row
from tests.competent_model import ANSWERS, Performed, rehearsal

ANSWERED: dict[str, Any] = yaml.safe_load((ANSWERS / "engineer.yaml").read_text())
ROGUES: list[dict[str, Any]] = yaml.safe_load((ANSWERS / "rogue.yaml").read_text())
OBJECTIONS = {
    "the model's words add": "book",
    "may not leave": "secret",
    "may not be published": "public",
    "nothing that was read calls for": "called for",
}
"""What an objection to a sound report begins with, and the check that makes it."""


ASKED = {name for name, answer in ANSWERED.items() if "objects" in answer["report"]}
"""Duties in which the rules measure, and a model is asked whether it objects."""


@pytest.fixture(scope="module", autouse=True)
def played() -> None:
    """The incident is played before any test has an event loop of its own."""
    rehearsal()


@pytest.mark.parametrize("name", ANSWERED)
def test_what_an_excellent_engineer_answers_is_accepted_as_it_is(name: str) -> None:
    events, engineer = rehearsal().played.events, rehearsal().engineer
    role, duty = name.split("/")
    done = next(e for e in events if e.kind == "duty_finished" and (e.role, e.duty) == (role, duty))
    degraded = [e for e in events if e.kind == "degraded" and e.key.startswith(done.key.removesuffix("finished"))]
    assert [event.payload["why"] for event in degraded] == []
    assert len(engineer.handed_in[name]) == 1
    assert done.payload["by"] == "model"
    if name in ASKED:
        return
    report = rehearsal().performed[name].duty.report
    assert done.payload["report"] == report.model_validate(engineer.handed_in[name][0]).model_dump(mode="json")


def test_the_answers_are_to_many_duties_and_the_false_ones_are_many() -> None:
    assert len(ANSWERED) >= 12
    assert len(ROGUES) >= 40


@pytest.mark.parametrize("rogue", ROGUES, ids=[rogue["name"] for rogue in ROGUES])
def test_a_false_report_is_refused_by_the_check_that_should(rogue: dict[str, Any]) -> None:
    assert rogue["refused_by"] in asyncio.run(refused_by(rogue))


@pytest.mark.parametrize("duty", sorted({rogue["duty"] for rogue in ROGUES}))
def test_the_report_that_is_made_false_is_accepted_as_it_was(duty: str) -> None:
    assert asyncio.run(refused_by({"duty": duty, "set": {}})) == set()


async def refused_by(rogue: Mapping[str, Any]) -> set[str]:
    """The checks that refuse a report; where it is mended after that, what is left of it is another."""
    done = at_its_floor(rogue)
    try:
        report = done.duty.report.model_validate(falsified(done, rogue))
    except ValidationError:
        return {"type"}
    found = await complaints(report, done.briefing, recorded())
    if found:
        assert mended(report, found, done.briefing) != report
        return {complaint.check for complaint in found}
    return await _objected(done, report)


def at_its_floor(rogue: Mapping[str, Any]) -> Performed:
    """The duty that a false report is of, where it says so under another floor of severity."""
    done = rehearsal().performed[rogue["duty"]]
    if "floor" not in rogue:
        return done
    floor = SeverityFloor(severity=rogue["floor"], reasons=rogue.get("floor_reasons", []))
    return done._replace(briefing=done.briefing.model_copy(update={"floor": floor}))


async def _objected(done: Performed, report: Any) -> set[str]:
    async def by_rules(*_: Any) -> Any:
        return done.by_book

    log = MemoryLog()
    duty: Duty[Any] = replace(done.duty, without_model=by_rules)
    stands, _ = await performing.more_cautious(
        duty, report, done.briefing, DutyContext("main/rogue#1", log, VirtualClock(EPOCH), Answers())
    )
    said = " ".join(row["why"] for row in log.of_kind("degraded"))
    named = {check for words, check in OBJECTIONS.items() if words in said}
    return named or (set[str]() if stands == report else {"held lower"})


def recorded() -> MemoryLog:
    """What the incident's transcript holds."""
    events: list[LoggedEvent] = list(rehearsal().played.events)
    return MemoryLog({event.ref: Row(event.ref, event.at, event.payload) for event in events})


def falsified(done: Performed, rogue: Mapping[str, Any]) -> dict[str, Any]:
    """A duty's report with what makes it false; `{ref of PLACE}` is the first event that a statement of it cites."""
    is_own = f"{done.duty.role}/{done.duty.name}" in ANSWERED or done.by_book is None
    known = deepcopy((done.report if is_own else done.by_book).model_dump(mode="json"))  # type: ignore[union-attr]
    for place, value in rogue["set"].items():
        *steps, last = place.split(".")
        within: Any = known
        for step in steps:
            within = within[int(step) if step.isdecimal() else step]
        within[int(last) if last.isdecimal() else last] = _with_refs(value, known, done)
    return known


def _with_refs(value: Any, known: dict[str, Any], done: Performed) -> Any:
    if isinstance(value, dict):
        parts = cast(dict[str, Any], value)
        return {name: _with_refs(part, known, done) for name, part in parts.items()}
    if isinstance(value, list):
        return [_with_refs(part, known, done) for part in cast(list[Any], value)]
    if value in ("alert", "scope"):
        return done.briefing.alert_ref if value == "alert" else done.briefing.scope_ref
    if isinstance(value, str) and (named := re.fullmatch(r"ref of (\S+)", value)):
        return next(_at(known, named[1]))
    return value


def _at(known: Any, place: str) -> Iterator[str]:
    for step in place.split("."):
        known = known[int(step) if step.isdecimal() else step]
    yield from known["cites"]
