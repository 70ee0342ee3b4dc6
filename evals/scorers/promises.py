"""Promises: each update says when the next one comes, and it comes by then."""

import re
from datetime import UTC, datetime

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

GRACE_MINUTES = 1.0
PROMISED = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) UTC")


def judge(result: RunResult) -> Score | None:
    """A promised time is kept, or the incident was over by then."""
    faults: list[str] = []
    promises = 0
    for port in ("publish_status", "send_brief"):
        sent = result.sent(port)
        for event in sent:
            said = PROMISED.match(str(event.payload["fields"]["next_update"]))
            if said is None:
                continue
            promises += 1
            due = result.minute(datetime.fromisoformat(said.group(1)).replace(tzinfo=UTC))
            following = [result.minute(other) for other in sent if other.seq > event.seq]
            if due <= result.minute(event) - GRACE_MINUTES:
                faults.append(f"{port} at {result.shown(event)} promises a time that has passed")
            elif (
                not any(minute <= due + GRACE_MINUTES for minute in following)
                and result.minute(result.events[-1]) > due + 1
            ):
                faults.append(f"{port} at {result.shown(event)} promises minute {due:.1f}, and nothing came")
    return mark(faults, promises=promises) if promises else None
