"""Severity: the level, how it was classified, whom the incident touches, and the team that each level calls."""

from datetime import datetime, timedelta

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from evals.simulation.scene import ProductionState

ORDER = ("P0", "P1", "P2", "P3")


def judge_severity(result: RunResult) -> Score:
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


def judge_levels(result: RunResult) -> Score:
    """Rules raise, people may do both; no level without reasons that cite the scope, none below its floor."""
    faults: list[str] = []
    for event in result.of("classification"):
        payload, at = event.payload, result.shown(event)
        lowered = payload["was"] and ORDER.index(payload["severity"]) > ORDER.index(payload["was"])
        by_person = payload["set_by"] not in ("rule", "infrastructure_maintainer")
        if lowered and not by_person:
            faults.append(f"lowered from {payload['was']} to {payload['severity']} by {payload['set_by']} at {at}")
        if not by_person and ORDER.index(payload["severity"]) > ORDER.index(payload["floor"]["severity"]):
            faults.append(f"{payload['severity']} is below its own floor {payload['floor']['severity']} at {at}")
        if not payload["reasons"] or not payload["cites"]:
            faults.append(f"{payload['severity']} without reasons or cites at {at}")
    return mark(faults or ([] if result.levels else ["never classified"]))


TOLERANCE = 0.1
AVERAGED = 5
"""Minutes; what is measured now is the mean of the last ones."""


def judge_scope(result: RunResult) -> Score:
    """Each look at the scope names its figures; down is down, and a suspicion of a breach is never left out."""
    faults: list[str] = []
    for event in result.reports("assess_scope"):
        report, at = event.payload["report"], result.shown(event)
        if bool(report["services"]) != report["abnormal"]:
            faults.append(
                f"abnormal is {report['abnormal']}, and the services in trouble are {report['services']} at {at}"
            )
        trouble = _failing(result, event.at)
        if report["error_rate"] is not None and trouble is not None and report["error_rate"] < trouble - TOLERANCE:
            faults.append(f"error rate {report['error_rate']:.2f} at {at}; {trouble:.2f} of the requests truly fail")
    return mark(faults or ([] if result.reports("assess_scope") else ["nobody looked at the scope"]))


def _failing(result: RunResult, at: datetime) -> float | None:
    """The error rate that the faults alone make, at its least in the minutes that a look averages over."""
    scene, service = result.played.production.scene, result.facts.service
    if service not in scene.services:
        return None
    return min(
        _error_rate_at(scene, service, scene.minute(at - timedelta(minutes=ago))) for ago in range(1, AVERAGED + 1)
    )


def _error_rate_at(scene: ProductionState, service: str, minute: float) -> float:
    return max((min(1.0, one.harm) * one.effect.error_rate for one in scene.felt(service, minute)), default=0.0)


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


def judge_team(result: RunResult) -> Score:
    """S1.4, for every level that the run had."""
    faults: list[str] = []
    for classified in result.of("classification"):
        level = classified.payload["severity"]
        joined = [event for event in result.of("activation") if event.payload["severity"] == level]
        team = set(joined[-1].payload["team"]) if joined else set[str]()
        if not joined and not _is_whole_team_there(result, level, classified.seq):
            faults.append(f"the team of {level} was not activated")
        elif joined and (missing := TEAMS[level] - team):
            faults.append(f"{level} without {', '.join(sorted(missing))}")
        elif joined and level in ("P1", "P2") and not team & DEVELOPERS:
            faults.append(f"{level} without a developer")
    return mark(faults)


def _is_whole_team_there(result: RunResult, level: str, seq: int) -> bool:
    before = [event for event in result.of("activation") if event.seq < seq]
    return bool(before) and TEAMS[level] <= set(before[-1].payload["team"])
