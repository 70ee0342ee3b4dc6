"""Deadlines: each row that the scenario times occurs at its minute, and the level's response time is met."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

WITHIN = 1.0
RESPOND_WITHIN = {"P0": 5, "P1": 60, "P2": 240}


def judge(result: RunResult) -> Score:
    """From the alert's receipt."""
    faults: list[str] = []
    for row, due in result.expected.timed.items():
        first = min((result.minute(event) for event in result.events if row in event.rows), default=None)
        if first is None:
            faults.append(f"{row} is due at minute {due:g} and does not occur")
        elif not due <= first <= due + WITHIN:
            faults.append(f"{row} is due at minute {due:g} and occurs at {first:.1f}")
    limit = RESPOND_WITHIN.get(result.levels[0] if result.levels else "")
    at_work = next(
        (result.minute(e) for e in result.of("duty_started") if e.lane == "main" and _after_activation(result, e.seq)),
        None,
    )
    if limit is not None and (at_work is None or at_work > limit):
        faults.append(f"nobody was at work within {limit} minutes")
    return mark(faults)


def _after_activation(result: RunResult, seq: int) -> bool:
    activated = result.of("activation")
    return bool(activated) and seq > activated[0].seq
