"""Cause: the verdict of the investigation, the cause and the component; naming everything is no answer."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score | None:
    """Recall first; precision counts only where recall is full, and every supported rival lowers it."""
    expected, conclusion = result.expected, result.facts.conclusion
    if expected.verdict is None:
        return mark(["nobody was to investigate, and somebody concluded"] if conclusion else [])
    if conclusion is None:
        return mark(["there is no conclusion"])
    if expected.cause is None:
        wrong = conclusion.verdict not in (expected.verdict, *expected.also_verdicts)
        return mark([f"expected {expected.verdict!r}, concluded {conclusion.verdict!r}"] if wrong else [])
    wanted = (expected.cause, expected.component)
    named = {(conclusion.cause, conclusion.component)}
    named |= {(h.cause, h.component) for h in conclusion.hypotheses if h.status == "supported"}
    right = expected.is_right(conclusion.cause, conclusion.component)
    precision = 1 / len(named) if right or wanted in named else 0.0
    faults = (
        []
        if right
        else [f"expected {wanted[0]} of {wanted[1]}, concluded {conclusion.cause} of {conclusion.component}"]
    )
    if len(named) > max(1, len(result.scenario.world.faults)):
        faults.append(f"{len(named)} causes are supported")
    return mark(faults, precision if right else precision / 2, named=len(named))
