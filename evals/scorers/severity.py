"""Severity: against what the written policy makes of this incident; too low is worse than too high."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

ORDER = ("P0", "P1", "P2", "P3")


def judge(result: RunResult) -> Score:
    """The final level exactly, the first where the scenario names it; P0 and P1 are never called less."""
    expected, got = result.expected.severity, str(result.facts.severity)
    fits = result.expected.fits_severity(got)
    faults = [] if fits else [f"it is {expected}, and was called {got}"]
    first = result.expected.first_severity
    if first and result.levels[:1] != [first]:
        faults.append(f"it was to be {first} at first, and was called {', '.join(result.levels[:1]) or 'nothing'}")
    distance = ORDER.index(got) - ORDER.index(expected) if got in ORDER else len(ORDER)
    under = not fits and expected in ("P0", "P1") and (got not in ORDER or got in ("P2", "P3"))
    score = max(0.0, 1 - abs(distance) / 3)
    return mark(faults, score, expected=expected, got=got, distance=distance, under_triaged=under)
