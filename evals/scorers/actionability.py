"""Actionability: how far acting on the conclusion would have got: all the way, one hop short, near it, nowhere."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score | None:
    """1 right, 0.65 one hop short, 0.35 the right area, 0 wrong."""
    expected, conclusion = result.expected, result.facts.conclusion
    if expected.cause is None or expected.component is None or conclusion is None:
        return None
    got = conclusion.component or ""
    services = result.scenario.world.services
    near = {
        *services[expected.component].depends_on,
        *(n for n, s in services.items() if expected.component in s.depends_on),
    }
    if (conclusion.cause, got) == (expected.cause, expected.component):
        score = 1.0
    elif got == expected.component or (got in near and conclusion.cause == expected.cause):
        score = 0.65
    elif got in near or conclusion.cause == expected.cause:
        score = 0.35
    else:
        score = 0.0
    return mark([] if score == 1 else [f"acting on {conclusion.cause} of {got or 'nothing'} scores {score:g}"], score)
