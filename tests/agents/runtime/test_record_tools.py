"""Record tools: a duty searches and reads the transcript of its own run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from agents.readings.record import EventReading, EventText, FoundEvents, TranscriptSearch
from agents.runtime.duty_context import DutyContext, Reading
from agents.runtime.record_tools import MOST_EVENTS, PIECE
from agents.tools.ports import read_event, search_transcript
from tests.agents.conftest import NOW, MemoryLog


@dataclass(frozen=True)
class Told:
    ref: str
    kind: str
    payload: Mapping[str, Any]
    role: str = ""
    duty: str = ""
    at: Any = field(default=NOW)


LOG = {"tool": "error_log", "value": {"patterns": [{"signature": "Timeout of the pool", "count": 152}]}}
RECORD = [
    Told("a1", "alert", {"alert": {"title": "Checkout: too many errors"}}),
    Told("b2", "model_call", {"messages": "Timeout of the pool"}),
    Told("c3", "tool_call", {"tool": "error_log", "arguments": {}}, "backend_architect", "investigate"),
    Told("d4", "tool_result", LOG, "backend_architect", "investigate", NOW + timedelta(minutes=3)),
    Told("e5", "tool_result", {"tool": "search_transcript", "value": "Timeout of the pool"}, "backend_architect"),
    Told("f6", "duty_finished", {"report": {"summary": "The pool timed out: timeout"}}, "devops_automator"),
]


async def search(context: DutyContext, **asked: Any) -> FoundEvents:
    context.record = lambda: RECORD
    reading = await context.use(search_transcript, TranscriptSearch(**asked))
    assert reading.value is not None, reading.said
    return reading.value


async def read(context: DutyContext, ref: str, **asked: Any) -> Reading[EventText]:
    context.record = lambda: RECORD
    return await context.use(read_event, EventReading(ref=ref, **asked))


@pytest.mark.parametrize(
    ("asked", "refs"),
    [
        ({}, ["a1", "d4", "f6"]),
        ({"text": "TIMEOUT pool"}, ["d4", "f6"]),
        ({"text": "timeout", "kind": "tool_result"}, ["d4"]),
        ({"role": "devops_automator"}, ["f6"]),
        ({"after": "d4"}, ["f6"]),
        ({"text": "nothing like it"}, []),
    ],
)
async def test_events_are_found_by_words_kind_and_role(
    context: DutyContext, asked: dict[str, str], refs: list[str]
) -> None:
    assert [event.ref for event in (await search(context, **asked)).events] == refs


async def test_an_excerpt_shows_the_word_and_whose_the_event_is(context: DutyContext) -> None:
    (found, _) = (await search(context, text="timeout")).events
    assert (found.role, found.duty, found.tool) == ("backend_architect", "investigate", "error_log")
    assert "Timeout of the pool" in found.excerpt


async def test_of_many_the_first_are_listed_and_the_rest_can_be_asked_for(context: DutyContext) -> None:
    many = [Told(f"r{number}", "note", {"text": "x"}) for number in range(MOST_EVENTS + 7)]
    context.record = lambda: many
    first = (await context.use(search_transcript, TranscriptSearch())).value
    assert first is not None
    assert (len(first.events), first.later_left_out) == (MOST_EVENTS, 7)
    rest = (await context.use(search_transcript, TranscriptSearch(after=first.events[-1].ref))).value
    assert rest is not None
    assert [event.ref for event in rest.events] == [event.ref for event in many[MOST_EVENTS:]]


async def test_an_event_is_read_whole_or_in_part(context: DutyContext) -> None:
    whole = (await read(context, "d4")).value
    assert whole is not None
    assert '"count": 152' in whole.text
    assert (whole.at, whole.kind, whole.next_offset) == (NOW + timedelta(minutes=3), "tool_result", None)
    part = (await read(context, "d4", part="value.patterns.0.signature")).value
    assert part is not None
    assert part.text == '"Timeout of the pool"'


async def test_a_long_event_is_read_piece_by_piece(context: DutyContext) -> None:
    long = "0123456789" * 2000
    context.record = lambda: [Told("z", "note", {"text": long})]
    pieces, offset = "", 0
    while offset is not None:
        reading = await context.use(read_event, EventReading(ref="z", part="text", offset=offset))
        assert reading.value is not None
        assert len(reading.value.text) <= PIECE
        pieces, offset = pieces + reading.value.text, reading.value.next_offset
    assert pieces == f'"{long}"'


@pytest.mark.parametrize(
    ("ref", "part", "said"),
    [
        ("nope", "", "there is no event nope in this incident's record"),
        ("d4", "value.lines", "there is no lines in it; there is patterns"),
        ("d4", "value.patterns.3", "there is no 3 in it; it is a list of 1"),
        ("d4", "tool.name", "there is no name in it: it has no parts"),
    ],
)
async def test_what_is_not_there_is_refused_with_what_is(context: DutyContext, ref: str, part: str, said: str) -> None:
    assert (await read(context, ref, part=part)).said == said


async def test_what_was_read_is_on_record_like_any_tool_s_answer(context: DutyContext, log: MemoryLog) -> None:
    await read(context, "d4", part="tool")
    (result,) = log.of_kind("tool_result")
    assert (result["tool"], result["arguments"]["ref"], result["value"]["text"]) == ("read_event", "d4", '"error_log"')
