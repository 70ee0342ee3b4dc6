"""Workers on PostgreSQL: turns in threads, each with a session of its own; runs go on when a worker dies."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from graphs.engine.housekeeping import Housekeeping
from graphs.engine.runner import WokenElsewhere
from graphs.engine.turn_taker import TurnTaker, Workplace
from graphs.engine.worker import Worker
from graphs.intake.incident_service import IncidentService
from graphs.intake.inquiries import Inquiry
from graphs.intake.storms import StormQueue
from graphs.model.questions import Instruction
from graphs.runtime.dependencies import Dependencies
from graphs.store.opening import open_store
from graphs.store.postgres_jobs import LANE
from graphs.store.store import Store

MINUTE = timedelta(seconds=0.05)
PATIENCE = 60.0
ALERT = Alert(title="checkout answers 500", service="checkout", severity="critical")
OVER = Instruction(kind="over", by="ada", comment="it went away")


def dependencies(store: Store) -> Dependencies:
    """With nothing connected."""
    clock, nothing = RealClock(), Catalogue()
    return Dependencies(store, clock, CatalogueConnections(nothing, clock), nothing, minute=MINUTE)


def furnish(store: Store) -> Workplace:
    deps = dependencies(store)
    return Workplace(deps, StormQueue(deps).release)


@pytest.fixture
def incidents(postgres: str) -> Iterator[IncidentService]:
    """What a process knows that takes no turns."""
    with closing(IncidentService(dependencies(open_store(postgres)), WokenElsewhere())) as incidents:
        yield incidents


@asynccontextmanager
async def working(url: str, workers: int = 1) -> AsyncGenerator[None]:
    at_work = [Worker(url, furnish, 2) for _ in range(workers)]
    for worker in at_work:
        await worker.start()
    try:
        yield
    finally:
        for worker in at_work:
            await worker.drain()
            await worker.stop()


async def becomes(true: Callable[[], bool]) -> None:
    """Wait until something that other threads do has happened."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - they tell nobody
            await asyncio.sleep(0.05)


async def until(incidents: IncidentService, run: str, kind: str) -> None:
    """Wait until the run has an event of a kind."""
    await becomes(lambda: kind in {event.kind for event in incidents.transcript(run)})


async def test_two_workers_resolve_a_run_and_write_nothing_twice(postgres: str, incidents: IncidentService) -> None:
    async with working(postgres, workers=2):
        run = incidents.alerts.receive(ALERT).run
        await until(incidents, run, "question")
        incidents.instruct(run, OVER)
        await until(incidents, run, "resolved")
    events = incidents.transcript(run)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len({event.key for event in events}) == len(events)
    assert not [event for event in events if event.kind == "error"]


async def test_a_worker_answers_what_a_run_is_asked(postgres: str, incidents: IncidentService) -> None:
    async with working(postgres):
        run = incidents.alerts.receive(ALERT).run
        incidents.inquiries.ask(run, Inquiry(by="ada", text="what is the cause?"))
        await until(incidents, run, "reply")
    (asked,) = incidents.inquiries.of(run)
    assert asked.reply
    assert asked.reply.role == "backend_architect"


async def test_what_a_worker_left_when_it_was_stopped_another_goes_on_with(
    postgres: str, incidents: IncidentService
) -> None:
    async with working(postgres):
        run = incidents.alerts.receive(ALERT).run
        await until(incidents, run, "classification")
    stopped_at = len(incidents.transcript(run))
    incidents.instruct(run, OVER)
    await asyncio.sleep(0.3)
    assert len(incidents.transcript(run)) == stopped_at + 1
    async with working(postgres):
        await until(incidents, run, "resolved")


def test_while_one_takes_a_lanes_turn_another_takes_none(postgres: str, incidents: IncidentService) -> None:
    run = incidents.alerts.receive(ALERT).run
    one, other = TurnTaker(postgres, furnish), TurnTaker(postgres, furnish)
    assert one._database.try_fence(LANE, run, "main")  # pyright: ignore[reportPrivateUsage]
    other.take(run, "main")
    assert [event.kind for event in incidents.transcript(run)] == ["alert"]
    one._database.leave_fence(LANE, run, "main")  # pyright: ignore[reportPrivateUsage]
    other.take(run, "main")
    assert len(incidents.transcript(run)) > 5
    for taker in (one, other):
        taker.close()


def test_what_came_while_the_lane_was_taken_is_taken_up_by_whoever_took_it(
    postgres: str, incidents: IncidentService
) -> None:
    """Its job found the lane taken and went away."""
    taker = TurnTaker(postgres, furnish)
    run = incidents.alerts.receive(ALERT).run
    released: list[str] = []

    def come_late() -> None:
        if not released:
            released.append(run)
            incidents.instruct(run, OVER)

    taker._after_turn = come_late  # pyright: ignore[reportPrivateUsage]
    taker.take(run, "main")
    assert "instruction" in {event.kind for event in incidents.transcript(run)}
    assert incidents.deps.store.wakeups.due_of(run, "main", RealClock().now()) == []
    taker.close()


async def test_housekeeping_is_done_by_one_process_and_by_another_when_that_ends(postgres: str) -> None:
    at_work: list[str] = []

    def work(name: str) -> Housekeeping:
        @asynccontextmanager
        async def keep(_: Store) -> AsyncGenerator["asyncio.Task[None]"]:
            at_work.append(name)
            yield asyncio.create_task(asyncio.sleep(PATIENCE))
            at_work.remove(name)

        return Housekeeping(postgres, keep)

    one, other = work("one"), work("other")
    one.start()
    await becomes(lambda: at_work == ["one"])
    other.start()
    await asyncio.sleep(0.5)
    assert at_work == ["one"]
    await asyncio.to_thread(one.stop)
    await becomes(lambda: at_work == ["other"])
    await asyncio.to_thread(other.stop)


async def test_housekeeping_of_which_a_part_fails_begins_again_and_says_so(
    postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun: list[int] = []

    async def fail_at_first() -> None:
        begun.append(len(begun))
        await asyncio.sleep(0 if len(begun) == 1 else PATIENCE)
        raise LookupError("a fault of ours")

    @asynccontextmanager
    async def keep(_: Store) -> AsyncGenerator["asyncio.Task[None]"]:
        working = asyncio.create_task(fail_at_first())
        yield working
        working.cancel()

    housekeeping = Housekeeping(postgres, keep)
    housekeeping.start()
    try:
        await becomes(lambda: begun == [0, 1])
    finally:
        await asyncio.to_thread(housekeeping.stop)
    assert [record.exc_text for record in caplog.records if "a fault of ours" in (record.exc_text or "")]


async def test_a_worker_goes_on_taking_turns_after_a_fault(
    postgres: str, incidents: IncidentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, failed = Worker._app, list[str]()  # pyright: ignore[reportPrivateUsage]

    def fail_at_first(worker: Worker) -> object:
        if not failed:
            failed.append("")
            raise LookupError("a fault of ours")
        return make(worker)

    monkeypatch.setattr(Worker, "_app", fail_at_first)
    async with working(postgres):
        run = incidents.alerts.receive(ALERT).run
        await until(incidents, run, "classification")
