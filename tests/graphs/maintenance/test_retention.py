"""Retention: nothing of a closed run is left but that it was there; an open run stays whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.readings.history import RecordedChange
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from graphs.engine.lane_executor import LaneExecutor
from graphs.intake.inbox import DeliveryInbox, RawDelivery, UnknownDelivery
from graphs.intake.incident_service import IncidentService
from graphs.intake.run_lookup import ForgottenRun, UnknownRun
from graphs.maintenance.retention import RunIsOpen, deleting_old_runs, forget, forget_old
from graphs.model.questions import Question
from graphs.runtime.dependencies import Dependencies
from graphs.store.changes import ReportedChange
from graphs.store.database import CHECKPOINT_TABLES as CHECKPOINTS
from graphs.store.kept_alerts import KeptAlertRow
from graphs.store.runs import Tombstone
from graphs.store.store import Store
from graphs.transcript.event import readable
from graphs.transcript.events import Author, Draft

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TABLES = ("outbox", "wakeups", "questions", "alarms", "kept_alerts", "events")
NOTHING_OF_A_RUN = {
    *("schema_versions", "switches", "keys", "sessions", "receipts", "tombstones", "runs"),
    *("deliveries", "delivery_pieces", "silences", "heartbeats", "changes"),
}
"""Tables that hold nothing of one run, or are seen to otherwise."""


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
def deps(tmp_path: Path, clock: VirtualClock) -> Dependencies:
    catalogue = Catalogue()
    connections = CatalogueConnections(catalogue, clock)
    return Dependencies(store=Store(tmp_path / "s.sqlite"), clock=clock, connections=connections, catalogue=catalogue)


def played(deps: Dependencies, title: str, picture: Path | None = None, is_open: bool = False) -> str:
    """A run with something in every table, closed or open."""
    ref = DeliveryInbox(deps.store, deps.clock).keep(RawDelivery("warroom", f"raw {title}".encode()))
    run = IncidentService(deps).alerts.receive(Alert(title=title, service="checkout", raw_ref=ref)).run
    deps.questions.ask(run, "main", Question(id="q-1", kind="approval", text="Roll back?", options=["approve"]))
    if picture:
        picture.write_bytes(b"picture")
        told = {"tool": "screenshot", "value": {"file": str(picture)}}
        deps.transcripts.write(run, Draft("main/x/result", "tool_result", told, Author("main")))
    with deps.store.transaction():
        kept = KeptAlertRow(f"{ref}-again", 0, NOON, title, Alert(title=title).model_dump_json(), "counted", "")
        deps.store.kept_alerts.keep(kept)
        deps.store.kept_alerts.note_run(kept, run)
        deps.store.outbox.add("https://example.com", run, "next", NOON)
        if not is_open:
            deps.transcripts.add(run, Draft("closed", "closed", {}, Author("main")))
            deps.store.runs.close(run)
    return run


def rows_of(deps: Dependencies, table: str, run: str) -> int:
    is_ours = table not in CHECKPOINTS
    where = "run = ?" if is_ours else "thread_id LIKE ?"
    asked = f"SELECT COUNT(*) FROM {table} WHERE {where}"
    return deps.store.database.connection.execute(asked, (run if is_ours else f"{run}/%",)).fetchone()[0]


def with_checkpoints(deps: Dependencies, *runs: str) -> None:
    """What LangGraph's saver keeps of each run."""
    LaneExecutor(deps)._graphs["main"].checkpointer.setup()  # pyright: ignore[reportPrivateUsage]
    execute = deps.store.database.connection.execute
    for run in runs:
        execute("INSERT INTO checkpoints (thread_id, checkpoint_id) VALUES (?, 'c')", (f"{run}/main",))
        columns = "(thread_id, checkpoint_id, task_id, idx, channel)"
        execute(f"INSERT INTO writes {columns} VALUES (?, 'c', 't', 0, 'x')", (f"{run}/main",))
    deps.store.database.connection.commit()


@pytest.mark.sqlite
def test_a_closed_run_is_gone_and_its_neighbour_stays(deps: Dependencies) -> None:
    run, neighbour = played(deps, "first"), played(deps, "second")
    with_checkpoints(deps, run, neighbour)
    done = forget(deps.store, run, "ada", NOON)
    assert done.events == 3
    assert {table: rows_of(deps, table, run) for table in (*TABLES, *CHECKPOINTS)} == dict.fromkeys(
        (*TABLES, *CHECKPOINTS), 0
    )
    assert min(rows_of(deps, table, neighbour) for table in (*TABLES, *CHECKPOINTS)) > 0
    assert "first" not in "".join(deps.store.database.connection.iterdump())


def test_no_piece_of_a_large_body_stays(deps: Dependencies) -> None:
    run, neighbour = played(deps, "first"), played(deps, "second")
    (ref,), (other,) = ({*_refs(deps, each)} for each in (run, neighbour))
    for each in (ref, other):
        deps.store.deliveries.add_piece(each, 1, "x")
    forget(deps.store, run, "ada", NOON)
    assert [row[0] for row in deps.store.database.connection.execute("SELECT ref FROM delivery_pieces")] == [other]


