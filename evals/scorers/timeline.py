"""Timeline: the post-mortem's times are the transcript's times, and its introduction is when the fault truly began."""

from datetime import datetime
from typing import Any

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

INTRODUCED_WITHIN = 5.0
"""Minutes around the true onset."""


def judge(result: RunResult) -> Score | None:
    """S5.1: detected, resolved, every line that cites an event at that event's time, in order."""
    written = result.of("post_mortem")
    if not written or not result.of("resolved"):
        return None
    told: dict[str, Any] = written[-1].payload["timeline"]
    faults: list[str] = []
    for name, event in {"detected_at": result.events[0], "resolved_at": result.of("resolved")[-1]}.items():
        if abs((datetime.fromisoformat(told[name]) - event.at).total_seconds()) > 1:
            faults.append(f"{name} is {told[name]}, and was {event.at:%H:%M:%S}")
    times = [datetime.fromisoformat(entry["at"]) for entry in told["entries"]]
    faults += ["its lines are not in order"] if times != sorted(times) else []
    for entry, at in zip(told["entries"], times, strict=True):
        cited = [result.by_ref[ref] for ref in entry["cites"] if ref in result.by_ref]
        if (
            at > result.events[0].at
            and entry["at"] != told["introduced_at"]
            and not any(abs((event.at - at).total_seconds()) <= 60 for event in cited)
        ):
            faults.append(f"{entry['at']} {entry['what'][:60]}: not the time of what it cites")
    return mark(faults, entries=len(times))
