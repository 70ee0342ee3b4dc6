"""Restraint: where nothing is wrong, nothing is done and no cause is invented."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge(paper: RunResult) -> Score | None:
    """Healthy and healed production is left alone; no cause is found where there is none to be found."""
    if paper.expected.cause is not None:
        return None
    conclusion = paper.facts.conclusion
    acts = [] if paper.expected.required_actions else paper.changes
    faults = [f"{act.port} of {act.of('service')} with nothing to mend" for act in acts]
    if conclusion and conclusion.verdict == "cause found" and not _named_by_a_person(paper):
        faults.append(f"invented: {conclusion.cause} of {conclusion.component}")
    return mark(faults)


def _named_by_a_person(paper: RunResult) -> bool:
    return any(event.payload.get("named_by") for event in paper.of("conclusion"))
