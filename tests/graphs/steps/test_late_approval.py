"""A late yes: what was shown then is carried out only if it would be proposed now, too."""

from typing import Any

import pytest

from evals.defects.planting import altered
from evals.playing.play import Played, play
from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall
from graphs.transcript.event import Event

Fields = dict[str, Any]
RESTART: Fields = {"action": "restart", "parameters": {}, "summary": "Propose: restart it."}
NOTHING: Fields = {"action": None, "parameters": {}, "summary": "It is within its usual range now."}


def played(after_minutes: float, then: Fields | None = None) -> Played:
    """slow_tide, where a failover is proposed; the second time `then` is, and the person takes so long to answer."""
    asked: list[Fields] = []

    def change(report: Fields) -> None:
        asked.append(report)
        report.update(then if then and len(asked) == 2 else {})

    yes = OnCall(question="approval", after_minutes=after_minutes, answer="approve")
    with altered("infrastructure_maintainer", "propose_infrastructure_change", change):
        return play(load("slow_tide")._replace(on_call=[yes]))


def of(played: Played, kind: str) -> list[Event]:
    return [event for event in played.events if event.kind == kind]


def done(played: Played) -> list[str]:
    return [event.payload["port"] for event in of(played, "result")]


def test_a_yes_in_time_is_carried_out_as_it_was_shown() -> None:
    run = played(9, RESTART)
    assert (done(run), len(of(run, "proposal"))) == (["failover"], 1)


def test_a_late_yes_is_carried_out_where_the_same_would_be_proposed() -> None:
    run = played(15)
    assert (done(run), len(of(run, "proposal"))) == (["failover"], 1)
    looked = [e for e in of(run, "duty_finished") if e.duty == "propose_infrastructure_change"]
    assert len(looked) == 2


def test_where_something_else_would_be_proposed_now_that_is_asked_and_the_old_is_not_done() -> None:
    run = played(15, RESTART)
    asked = [e.payload["question"]["proposal"]["action"] for e in of(run, "question")]
    assert asked == ["failover", "restart", "failover"], "each yes came too late for what was shown"
    assert done(run) == ["failover"]
    assert of(run, "result")[0].seq > of(run, "question")[2].seq


def test_where_nothing_would_be_proposed_any_more_it_is_looked_into_anew() -> None:
    run = played(15, NOTHING)
    attempt = of(run, "attempt")[0].payload["attempt"]
    assert (attempt["outcome"], attempt["proposal"]["action"]) == ("expired", "failover")
    assert "out of date: It is within its usual range now." in attempt["said"]


@pytest.mark.parametrize("after_minutes", [9, 15])
def test_every_wait_ends_with_a_closed_run(after_minutes: float) -> None:
    assert played(after_minutes).facts.status == "closed"
