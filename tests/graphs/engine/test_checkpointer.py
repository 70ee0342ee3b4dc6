"""Checkpoints of open runs from before are brought up to date once."""

import asyncio
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig

from agents.io.clock import VirtualClock
from agents.roster import DUTIES
from evals.playing.play import set_stage
from evals.scenarios.loading import load
from graphs.engine.checkpointer import SqliteCheckpointer, bring_up_to_date
from graphs.replay.replay import replay
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import Transcripts

OLDER = Path(__file__).parent / "older"
pytestmark = pytest.mark.sqlite

OPEN = "20260303-030000-64eade"
CLOSED = "20260303-030000-91fe5d"
Unpack = Callable[[str], Path]


@pytest.fixture
def unpack(tmp_path: Path) -> Unpack:
    def unpacked(name: str) -> Path:
        with tarfile.open(OLDER / f"{name}.tar.xz") as packed:
            packed.extractall(tmp_path, filter="data")
        return tmp_path

    return unpacked


def to_the_end(directory: Path, stopped_at: datetime) -> list[Event]:
    """Go on with the open run, with its person on call, until it is closed; six hours are more than it takes."""
    clock = VirtualClock(stopped_at)

    async def live() -> list[Event]:
        stage = set_stage(load("first_light"), 0, clock, directory)
        await stage.incidents.start()
        try:
            ways = [asyncio.create_task(way) for way in (stage.on_call.attend(OPEN), clock.sleep(timedelta(hours=6)))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            assert stage.incidents.facts(OPEN).status == "closed"
            return stage.incidents.transcript(OPEN)
        finally:
            await stage.incidents.stop()
            stage.incidents.deps.store.close()

    return clock.run(live)


def payloads(events: list[Event], kind: str) -> list[dict[str, Any]]:
    return [event.payload for event in events if event.kind == kind]


def check_course(events: list[Event]) -> None:
    """The change is made once, helps, and is watched; nothing is tried twice and no turn fails."""
    assert [(d["decision"], d["proposal"]["action"]) for d in payloads(events, "decision")] == [
        ("approved", "rollback")
    ]
    assert [(r["port"], r["done"]) for r in payloads(events, "result")] == [("rollback", True)]
    statuses = ["Investigating", "Identified", "Monitoring", "Resolved"]
    assert [status["status"] for status in payloads(events, "status")] == statuses
    assert not [event for event in events if event.kind in ("attempt", "error")]


def test_an_open_approval_is_answered_and_carried_out(unpack: Unpack) -> None:
    events = to_the_end(unpack("approval_open"), datetime(2026, 3, 3, 3, 12, tzinfo=UTC))
    check_course(events)


def test_a_watch_goes_on_from_the_recovery_that_was_seen_before(unpack: Unpack) -> None:
    events = to_the_end(unpack("watch"), datetime(2026, 3, 3, 3, 37, tzinfo=UTC))
    check_course(events)
    monitoring = next(e for e in events if e.kind == "status" and e.payload["status"] == "Monitoring")
    resolved = next(e for e in events if e.kind == "resolved")
    assert monitoring.at == datetime(2026, 3, 3, 3, 26, 25, tzinfo=UTC)
    assert 30 <= (resolved.at - monitoring.at).total_seconds() / 60 < 37


@pytest.mark.parametrize(("name", "acted"), [("approval_open", False), ("watch", True)])
def test_the_newest_checkpoint_is_told_what_is_in_hand_and_keeps_its_name(
    unpack: Unpack, name: str, acted: bool
) -> None:
    store = Store(unpack(name) / "warroom.sqlite")
    saver = SqliteCheckpointer(store.database.connection)
    config: RunnableConfig = {"configurable": {"thread_id": f"{OPEN}/main"}}
    events = Transcripts(store, VirtualClock(datetime(2026, 3, 4, tzinfo=UTC))).after(OPEN)
    before = saver.get_tuple(config)
    bring_up_to_date(saver, config, events)
    after = saver.get_tuple(config)
    store.close()
    assert before
    assert after
    state = after.checkpoint["channel_values"]
    assert [event.kind for event in events if event.ref == state["proposal_ref"]] == ["proposal"]
    assert (state["acted"], state["recovered"]) == (acted, acted)
    assert bool(state["fix_confirmation_ref"]) == acted
    assert (after.checkpoint["id"], after.parent_config) == (before.checkpoint["id"], before.parent_config)
    assert after.pending_writes == before.pending_writes


def in_present_words(event: Event) -> Event:
    """A start of a duty with the summary that the duty has now: how we describe it is not what the run did."""
    if event.kind != "duty_started":
        return event
    return event.model_copy(update={"payload": {"summary": DUTIES[event.role][event.duty].summary}})


def test_a_closed_run_is_played_again_up_to_the_first_reading_that_was_not_taken_then(unpack: Unpack) -> None:
    """By now the scope also asks what runs. A replay is exact for the rules that recorded it, else it says where."""
    store = Store(unpack("closed") / "warroom.sqlite")
    events = Transcripts(store, VirtualClock(datetime(2026, 3, 4, tzinfo=UTC))).after(CLOSED)
    store.close()
    replayed = replay([in_present_words(event) for event in events])
    assert replayed.difference is not None
    assert replayed.difference.occurrence == "main/s1_assess_scope#1"
    assert "infrastructure_state" in replayed.difference.replayed
