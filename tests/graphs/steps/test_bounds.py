"""Bounds: a run does not go round for ever by itself; it asks a person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from evals.defects.planting import altered
from evals.playing.play import EPOCH, set_stage
from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall
from graphs.transcript.event import Event

NOBODY: list[OnCall] = []


def alone(scenario: str, hours: float) -> list[Event]:
    """A run that nobody attends, for some hours."""
    clock = VirtualClock(EPOCH)

    async def play() -> list[Event]:
        left_alone = load(scenario)._replace(on_call=NOBODY)
        stage = set_stage(left_alone, 0, clock)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(left_alone.alert).run
        await clock.sleep(timedelta(hours=hours))
        events = stage.incidents.transcript(run)
        await stage.incidents.stop()
        stage.incidents.close()
        return events

    return clock.run(play)


def bad(report: dict[str, Any]) -> None:
    report["normal"], report["summary"] = False, "Metrics are abnormal: 5 % fail."
    report["metrics"]["verdict"] = "abnormal"


def bad_beside(report: dict[str, Any]) -> None:
    report["normal"] = False
    report["cascading_failures"] |= {"verdict": "abnormal", "text": "parcel-db: not ready"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("found", "goes_on"), [(bad, "Metrics are abnormal: 5 % fail"), (bad_beside, "parcel-db: not ready")]
)
def test_a_recovery_that_is_concluded_and_never_shows_is_put_to_a_person_with_what_goes_on(
    found: Callable[[dict[str, Any]], None], goes_on: str
) -> None:
    with altered("infrastructure_maintainer", "verify_metrics", found):
        events = alone("passing_cloud", 3)
    asked = next(event for event in events if event.kind == "question")
    assert asked.payload["question"]["kind"] == "direction"
    text = asked.payload["question"]["text"]
    assert text.startswith(f"It is still not over: {goes_on}. This is how it looks now: ")
    before = [event for event in events if event.kind == "conclusion" and event.seq < asked.seq]
    assert len(before) == 3
    questions = [event for event in events if event.kind == "question"]
    assert len(questions) <= 3 * 2, "one each half hour, not one each round"
    assert not [event for event in events if event.kind == "degraded"]


def still_down(report: dict[str, Any]) -> None:
    report["provider_recovered"] = report["service_normal"] = False


@pytest.mark.long
def test_a_provider_that_does_not_recover_is_looked_into_anew_and_then_put_to_a_person() -> None:
    with altered("infrastructure_maintainer", "monitor_external_recovery", still_down):
        events = alone("salt_marsh", 6)
    conclusions = [event for event in events if event.kind == "conclusion"]
    asked = [event for event in events if event.kind == "question" and event.payload["question"]["kind"] == "direction"]
    assert len(conclusions) >= 2
    assert asked
