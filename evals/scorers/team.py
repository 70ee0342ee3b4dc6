"""Team: the roles of each level are activated with it, and nobody is left out."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

TEAMS = {
    "P0": {
        "infrastructure_maintainer",
        "devops_automator",
        "backend_architect",
        "frontend_developer",
        "support_responder",
        "executive_summary_generator",
    },
    "P1": {"infrastructure_maintainer", "devops_automator", "support_responder"},
    "P2": {"evidence_collector"},
    "P3": {"sprint_prioritizer"},
}
DEVELOPERS = {"backend_architect", "frontend_developer"}
"""At P1 and P2 one of them is the Relevant Developer."""


def judge(result: RunResult) -> Score:
    """S1.4, for every level that the run had."""
    faults: list[str] = []
    for classified in result.of("classification"):
        level = classified.payload["severity"]
        joined = [event for event in result.of("activation") if event.payload["severity"] == level]
        team = set(joined[-1].payload["team"]) if joined else set[str]()
        if not joined and not _all_there(result, level, classified.seq):
            faults.append(f"the team of {level} was not activated")
        elif joined and (missing := TEAMS[level] - team):
            faults.append(f"{level} without {', '.join(sorted(missing))}")
        elif joined and level in ("P1", "P2") and not team & DEVELOPERS:
            faults.append(f"{level} without a developer")
    return mark(faults)


def _all_there(result: RunResult, level: str, seq: int) -> bool:
    before = [event for event in result.of("activation") if event.seq < seq]
    return bool(before) and TEAMS[level] <= set(before[-1].payload["team"])
