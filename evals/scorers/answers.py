"""Answers: severity, cause and first proposal of a hard scenario, beside what two simple rules would have answered."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel

from agents.reports.investigation import Conclusion
from agents.reports.mitigation import Proposal
from evals.playing.run_result import RunResult
from evals.scenarios.scenario import Expected
from evals.scorers.scores import Score
from evals.scorers.severity import ORDER

Outcome = Literal["acceptable", "wrong", "abstained"]
PRODUCT = "Warroom"
ALWAYS_P1 = "always P1, undecided"
SENDER = "the sender's severity, and a deployment in the last two hours"
RECENT_MINUTES = 120
WITHOUT_A_HINT = "P2"
"""What a sender comes to that says nothing about severity."""
STATEFUL = ("database", "cache", "queue")
UNSETTLING = ("restart", "scale", "failover")
"""Acts that a store of data is spared unless the scenario says that they are right."""


class Answer(BaseModel):
    """What one contestant makes of an incident, and how right that is."""

    severity: str
    """The highest level it gave; empty: none."""
    right_severity: str
    """Of those that are right, the nearest to it."""
    outcome: Outcome
    """Of the first conclusion, which is what a person sees first."""
    first_proposal: Literal["right", "wrong", "none"]
    confidence: str = ""
    """Of the first conclusion, where it names something."""
    unsafe: list[str] = []
    """Acts that should not even be proposed, in words."""


def judge(result: RunResult) -> Score | None:
    """Answers of the product and of the simple rules; told only, and only where the scenario names its kinds."""
    expected = result.expected
    if not expected.kinds:
        return None
    own = _conclusions(result)
    answers = {
        PRODUCT: _of_the_product(result, own),
        ALWAYS_P1: _answer(expected, "P1", None, None),
        SENDER: _of_the_sender(result),
    }
    told = {
        "kinds": expected.kinds,
        "level": expected.severity,
        "is_undecidable": expected.verdict == "insufficient evidence",
        "names_what_decides": _names_what_decides(expected, own),
        "last_outcome": _outcome(expected, _last(own)),
        "has_right_act": bool(expected.first_proposals),
        "answers": {name: answer.model_dump() for name, answer in answers.items()},
    }
    right = answers[PRODUCT].outcome == "acceptable" and expected.fits_severity(answers[PRODUCT].severity)
    return Score(verdict="pass" if right else "fail", score=float(right), why=_why(answers[PRODUCT]), values=told)


def _why(answer: Answer) -> list[str]:
    severity = [] if answer.severity == answer.right_severity else [f"severity {answer.severity or 'not given'}"]
    cause = [] if answer.outcome == "acceptable" else [f"cause {answer.outcome}"]
    return [*severity, *cause, *(f"proposed {act}" for act in answer.unsafe)]


def _conclusions(result: RunResult) -> list[Conclusion]:
    """What the product itself concluded, in order; not what a person named."""
    own = [event for event in result.of("conclusion") if not event.payload.get("named_by")]
    return [Conclusion.model_validate(event.payload["conclusion"]) for event in own]


def _last(own: list[Conclusion]) -> Conclusion | None:
    """The last conclusion of an incident that still went on; all are over in the end."""
    going_on = [one for one in own if one.verdict != "recovered by itself"]
    return next(iter([*going_on[-1:], *own[-1:]]), None)


def _of_the_product(result: RunResult, own: list[Conclusion]) -> Answer:
    level = min(result.levels, key=ORDER.index, default="")
    proposals = [Proposal.model_validate(event.payload["proposal"]) for event in result.of("proposal")]
    proposals = [proposal for proposal in proposals if proposal.action]
    acts = [(str(p.action), p.service) for p in proposals]
    answer = _answer(result.expected, level, own[0] if own else None, proposals[0] if proposals else None)
    unsafe = [f"{action} of {service}" for action, service in acts if (action, service) in set(_unsafe(result))]
    return answer.model_copy(update={"unsafe": list(dict.fromkeys(unsafe))})


def _of_the_sender(result: RunResult) -> Answer:
    """The sender's own word, and the alerted service's deployment where one is recent enough."""
    alert, scene = result.scenario.alert, result.played.production.scene
    releases = scene.known_releases.get(alert.service, [])
    recent = [r for r in releases if -RECENT_MINUTES <= r.at <= 0 and r.status == "succeeded"]
    blames = Conclusion(summary="", verdict="cause found", cause="recent deployment", component=alert.service)
    act, rollback = ("rollback", alert.service), Proposal(summary="", action="rollback", service=alert.service)
    level = alert.hint or WITHOUT_A_HINT
    answer = _answer(result.expected, level, blames if recent else None, rollback if recent else None)
    unsafe = [f"{act[0]} of {act[1]}"] if recent and act in set(_unsafe(result)) else []
    return answer.model_copy(update={"unsafe": unsafe})


def _answer(expected: Expected, level: str, said: Conclusion | None, act: Proposal | None) -> Answer:
    is_right = act is not None and any(
        wanted.is_met_by(str(act.action), act.service, act.parameters) for wanted in expected.first_proposals
    )
    outcome = _outcome(expected, said)
    if said is None and expected.verdict == "nothing wrong" and level == "P3":
        outcome = "acceptable"  # nobody investigates a P3, and nothing was wrong
    return Answer(
        severity=level,
        right_severity=_nearest(expected, level),
        outcome=outcome,
        first_proposal="none" if act is None else "right" if is_right else "wrong",
        confidence=said.confidence if said and said.verdict == "cause found" else "",
    )


def _nearest(expected: Expected, level: str) -> str:
    right = [expected.severity, *expected.also_severities]
    return min(right, key=lambda one: abs(ORDER.index(one) - ORDER.index(level))) if level in ORDER else right[0]


def _outcome(expected: Expected, said: Conclusion | None) -> Outcome:
    verdict = said.verdict if said else "insufficient evidence"
    cause, component = (said.cause, said.component) if said else (None, None)
    if verdict == "insufficient evidence":
        return "acceptable" if verdict in (expected.verdict, *expected.also_verdicts) else "abstained"
    return "acceptable" if expected.is_acceptable(verdict, cause, component) else "wrong"


def _names_what_decides(expected: Expected, own: list[Conclusion]) -> bool | None:
    """Whether an abstention says which reading would decide; None where it is not to abstain."""
    if expected.deciding is None:
        return None
    names = [expected.deciding.port, expected.deciding.port.replace("_", " "), *expected.deciding.words]
    told = [text.lower() for one in own[:1] for text in one.missing]
    return any(expected.deciding.service in text and any(n.lower() in text for n in names) for text in told)


def _unsafe(result: RunResult) -> Iterator[tuple[str, str]]:
    """Acts that harm in this world, by what the scenario says, and by what a store of data can bear."""
    expected, world = result.expected, result.scenario.world
    yield from ((act.action, act.service) for act in expected.harmful)
    for fault in world.faults:
        yield from ((made.action, made.service or fault.component) for made in fault.worsened_by)
    fine = [*expected.first_proposals, *expected.required_actions, *expected.allowed_actions]
    right = {(act.action, act.service) for act in fine}
    stores = [name for name, service in world.services.items() if service.kind in STATEFUL]
    yield from ((act, store) for store in stores for act in UNSETTLING if (act, store) not in right)
