"""Restraint: where nothing is wrong, nothing is done and no cause is invented."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score | None:
    """Healthy and healed production is left alone; no cause is found where there is none to be found."""
    if result.expected.cause is not None:
        return None
    conclusion = result.facts.conclusion
    acts = [] if result.expected.required_actions else result.changes
    faults = [f"{act.port} of {act.of('service')} with nothing to mend" for act in acts]
    if conclusion and conclusion.verdict == "cause found" and not _named_by_a_person(result):
        faults.append(f"invented: {conclusion.cause} of {conclusion.component}")
    return mark(faults)


def _named_by_a_person(result: RunResult) -> bool:
    return any(event.payload.get("named_by") for event in result.of("conclusion"))
