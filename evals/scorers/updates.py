"""Updates: the first one in time, and at P0 and P1 one in every quarter of an hour until it is resolved."""

from itertools import pairwise

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

FIRST_WITHIN, EVERY, LATE_BY = 1.0, 15.0, 1.0
"""Minutes."""


def judge(result: RunResult) -> Score | None:
    """From team activation on; P2 hears of it at each change of status, P3 not at all."""
    if "P3" in result.levels[-1:] or not result.levels:
        return mark(["the status page speaks of a P3"] if result.sent("publish_status") else [])
    if result.levels[-1] == "P2":
        return _at_each_status(result)
    return mark(overdue(result, "publish_status", ("P0", "P1")))


def overdue(result: RunResult, port: str, levels: tuple[str, ...]) -> list[str]:
    """Where more time passed between two messages than may pass, from the activation to the end."""
    raised = next(e for e in result.of("classification") if e.payload["severity"] in levels)
    activated = next((e for e in result.of("activation")), raised)
    start = max(result.minute(raised), result.minute(activated))
    sent = [result.minute(event) for event in result.sent(port) if event.payload["done"]]
    ended = [result.minute(event) for event in result.of("resolved")]
    if not sent:
        return [f"{port}: nothing was sent at all"]
    late = [f"{port}: the first at minute {sent[0]:.1f}, due at {start:.1f}"] if sent[0] > start + FIRST_WITHIN else []
    times = [*sent, *(ended or [result.minute(result.events[-1])])]
    pairs = [(a, b) for a, b in pairwise(times) if b - a > EVERY + LATE_BY and a >= start]
    return [*late, *(f"{port}: nothing between minute {a:.1f} and {b:.1f}" for a, b in pairs)]


def _at_each_status(result: RunResult) -> Score:
    told = [event.payload["fields"]["status"] for event in result.sent("publish_status")]
    changes = [event.payload["status"] for event in result.of("status")]
    if not told and not any(event.payload["report"]["abnormal"] for event in result.reports("assess_scope")):
        return mark([])
    unsaid = [status for status in dict.fromkeys(changes[-1:]) if status not in told]
    return mark([f"the status page never said {status}" for status in unsaid])
