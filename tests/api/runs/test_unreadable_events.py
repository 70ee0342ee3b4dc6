"""Whatever a stored event has become: it is shown as it is, or as one that cannot be read, and no door stops at it."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from copy import copy
from functools import cache
from io import StringIO
from typing import Any, NamedTuple, cast

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.briefing import Alert
from api.app import create_app
from api.client.printing import EventPrinter
from api.narration.event_lines import line_of
from api.narration.sentences import TOLD
from evals.playing.play import play
from evals.scenarios.loading import load
from graphs.intake.incident_service import IncidentService
from graphs.outbox.webhooks import TYPES, run_event
from graphs.store.database import iso
from graphs.store.runs import NewRun
from graphs.transcript.event import Event
from graphs.transcript.event_shapes import SHAPES, UNREADABLE
from tests.any_text import ANY_JSON, FEW, harms
from tests.api.every_door import PAGES, SHOWN

RUN = "20260303-030000-abcdef"
OUTLETS = (
    *(f"/v1/runs/{RUN}{part}" for part in SHOWN if part != "/answers/q-1"),
    *(f"/runs/{RUN}{part}" for part in PAGES),
    *("/", "/v1/runs", "/status", "/status.json", "/metrics"),
)
AT = "2026-03-03T03:00:00+00:00"
NOTHING = {"summary": "nothing", "action": None, "service": ""}
TRIED = {"cause": "code bug", "component": "x", "outcome": "failed", "at": AT, "proposal": NOTHING}
SAID = {"by": "ann", "text": "we see it"}
APPROVAL = {"by": "ann", "comment": "", "digest": "0" * 64, "rule": "every change: asks ann or ben"}
MORE: dict[str, dict[str, Any]] = {
    **{"note": SAID, "hold": SAID, "resume": SAID, "awareness": {**SAID, "at": AT}},
    "inquiry": SAID,
    "reply": {"inquiry": "00000001", "text": "so", "is_answered": True, "cites": ["00000001"], "by": "book"},
    **{"queued": {"parent": "x"}, "storm": {"incidents": 2, "shared": [{"label": "a", "value": "b", "share": 0.5}]}},
    **{"degraded": {"why": "slow"}, "breaker": {"state": "open: slow"}, "cancelled": {"half_done": ["a change"]}},
    "withdrawn": {"question": "q-1", "why": "it expired"},
    "post_mortem_edited": {**SAID, "comment": ""},
    "post_mortem_published": {"by": "ann", "version": "00000001"},
    "escalation": {"row": "ESC-1", "condition": "late", "to": "Ann", "report": {"summary": "more people"}},
    "attempt": {"attempt": TRIED},
    "approval": {"approval": APPROVAL, "proposal": TRIED["proposal"]},
    "reassessment": {"instruction": {"kind": "scope", "by": "ann", "severity": "P0"}},
    "error": {"error": "KeyError", "again_at": AT},
    "instruction": {"instruction": {"kind": "cancel", "by": "ann"}},
    "model_answer": {"answer": {"text": "so", "requests": [{"id": "1", "name": "usage", "arguments": {}}]}},
}
"""Kinds of events that a quiet run does not have."""
MISSING: Any = object()


@cache
def one_of_each_kind() -> tuple[Event, ...]:
    """The first event of each kind, duty and port of a run, in their order, and one of every other kind."""
    kinds: dict[tuple[str, Any], Event] = {}
    for event in play(load("first_light")).events:
        variant = event.duty if event.kind == "duty_finished" else event.payload.get("port")
        kinds.setdefault((event.kind, variant), event)
    last = max(kinds.values(), key=lambda event: event.seq)
    ended = [kinds.pop((kind, None)) for kind in ("lane_done", "closed")]
    more = [last.model_copy(update={"kind": kind, "payload": told}) for kind, told in MORE.items()]
    return (*sorted(kinds.values(), key=lambda event: event.seq), *more, *ended)


def keep(incidents: IncidentService) -> None:
    """Put them into the store, as one run."""
    store, events = incidents.deps.store, one_of_each_kind()
    store.runs.add(NewRun(RUN, events[0].at, Alert.model_validate(events[0].payload["alert"]), "k"))
    for seq, event in enumerate(events, 1):
        key = "closed" if event.kind == "closed" else f"{event.key}/{seq}"
        row = (RUN, seq, iso(event.at), event.kind, event.lane, event.role, event.duty, "[]")
        values = (*row, json.dumps(event.payload), key, f"{seq:08x}")
        store.database.connection.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(values))})", values)
    store.database.connection.commit()


MAY_BE_EMPTY = {UNREADABLE, "cancelled", "model_answer"}
OF_PORTS = {name for name in SHAPES if " " in name}


class Damage(NamedTuple):
    """What is stored in place of an event's payload."""

    seq: int
    stored: str


