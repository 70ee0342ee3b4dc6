"""Briefs: at P0 the executives hear of it at once, every quarter of an hour and at each change; else never."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from evals.scorers.updates import overdue


def judge(result: RunResult) -> Score | None:
    """S3.6, P0 only."""
    if "P0" not in result.levels:
        return mark(["executives were briefed, and it never was a P0"] if result.sent("send_brief") else [])
    if result.levels[-1] != "P0":
        return None
    faults = overdue(result, "send_brief", ("P0",))
    told = [event.payload["fields"]["status"] for event in result.sent("send_brief")]
    changes = [event.payload["status"] for event in result.of("status")][-1:]
    return mark([*faults, *(f"no brief said {status}" for status in changes if status not in told)])
