"""Exact replay: what was recorded is played again with nothing live, and the first difference is told by its duty."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

import prompts
from agents.io.clock import VirtualClock
from agents.io.settings import settings
from agents.roles import infrastructure_maintainer as maintainer
from agents.runtime import offered_tools
from evals.playing.play import EPOCH, Played, play, set_stage
from evals.scenarios.loading import load
from graphs.background import communication
from graphs.replay.replay import CannotReplay, Replayed, replay
from graphs.transcript.event import Event
from tests.replays import crashed, thought

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def by_the_book() -> Played:
    return play(load("first_light"))


@pytest.fixture(scope="module")
def by_the_model() -> list[Event]:
    return thought("still_pond", 0)


def shown(replayed: Replayed) -> str:
    return replayed.difference.model_dump_json(indent=1) if replayed.difference else ""


@pytest.mark.parametrize(
    ("scenario", "seed"), [("white_fog", 3), ("still_pond", 0), pytest.param("long_tide", 0, marks=pytest.mark.long)]
)
def test_a_run_by_the_book_is_identical(scenario: str, seed: int) -> None:
    replayed = replay(play(load(scenario), seed).events)
    assert replayed.identical, shown(replayed)
    assert replayed.compared > replayed.events * 0.9
    assert replayed.tool_calls


def test_a_run_by_a_model_is_identical_and_asks_nobody(by_the_model: list[Event]) -> None:
    replayed = replay(by_the_model)
    assert replayed.identical, shown(replayed)
    assert replayed.model_calls > 10


def test_a_run_that_crashed_midway_is_identical() -> None:
    events = crashed("still_pond", every=31)
    replayed = replay(events)
    assert replayed.identical, shown(replayed)
    assert replayed.crashes


class RunningClock(VirtualClock):
    """A virtual clock that runs on by a part of a second whenever it is read, as a real one does."""

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=41)
        return self._now


@pytest.mark.parametrize("scenario", ["still_pond", "wry_neck"])
def test_a_run_on_a_clock_that_runs_on_by_itself_is_identical(scenario: str) -> None:
    """Times of such a run differ by parts of a second from one event to the next."""
    clock = RunningClock(EPOCH)

    async def live() -> list[Event]:
        stage = set_stage(load(scenario), 0, clock)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(load(scenario).alert).run
        await stage.on_call.attend(run)
        events = stage.incidents.transcript(run)
        await stage.incidents.stop()
        stage.incidents.close()
        return events

    replayed = replay(clock.run(live))
    assert replayed.identical, shown(replayed)


@pytest.fixture(scope="module")
def of_short_minutes() -> list[Event]:
    """A run in which a minute of the runbook lasts three seconds."""
    clock = VirtualClock(EPOCH)

    async def live() -> list[Event]:
        stage = set_stage(load("deep_current"), 0, clock)
        stage.incidents.deps.minute = timedelta(seconds=3)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(load("deep_current").alert).run
        await stage.on_call.attend(run)
        events = stage.incidents.transcript(run)
        await stage.incidents.stop()
        stage.incidents.close()
        return events

    return clock.run(live)


@pytest.fixture
def minutes_of_seven_seconds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("WARROOM_MINUTE_SECONDS", "7")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_roles_count_in_the_minutes_of_their_run(of_short_minutes: list[Event]) -> None:
    (escalated,) = [e for e in of_short_minutes if (e.kind, e.duty) == ("duty_finished", "add_resources")]
    assert escalated.payload["report"]["summary"].startswith("Not resolved after 30 minutes")
    assert escalated.at - of_short_minutes[0].at < timedelta(seconds=93)


@pytest.mark.usefixtures("minutes_of_seven_seconds")
def test_a_run_of_other_minutes_than_the_process_s_is_identical(of_short_minutes: list[Event]) -> None:
    replayed = replay(of_short_minutes)
    assert replayed.identical, shown(replayed)


def test_an_open_run_cannot_be_played_again(by_the_book: Played) -> None:
    with pytest.raises(CannotReplay, match="not over"):
        replay([event for event in by_the_book.events if event.kind != "closed"])


def test_a_missing_answer_is_the_first_difference_and_nothing_live_is_asked(by_the_book: Played) -> None:
    cut = next(e for e in by_the_book.events if e.kind == "tool_result" and e.duty == "investigate")
    replayed = replay([event for event in by_the_book.events if event is not cut])
    assert replayed.difference
    assert (replayed.difference.duty, replayed.difference.role) == ("investigate", cut.role)


def test_a_changed_report_is_told_by_duty_and_place(by_the_book: Played) -> None:
    finished = next(e for e in by_the_book.events if (e.kind, e.duty) == ("duty_finished", "classify"))
    report = {**finished.payload["report"], "severity": "P3"}
    forged = finished.model_copy(update={"payload": {**finished.payload, "report": report}})
    replayed = replay([forged if event is finished else event for event in by_the_book.events])
    assert replayed.difference
    assert (replayed.difference.duty, replayed.difference.call) == ("classify", "duty finished")
    assert replayed.difference.where == "payload.report.severity"
    assert (replayed.difference.recorded, replayed.difference.replayed) == ("P3", "P0")


@pytest.fixture
def another_page(monkeypatch: pytest.MonkeyPatch) -> None:
    page = prompts.page("infrastructure_maintainer")
    changed = page._replace(duties={**page.duties, "classify": f"{page.duties['classify']} Be brief."})
    pages = prompts.page

    def turned(role: str) -> prompts.RolePage:
        return changed if role == "infrastructure_maintainer" else pages(role)

    monkeypatch.setattr(prompts, "page", turned)


@pytest.mark.usefixtures("another_page")
def test_a_changed_page_is_the_first_difference(by_the_model: list[Event]) -> None:
    first = replay(by_the_model).difference
    assert first
    assert (first.role, first.duty, first.call) == ("infrastructure_maintainer", "classify", "model call")
    assert "Be brief." in first.replayed
    assert "Be brief." not in first.recorded


def test_a_changed_schema_is_the_first_difference(by_the_model: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    shape_of = offered_tools.shape_of

    def changed(model: type[BaseModel]) -> dict[str, Any]:
        return {**shape_of(model), "description": "new"} if model is maintainer.classify.report else shape_of(model)

    monkeypatch.setattr(offered_tools, "shape_of", changed)
    first = replay(by_the_model).difference
    assert first
    assert (first.duty, first.call) == ("classify", "model call")


def test_another_cadence_of_the_status_page_is_a_difference(
    by_the_book: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(communication, "STATUS_PAGE_EVERY", 20)
    first = replay(by_the_book.events).difference
    assert first
    assert first.lane == "communication"


def test_a_run_with_an_event_that_cannot_be_read_cannot_be_played_again(by_the_book: Played) -> None:
    lost = by_the_book.events[5].model_copy(update={"kind": "unreadable"})
    with pytest.raises(CannotReplay, match="event 6 of the transcript cannot be read"):
        replay([*by_the_book.events[:5], lost, *by_the_book.events[6:]])
