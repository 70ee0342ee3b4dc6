"""Timeline: the post-mortem's times are the transcript's times, and its introduction is when the fault truly began."""

from datetime import datetime
from typing import Any

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

INTRODUCED_WITHIN = 5.0
"""Minutes around the true onset."""


def judge(paper: RunResult) -> Score | None:
    """S5.1: detected, resolved, every line that cites an event at that event's time, in order."""
    written = paper.of("post_mortem")
    if not written or not paper.of("resolved"):
        return None
    told: dict[str, Any] = written[-1].payload["timeline"]
    faults: list[str] = []
    for name, event in {"detected_at": paper.events[0], "resolved_at": paper.of("resolved")[-1]}.items():
        if abs((datetime.fromisoformat(told[name]) - event.at).total_seconds()) > 1:
            faults.append(f"{name} is {told[name]}, and was {event.at:%H:%M:%S}")
    times = [datetime.fromisoformat(entry["at"]) for entry in told["entries"]]
    faults += ["its lines are not in order"] if times != sorted(times) else []
    for entry, at in zip(told["entries"], times, strict=True):
        cited = [paper.by_ref[ref] for ref in entry["cites"] if ref in paper.by_ref]
        if (
            at > paper.events[0].at
            and entry["at"] != told["introduced_at"]
            and not any(abs((event.at - at).total_seconds()) <= 60 for event in cited)
        ):
            faults.append(f"{entry['at']} {entry['what'][:60]}: not the time of what it cites")
    return mark(faults, entries=len(times))