def _refs(deps: Dependencies, run: str) -> set[str]:
    return {event.payload["alert"]["raw_ref"] for event in readable(deps.store.events.of_kind(run, "alert"))}


def test_a_tombstone_stays_and_the_doors_say_so(deps: Dependencies) -> None:
    run = played(deps, "first")
    forget(deps.store, run, "ada", NOON)
    assert deps.store.runs.tombstone(run) == Tombstone(run, NOON, NOON, "ada")
    with pytest.raises(ForgottenRun):
        IncidentService(deps).facts(run)


def test_the_words_are_not_left_in_the_file(deps: Dependencies, tmp_path: Path) -> None:
    run = played(deps, "a very particular sentence")
    forget(deps.store, run, "ada", NOON)
    deps.store.empty_write_ahead_log()
    assert all(b"particular" not in file.read_bytes() for file in tmp_path.iterdir())


def test_an_open_run_is_refused_and_stays_whole(deps: Dependencies) -> None:
    run = played(deps, "first", is_open=True)
    before = {table: rows_of(deps, table, run) for table in TABLES}
    with pytest.raises(RunIsOpen, match="close or cancel it first"):
        forget(deps.store, run, "ada", NOON)
    assert {table: rows_of(deps, table, run) for table in TABLES} == before


def test_a_run_that_never_was_is_unknown(deps: Dependencies) -> None:
    with pytest.raises(UnknownRun):
        forget(deps.store, "20260101-000000-ffffff", "ada", NOON)


@pytest.mark.sqlite
def test_all_of_it_or_nothing(deps: Dependencies) -> None:
    run = played(deps, "first")
    deps.store.database.connection.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON tombstones BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(Exception, match="full"):
        forget(deps.store, run, "ada", NOON)
    assert all(rows_of(deps, table, run) for table in TABLES)


@pytest.mark.sqlite
def test_every_table_that_holds_something_of_a_run_is_seen_to(deps: Dependencies) -> None:
    made = {
        row[0] for row in deps.store.database.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    assert made - NOTHING_OF_A_RUN - {"sqlite_sequence"} == set(TABLES)


def test_the_bodies_that_its_alerts_came_in_go_too(deps: Dependencies) -> None:
    run = played(deps, "first")
    ref = next(readable(deps.store.events.of_kind(run, "alert"))).payload["alert"]["raw_ref"]
    forget(deps.store, run, "ada", NOON)
    with pytest.raises(UnknownDelivery):
        DeliveryInbox(deps.store, deps.clock).find(ref)


def test_pictures_go_too_but_none_outside_the_data_directory(deps: Dependencies, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    inside, outside = data / "page.png", tmp_path / "other.png"
    assert forget(deps.store, played(deps, "first", inside), "ada", NOON, data).files == [inside]
    assert forget(deps.store, played(deps, "second", outside), "ada", NOON, data).left == [outside]
    assert (inside.exists(), outside.exists()) == (False, True)


def test_after_its_time_a_closed_run_is_forgotten(deps: Dependencies) -> None:
    run, still_open = played(deps, "first"), played(deps, "second", is_open=True)
    assert forget_old(deps.store, NOON + timedelta(days=29), timedelta(days=30)) == 0
    assert forget_old(deps.store, NOON + timedelta(days=31), timedelta(days=30)) == 1
    assert deps.store.runs.tombstone(run)
    assert deps.store.runs.exists(still_open)


def test_after_its_time_a_change_is_forgotten(deps: Dependencies) -> None:
    told = {"kind": "flag", "service": "checkout", "at": NOON - timedelta(days=2), "what": "on", "source": "ci"}
    change = RecordedChange.model_validate({"id": "1", **told})
    deps.store.changes.save(ReportedChange("key ci", change, NOON))
    forget_old(deps.store, NOON + timedelta(days=29), timedelta(days=30))
    assert deps.store.changes.newest(10) == [change]
    forget_old(deps.store, NOON + timedelta(days=31), timedelta(days=30))
    assert deps.store.changes.newest(10) == []


def test_old_runs_are_forgotten_while_the_server_runs(deps: Dependencies, clock: VirtualClock) -> None:
    run = played(deps, "first")

    async def serve(days: float | None) -> None:
        async with deleting_old_runs(deps.store, clock, days):
            await clock.sleep(timedelta(days=40))

    async def both() -> None:
        await serve(None)
        assert deps.store.runs.exists(run)
        await serve(30)

    clock.run(both)
    assert deps.store.runs.tombstone(run)


def test_a_run_that_cannot_be_read_is_deleted_too(deps: Dependencies) -> None:
    run = played(deps, "first")
    with deps.store.database.connection as connection:
        connection.execute("UPDATE events SET payload = '{'")
    assert forget(deps.store, run, "ada", NOON).events > 1
