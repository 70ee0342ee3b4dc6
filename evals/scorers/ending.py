"""Ending: the run is closed, resolved where it should be, and nothing in it broke."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score:
    """How the run ends, and that no turn of it failed."""
    facts, expected = result.facts, result.expected
    faults = [f"it is {facts.status}, and should be {expected.ends}"] if facts.status != expected.ends else []
    if (facts.resolved_at is not None) != expected.resolved:
        faults.append("it was never resolved" if expected.resolved else "it was called resolved")
    faults += [f"error at {result.shown(e)}: {e.payload['error'][:120]}" for e in result.of("error")]
    return mark(faults)