def parts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything in a payload; of a list, to its first entry."""
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inside = cast(dict[str, Any], value).items()
    elif isinstance(value, list):
        inside = enumerate(cast(list[Any], value)[:1])
    for name, each in inside:
        yield (*path, name)
        yield from parts(each, (*path, name))


def changed(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """A payload with something else at a path, or nothing."""
    copied = copy(value)
    if other is MISSING and len(path) == 1:
        del copied[path[0]]
    else:
        copied[path[0]] = changed(value[path[0]], path[1:], other) if path[1:] else other
    return copied


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """Any event with something else, or nothing, anywhere in it."""
    number = draw(st.integers(0, len(one_of_each_kind()) - 1))
    payload = one_of_each_kind()[number].payload
    paths = list(parts(payload))
    other = draw(st.just(MISSING) | ANY_JSON)
    told = changed(payload, draw(st.sampled_from(paths)), other) if paths else {"more": 1}
    return Damage(number + 1, json.dumps(told))


class Readers:
    """Everything that reads a run's events and tells of them."""

    def __init__(self, incidents: IncidentService) -> None:
        keep(incidents)
        self._incidents = incidents

    def see(self, *damages: Damage) -> list[Event]:
        """See the damaged run everywhere; gives its events as they are read."""
        connection = self._incidents.deps.store.database.connection
        with connection:
            for damage in damages:
                connection.execute("UPDATE events SET payload = ? WHERE seq = ?", (damage.stored, damage.seq))
        self._incidents.deps.forget_facts()  # as after a start
        asyncio.run(self._look_everywhere([f"{damage.seq:08x}" for damage in damages[:3]]))
        events = self._incidents.transcript(RUN)
        with redirect_stdout(StringIO()) as shown:
            for event in events:
                EventPrinter(verbose=True).tell(RUN, event.model_dump(mode="json"))
        assert not harms(shown.getvalue())
        for event in events:
            if event.payload.get("was", event.kind) in TYPES:
                assert not harms(run_event(event, self._incidents.facts(RUN), "http://x").model_dump_json())
        with connection:
            for seq, event in enumerate(one_of_each_kind(), 1):
                connection.execute("UPDATE events SET payload = ? WHERE seq = ?", (json.dumps(event.payload), seq))
        return events

    async def _look_everywhere(self, refs: list[str]) -> None:
        transport = httpx2.ASGITransport(create_app(self._incidents), raise_app_exceptions=False)
        parts = [f"/runs/{RUN}/{part}/{ref}" for ref in refs for part in ("events", "work")]
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for address in (*OUTLETS, *parts):
                answer = await client.get(address)
                assert answer.status_code == 200 or (
                    answer.status_code == 404 and MAY_BE_MISSING & {*address.split("/")}
                )
                assert not harms(answer.content.decode()), address


MAY_BE_MISSING = {"work", "post-mortem", "lanes"}


@pytest.fixture
def readers(incidents: IncidentService) -> Readers:
    return Readers(incidents)


@FEW
@given(damage=damages())
def test_whatever_is_stored_is_shown_and_stops_nothing(readers: Readers, damage: Damage) -> None:
    readers.see(damage)


@pytest.mark.parametrize("stored", ["{", "{}", "[]", '{"kind": "\\ud800", "text": NaN}'])
def test_everything_damaged_at_once_is_shown_as_such(readers: Readers, stored: str) -> None:
    events = readers.see(*(Damage(seq, stored) for seq in range(1, len(one_of_each_kind()) + 1)))
    damaged = [event for event in events if not event.is_readable]
    assert {event.payload["was"] for event in damaged} >= set(SHAPES) - OF_PORTS - MAY_BE_EMPTY
    assert len(damaged) > 40


async def test_an_event_that_cannot_be_read_is_shown_as_such(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("classification", severity="P0")
    for address in (f"/v1/runs/{incident.run}/transcript", f"/runs/{incident.run}"):
        shown = (await client.get(address)).text
        assert "classification" in shown
        assert "level: Field required" in shown
    assert "this event cannot be read (classification): level: Field required" in shown


async def test_a_post_mortem_that_cannot_be_read_is_said_to_be_one(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("post_mortem", words="lost")
    answer = await client.get(f"/v1/runs/{incident.run}/post-mortem")
    assert (answer.status_code, "cannot be read" in answer.text) == (404, True)


def test_a_webhook_is_told_that_an_event_cannot_be_read(incident: Any) -> None:
    incident.write("status", status="Over")
    event = incident.incidents.transcript(incident.run)[-1]
    sent = run_event(event, incident.incidents.facts(incident.run), "http://x")
    assert (sent.type, "cannot be read" in sent.data.text) == ("run.status_changed", True)


def test_every_kind_that_has_a_sentence_has_a_shape() -> None:
    assert set(TOLD) - set(SHAPES) == {"closed", "released"}


async def test_a_role_that_is_no_longer_in_the_roster_is_called_by_its_name(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    incident.write("duty_started", "night_watch", "investigate", summary="Look around. (S2.1)")
    incident.write("note", "../../etc/passwd", by="", text="seen")
    who = [line_of(event).who for event in incident.incidents.transcript(incident.run)[1:]]
    assert who == ["night watch", "../../etc/passwd"]
    lane = await client.get(f"/runs/{incident.run}/lanes/night_watch")
    assert (lane.status_code, "Look around." in lane.text) == (200, True)
