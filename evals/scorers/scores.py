"""Marks: what a scorer says of a run, and what the marks say together."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from evals.playing.run_result import RunResult

Verdict = Literal["pass", "fail", "inconclusive"]


class Score(BaseModel):
    """What one scorer says of one run."""

    verdict: Verdict
    score: float = 1.0
    """0 to 1."""
    why: list[str] = []
    """What is wrong, in words, with refs or minutes."""
    values: dict[str, Any] = {}


Judge = Callable[[RunResult], Score | None]
"""Marks a run; None where there is nothing of its kind to mark."""


class Scorer(NamedTuple):
    """A scorer by its name."""

    name: str
    judge: Judge
    decides: bool = True
    """Whether a run that fails here has failed; else it is told only."""
    needs_evidence: bool = False
    """Whether it cannot be held against a run that its decisive evidence was missing."""


def mark(faults: Sequence[str], score: float | None = None, **values: Any) -> Score:
    """Pass where there are no faults."""
    given = (0.0 if faults else 1.0) if score is None else score
    return Score(verdict="fail" if faults else "pass", score=given, why=list(faults), values=values)


def together(marks: dict[str, Score], scorers: Sequence[Scorer]) -> Verdict:
    """A run fails where a deciding mark does; else it is inconclusive where one is; else it passes."""
    deciding = [marks[scorer.name].verdict for scorer in scorers if scorer.decides and scorer.name in marks]
    if "fail" in deciding:
        return "fail"
    return "inconclusive" if "inconclusive" in deciding else "pass"
