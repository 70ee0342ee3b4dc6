"""Whatever tools and models answer: it is written down harmless, and the duty goes on with what was written."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agents.io.catalogue import Catalogue
from agents.llm.client import ModelAnswer, ToolRequest
from agents.llm.gateway import HAND_IN
from agents.readings.production import ActionResult, ErrorLog, LogPattern, Refusal, Usage
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.performing import perform
from agents.tools.port import AnyPort, Driver, Lookup, Unanswered
from agents.tools.ports import error_log, notify, usage
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.node_context import NodeContext, OutsideEffect, TranscriptDutyLog
from graphs.store.store import Store
from graphs.transcript.events import Author
from tests.agents.conftest import NOW
from tests.agents.scripted import CLASSIFY, Jumping, Scripted, asks, give
from tests.any_text import ANY_JSON, ANY_TEXT, FEW, MANY, harms, harms_of_json


class OneAnswer:
    """Connections of which every driver gives one answer, or fails in one way."""

    def __init__(self) -> None:
        self.answer: BaseModel | Exception = Usage(service="", active_users=0, affected_users=0)

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        async def tell(**_: Any) -> BaseModel:
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return tell

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        return None


class Place:
    """A run in which tools are asked and duties are done, each anew."""

    def __init__(self) -> None:
        self.connections = OneAnswer()
        self.deps = Dependencies(Store(), Jumping(NOW), self.connections, Catalogue())
        self.run = (
            IncidentService(self.deps).alerts.receive(Alert(title="checkout answers 500", service="checkout")).run
        )
        self._number = 0

    def duty_context(self) -> DutyContext:
        self._number += 1
        log = TranscriptDutyLog(self.deps, self.run, Author("main", "infrastructure_maintainer", "classify"))
        return self.deps.duty_context(f"main/s1_classify#{self._number}", log)

    def node(self) -> NodeContext:
        self._number += 1
        return NodeContext(self.deps, {"run": self.run}, "main", "s1_tell", self._number)

    def briefing(self) -> Briefing:
        alert = Alert(title="checkout answers 500", service="checkout")
        return Briefing(run=self.run, now=NOW, started_at=NOW, alert=alert, service="checkout", catalogue=Catalogue())

    def check(self) -> None:
        """Everything that was written is harmless and can be read."""
        for row in self.deps.store.events.after(self.run, 0):
            assert not harms_of_json(json.loads(row.payload_json))
        assert all(event.is_readable for event in self.deps.transcripts.after(self.run))


@pytest.fixture
def place() -> Iterator[Place]:
    place = Place()
    yield place
    place.deps.store.close()


def logged(text: str) -> ErrorLog:
    pattern: dict[str, Any] = {"level": "error", "count": 1, "first_seen": NOW, "last_seen": NOW, "versions": [text]}
    return ErrorLog(service=text, patterns=[LogPattern(service=text, signature=text, sample=text, **pattern)])


@MANY
@given(text=ANY_TEXT)
def test_any_log_line_is_read_and_harmless(place: Place, text: str) -> None:
    place.connections.answer = logged(text)
    reading = asyncio.run(place.duty_context().use(error_log, "checkout"))
    assert reading.value
    assert not harms(reading.value.patterns[0].sample)
    place.check()


def refused(text: str) -> Unanswered:
    return Unanswered(Refusal(error="failed", said=text * 300))


@MANY
@given(text=ANY_TEXT, kind=st.sampled_from([ValueError, OSError, refused]))
def test_any_complaint_of_a_tool_is_a_refusal(place: Place, text: str, kind: Callable[[str], Exception]) -> None:
    place.connections.answer = kind(text)
    reading = asyncio.run(place.duty_context().use(usage, "checkout"))
    assert reading.refusal
    assert not harms(reading.said)
    place.check()


@pytest.mark.parametrize("digits", [20, 400, 5000])
def test_a_number_that_nothing_holds_is_a_refusal(place: Place, digits: int) -> None:
    place.connections.answer = Usage.model_construct(service="checkout", active_users=10**digits, affected_users=0)
    reading = asyncio.run(place.duty_context().use(usage, "checkout"))
    assert reading.refusal
    place.check()


@MANY
@given(text=ANY_TEXT)
def test_any_outcome_of_an_act_is_written_down(place: Place, text: str) -> None:
    place.connections.answer = ActionResult(done=True, detail=text, reference=text)
    author = Author("main", "infrastructure_maintainer", "classify")
    effect = OutsideEffect(notify, {"audience": text, "text": text}, author, (), {"about": text})
    assert asyncio.run(place.node().send(effect)).payload["done"] is True
    place.check()


@FEW
@given(text=ANY_TEXT, told=ANY_JSON, name=st.sampled_from([HAND_IN, "usage", "\ud800"]))
def test_whatever_a_model_answers_the_duty_is_done(place: Place, text: str, told: Any, name: str) -> None:
    context = place.duty_context()
    arguments: dict[str, Any] = {"summary": text, "severity": "P1", "reasons": [], text: told}
    give(context, Scripted(ModelAnswer(text=text, requests=[ToolRequest(id=text, name=name, arguments=arguments)])))
    assert asyncio.run(perform(CLASSIFY, place.briefing(), context)).severity == "P1"
    place.check()


@pytest.mark.parametrize(
    "number", ["Infinity", "NaN", float("inf"), 10**400], ids=["text", "no number", "float", "int"]
)
def test_a_report_with_a_number_that_cannot_be_kept_is_not_accepted(place: Place, number: Any) -> None:
    calculations: list[dict[str, Any]] = [{"how": "sum", "of": [1.0, number], "result": number}]
    report: dict[str, Any] = {"summary": "Bad.", "severity": "P0", "reasons": [], "calculations": calculations}
    context = place.duty_context()
    give(context, Scripted(asks((HAND_IN, report))))
    assert asyncio.run(perform(CLASSIFY, place.briefing(), context)).summary == "By the book."
    place.check()


def test_arguments_that_are_nested_without_end_are_kept_as_far_as_they_can_be(place: Place) -> None:
    deep: Any = 1
    for _ in range(800):
        deep = {"a": deep}
    context = place.duty_context()
    give(context, Scripted(asks(("usage", {"service": deep}))))
    assert asyncio.run(perform(CLASSIFY, place.briefing(), context)).summary == "By the book."
    place.check()
