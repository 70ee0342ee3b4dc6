"""Scope: whom the incident touches, beside what is true of the world at that minute."""

from datetime import datetime, timedelta

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from evals.simulation.scene import ProductionState

TOLERANCE = 0.1
AVERAGED = 5
"""Minutes; what is measured now is the mean of the last ones."""


def judge(result: RunResult) -> Score:
    """Each look at the scope names its figures; down is down, and a suspicion of a breach is never left out."""
    faults: list[str] = []
    for event in result.reports("assess_scope"):
        told, at = event.payload["report"], result.shown(event)
        if bool(told["services"]) != told["abnormal"]:
            faults.append(f"abnormal is {told['abnormal']}, and the services in trouble are {told['services']} at {at}")
        trouble = _failing(result, event.at)
        if told["error_rate"] is not None and trouble is not None and told["error_rate"] < trouble - TOLERANCE:
            faults.append(f"error rate {told['error_rate']:.2f} at {at}; {trouble:.2f} of the requests truly fail")
    return mark(faults or ([] if result.reports("assess_scope") else ["nobody looked at the scope"]))


def _failing(result: RunResult, at: datetime) -> float | None:
    """The error rate that the faults alone make, at its least in the minutes that a look averages over."""
    scene, service = result.played.production.scene, result.facts.service
    if service not in scene.services:
        return None
    return min(_at(scene, service, scene.minute(at - timedelta(minutes=ago))) for ago in range(1, AVERAGED + 1))


def _at(scene: ProductionState, service: str, minute: float) -> float:
    return max((min(1.0, one.harm) * one.effect.error_rate for one in scene.felt(service, minute)), default=0.0)
