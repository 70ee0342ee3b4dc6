"""Lanes beside the main one: when they wake again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue
from evals.playing.play import EPOCH
from graphs.background.workflow import wait_for_what_is_due
from graphs.model.questions import Pause
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import Ended, GraphBuilder, Update
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft
from graphs.transcript.facts import Facts
from tests.graphs.stay import Outside
from tests.graphs.theatre import add_run

LIMIT = EPOCH + timedelta(minutes=30)
SECOND = timedelta(seconds=1)


class HandClock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = EPOCH

    def now(self) -> datetime:
        return self.time

    async def sleep(self, duration: timedelta) -> None:
        self.time += duration


class OneWait(GraphBuilder):
    """A chart that keeps its one wait for the test to play."""

    def __init__(self) -> None:
        self.lane = "escalation"

    def wait(
        self, name: str, pause: Callable[[NodeContext], Pause], then: Callable[[NodeContext, Ended], Update]
    ) -> str:
        self.pause, self.then = pause, then
        return name

    def edge(self, before: str, after: str) -> None:
        pass


def next_due(facts: Facts, now: datetime, catalogue: Catalogue) -> datetime | None:
    return LIMIT if now < LIMIT else None


def nothing_due(facts: Facts, now: datetime, catalogue: Catalogue) -> list[str]:
    return []


def never_due(facts: Facts, now: datetime, catalogue: Catalogue) -> datetime | None:
    return None


def an_update_due(facts: Facts, now: datetime, catalogue: Catalogue) -> list[str]:
    return ["update"]


ENDS: dict[str, dict[str, Any]] = {
    "backlog": {"entries": []},
    "cancelled": {"by": "ada", "why": "", "half_done": [], "cites": []},
}


def test_a_limit_that_falls_while_the_lane_is_busy_ends_its_next_wait_at_once() -> None:
    store, clock, builder = Store(), HandClock(), OneWait()
    add_run(store)
    deps = Dependencies(store, clock, Outside(), Catalogue())
    deps.transcripts.write("one", Draft("begun", "mark", {"what": "begun"}, Author("main")))
    wait_for_what_is_due(builder, next_due, nothing_due, lambda _: False)
    state: dict[str, Any] = {"run": "one", "visits": {}}

    def wakes_at(moment: datetime) -> datetime | None:
        number = state["visits"].get("wait", 0) + 1
        clock.time = moment
        state.update(builder.then(NodeContext(deps, state, "escalation", "wait", number), {"ended_by": "time"}))
        state["visits"]["wait"] = number
        clock.time = moment + 6 * SECOND
        return builder.pause(NodeContext(deps, state, "escalation", "wait", number + 1)).until

    assert wakes_at(LIMIT - 2 * SECOND) == LIMIT
    assert wakes_at(LIMIT + 4 * SECOND) is None
    store.close()


@pytest.mark.parametrize("kind", ENDS)
def test_a_lane_that_wakes_after_the_end_and_has_something_to_do_first_waits_for_no_more_news(kind: str) -> None:
    store, clock, builder = Store(), HandClock(), OneWait()
    add_run(store)
    deps = Dependencies(store, clock, Outside(), Catalogue())
    wait_for_what_is_due(
        builder, never_due, an_update_due, lambda facts: facts.cancelled or facts.backlog_at is not None
    )
    state: dict[str, Any] = {"run": "one", "visits": {}}

    def waits_until() -> datetime | None:
        number = state["visits"].get("wait", 0) + 1
        state.update(builder.then(NodeContext(deps, state, "escalation", "wait", number), {"ended_by": "news"}))
        state["visits"]["wait"] = number
        return builder.pause(NodeContext(deps, state, "escalation", "wait", number + 1)).until

    deps.transcripts.write("one", Draft("begun", "mark", {"what": "begun"}, Author("main")))
    assert waits_until() is None
    deps.transcripts.write("one", Draft("end", kind, ENDS[kind], Author("main")))
    assert waits_until() == EPOCH
    store.close()
