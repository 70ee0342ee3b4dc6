"""The conclusion of step 2: the roles' hypotheses merged, held against what was tried, and the best one if clear."""

import asyncio
import re
from datetime import datetime
from typing import Literal

from agents.io.catalogue import Catalogue
from agents.readings.production import ClientSignals, EndpointChecks, GoldenSignals
from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.rules.diagnosis.alert_claim import unanswered, warning
from agents.rules.diagnosis.change_causes import is_on_record
from agents.rules.diagnosis.component import Changes, client_changes, golden_changes
from agents.rules.diagnosis.earlier_rounds import ASKED, not_raised_without_news
from agents.rules.diagnosis.failing_below import narrowed_down
from agents.rules.diagnosis.health import is_down
from agents.rules.diagnosis.hypotheses import ranked
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.outcome import figures_now, named_and_not_disproved
from agents.rules.diagnosis.signals import SignalChange
from agents.rules.diagnosis.since_then import held_against_now
from agents.rules.diagnosis.survey import window
from agents.rules.diagnosis.suspect_evidence import HISTORY_HOURS
from agents.rules.writing.last_look import is_unmeasured, is_well_again, uncounted
from agents.rules.writing.wording import at, listed, short
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.runtime.ledger import Statement
from agents.tools.port import AnyPort
from agents.tools.ports import (
    check_endpoints,
    client_signals,
    deployment_history,
    golden_signals,
    infrastructure_state,
)

TOOLS: tuple[AnyPort, ...] = (golden_signals, check_endpoints, client_signals, deployment_history, infrastructure_state)
ENOUGH = 2
"""A cause is named from this strength on."""
JUST_BEFORE = 15
"""Minutes of the runbook. An alert comes at most so long after what it tells of."""
FIGURES = re.compile(
    r"\d[\d.,]*(?: %| s\b|/s)|\d[\d,]*(?= of \d)|(?<= of )\d[\d,]*|\d[\d,]*(?= (?:times|min|sessions)\b)"
)
MOST_NAMED = 3
DECIDES = (
    "error_log",
    "deployment_history",
    "infrastructure_state",
    "database_health",
    "data_safety",
    "system_metrics",
    "client_signals",
    "dependencies",
    "golden_signals",
    "provider_status",
)
"""Readings of a component, the one that tells most causes apart first."""
HAVE_ANOTHER_WAY = ("infrastructure", "code bug")
"""Causes with more than one remedy: one failed attempt leaves them open."""
FILLED = ("signature", "version", "instances")
"""What one role may know of a hypothesis where the one that argues best for it does not."""
NOTICED = ("error rate", "latency", "collapse", "script errors", "page load")


async def conclude(briefing: Briefing, context: DutyContext) -> Conclusion:
    """Name the cause that is clearly best supported; else say that nothing is wrong, or what is missing."""
    missing = list(dict.fromkeys(said for found in briefing.findings for said in found.findings.missing))
    weighed = [not_raised_without_news(h, briefing.conclusion, missing) for h in merged(briefing)]
    weighed = [_after_attempts(briefing, h) for h in weighed]
    hypotheses = ranked([await held_against_now(h, briefing, context) for h in weighed])
    present = await _present(briefing, context)
    quiet = _is_quiet(briefing, hypotheses)
    at_risk = briefing.scope is not None and briefing.scope.data_at_risk == "yes"
    just_before = briefing.started_at - JUST_BEFORE * briefing.minute
    is_over = present.is_calm and (quiet or (present.ended_since(just_before) and not at_risk))
    if is_over and not await _stands_still(briefing, hypotheses, context):
        return _no_longer(briefing, present, hypotheses, missing)
    best = hypotheses[0] if hypotheses and hypotheses[0].status != "ruled out" else None
    if best is None or best.strength < ENOUGH or not _is_clear(hypotheses):
        return _insufficient(briefing, hypotheses, missing)
    return _found(best, hypotheses, missing, await _introduced_at(best, context))


def merged(briefing: Briefing) -> list[Hypothesis]:
    """Merge what several roles say of the same cause and component."""
    groups: dict[tuple[str, str, str], list[Hypothesis]] = {}
    for found in briefing.findings:
        for hypothesis in found.findings.hypotheses:
            which = hypothesis.version if hypothesis.status == "ruled out" else ""
            which = hypothesis.statement if is_on_record(hypothesis) else which
            groups.setdefault((hypothesis.cause, hypothesis.component, which), []).append(hypothesis)
    return [_one(group, groups) for group in groups.values()]


def _one(group: list[Hypothesis], groups: dict[tuple[str, str, str], list[Hypothesis]]) -> Hypothesis:
    """One hypothesis out of several: the strongest, with all that was said for and against it."""
    best = ranked(group)[0]
    others = [h for key, g in groups.items() if key[:2] == (best.cause, best.component) for h in g]
    ruled_out = [h for h in others if h.status == "ruled out" and h.version in ("", best.version)]
    against = _unique([claim for h in [*group, *ruled_out] for claim in h.against])
    support = _unique([claim for h in (best, *group) for claim in h.support])
    weak = best.status != "ruled out" and best.strength <= 1 and bool(ruled_out)
    status = "ruled out" if weak else best.status
    filled = {name: next((getattr(h, name) for h in group if getattr(h, name)), getattr(best, name)) for name in FILLED}
    return best.model_copy(update={"status": status, "support": support, "against": against, **filled})


def _unique(claims: list[Claim]) -> list[Claim]:
    """Each claim once; of one that several roles make, each with the figures of its own minute, the first."""
    return list({FIGURES.sub("", claim.text): claim for claim in reversed(claims)}.values())[::-1]


def _after_attempts(briefing: Briefing, hypothesis: Hypothesis) -> Hypothesis:
    """Count against a hypothesis what was tried on it and did not help.

    What a tool could not do was never tried: it says nothing of the cause.
    """
    tried = [
        a
        for a in briefing.attempts
        if (a.cause, a.component) == (hypothesis.cause, hypothesis.component) and a.outcome == "did not help"
    ]
    if not tried or hypothesis.status == "ruled out":
        return hypothesis
    against = [*hypothesis.against, *map(_what_came_of_it, tried)]
    deeds = {(a.proposal.action, *a.proposal.parameters.values()) for a in tried if a.proposal.action != "deploy"}
    if hypothesis.cause in HAVE_ANOTHER_WAY and len(deeds) < 2 and hypothesis.strength >= ENOUGH:
        return hypothesis.model_copy(update={"against": against, "strength": ENOUGH})
    return hypothesis.model_copy(update={"against": against, "status": "ruled out", "strength": 0})


def _what_came_of_it(attempt: Attempt) -> Claim:
    action = attempt.proposal.action or "nothing"
    said = f": {short(attempt.said)}" if attempt.said else ""
    return Claim(text=f"{action} of {attempt.proposal.service} {attempt.outcome}{said}", cites=attempt.cites)


class PresentState:
    """How the alerted service does at the moment of the conclusion."""

    def __init__(
        self,
        golden: Reading[GoldenSignals],
        endpoints: Reading[EndpointChecks],
        client: Reading[ClientSignals] | None,
        around: list[Reading[GoldenSignals]],
        catalogue: Catalogue,
    ) -> None:
        def changes(signals: GoldenSignals) -> Changes:
            return golden_changes(signals, catalogue.objectives_of(signals.service))

        self.around = [changes(reading.value) for reading in around if reading.value]
        self.refs = [golden.ref, endpoints.ref, *([client.ref] if client else [])]
        self.changes: Changes = changes(golden.value) if golden.value else {}
        self.changes |= client_changes(client.value) if client and client.value else {}
        self.failing = [check.endpoint for check in (endpoints.value.checks if endpoints.value else []) if not check.ok]
        self.asked_endpoints = endpoints.value is not None and bool(endpoints.value.checks)

    @property
    def is_calm(self) -> bool:
        """Its error rate and latency are known and usual, every endpoint answers, and so it is around it."""
        known = "error rate" in self.changes and self.changes["error rate"].known
        around = [c for changes in self.around for name, c in changes.items() if name in NOTICED]
        return known and not self.failing and not any(change.abnormal for change in [*self.noticed, *around])

    def ended_since(self, moment: datetime) -> bool:
        """Whether it left its range within the window and came back after that moment."""
        return any(c.ended is not None and c.ended >= moment for c in self.noticed)

    @property
    def noticed(self) -> list[SignalChange]:
        return [change for name, change in self.changes.items() if name in NOTICED]

    @property
    def words(self) -> str:
        return "; ".join(str(self.changes[name]) for name in ("error rate", "latency") if name in self.changes)


async def _present(briefing: Briefing, context: DutyContext) -> PresentState:
    listed_service = briefing.catalogue.services.get(briefing.service)
    is_web = listed_service is not None and listed_service.kind == "web"
    others = _in_trouble_beside(briefing)
    return PresentState(
        await ask(context, golden_signals, briefing.service, window(briefing)),
        await ask(context, check_endpoints, briefing.service),
        await ask(context, client_signals, briefing.service, window(briefing)) if is_web else None,
        list(await asyncio.gather(*(ask(context, golden_signals, name, window(briefing)) for name in others))),
        briefing.catalogue,
    )


async def _stands_still(briefing: Briefing, hypotheses: list[Hypothesis], context: DutyContext) -> bool:
    """Whether a service in trouble or a supported suspect does not run now: what it no longer measures is not calm."""
    suspects = [h.component for h in hypotheses if h.strength >= ENOUGH and h.status != "ruled out"]
    names = dict.fromkeys([*suspects, *_in_trouble_beside(briefing)])
    states = await asyncio.gather(*(ask(context, infrastructure_state, name) for name in names))
    return any(read.value is not None and is_down(read.value) for read in states)


def _in_trouble_beside(briefing: Briefing) -> list[str]:
    return [name for name in (briefing.scope.services if briefing.scope else []) if name != briefing.service][:4]


def _is_quiet(briefing: Briefing, hypotheses: list[Hypothesis]) -> bool:
    """Nobody found anything out of its range."""
    supported = any(h.strength >= ENOUGH and h.status != "ruled out" for h in hypotheses)
    at_risk = briefing.scope is not None and (briefing.scope.abnormal or briefing.scope.data_at_risk == "yes")
    return not supported and not at_risk and not any(found.findings.abnormal for found in briefing.findings)


def _no_longer(
    briefing: Briefing, present: PresentState, hypotheses: list[Hypothesis], missing: list[str]
) -> Conclusion:
    """Nothing is wrong, or not any more."""
    if briefing.scope is not None and briefing.scope.data_at_risk == "yes":
        return _insufficient(briefing, hypotheses, missing)
    is_over = any(said.is_over for said in briefing.ledger.statements)
    past = [change for change in present.noticed if change.ended is not None]
    was_abnormal = bool(past) or (briefing.scope is not None and briefing.scope.abnormal)
    has_failed = was_abnormal or bool(briefing.ledger.hurt(briefing.detected_at))
    if (threat := warning(briefing.alert)) and not (is_over or has_failed):
        return _threatened(briefing, threat, present, hypotheses, missing)
    if (claim := unanswered(briefing.alert)) and not is_over:
        words = f"Nothing that is read here measures what the alert says: {claim}"
        said = f"{words}. {briefing.service} itself is within its usual range: {present.words}."
        return Conclusion(verdict="insufficient evidence", summary=said, hypotheses=hypotheses, missing=missing)
    verdict = "recovered by itself" if was_abnormal else "nothing wrong"
    words = f"{briefing.service} is within its usual range: {present.words}"
    if (told := _of_this_incident(briefing, past)) and told.ended is not None:
        words += f". Its {told.name} was out of its usual range until {at(told.ended, briefing.now)}"
    return Conclusion(verdict=verdict, summary=f"{words}.", hypotheses=hypotheses, missing=missing)


def _of_this_incident(briefing: Briefing, past: list[SignalChange]) -> SignalChange | None:
    """What ended in this incident; what ended long before it only where it has no trouble of its own to tell of."""
    since, ledger = briefing.detected_at - JUST_BEFORE * briefing.minute, briefing.ledger
    own = [change for change in past if change.ended is not None and change.ended >= since]
    is_known = ledger.was_abnormal or bool(ledger.hurt(briefing.detected_at))
    return next(iter(own or ([] if is_known else past)), None)


def _threatened(
    briefing: Briefing, threat: str, present: PresentState, hypotheses: list[Hypothesis], missing: list[str]
) -> Conclusion:
    """The alert tells of what is to come, and figures that are as usual today do not refute that."""
    said = f"the alert warns of {threat}; nothing has failed by what is read: {present.words}"
    told = Hypothesis(
        cause="infrastructure",
        component=briefing.service,
        statement=f"{briefing.service} is healthy, and the alert warns of {threat}",
        status="supported",
        strength=1,
        support=[Claim(text=said, cites=[briefing.alert_ref] if briefing.alert_ref else [])],
    )
    return Conclusion(
        verdict="cause found",
        cause="infrastructure",
        component=briefing.service,
        confidence="low",
        summary=f"Nothing has failed yet: {said}.",
        hypotheses=[told, *hypotheses],
        missing=missing,
    )


def _is_clear(hypotheses: list[Hypothesis]) -> bool:
    """The best stands out: stronger than any other cause, or, with another component as strong, first in time."""
    best, *others = hypotheses
    rivals = [h for h in others if h.status != "ruled out" and h.strength >= best.strength]
    return all(
        h.component != best.component and best.onset is not None and (h.onset is None or best.onset <= h.onset)
        for h in rivals
    )


async def _introduced_at(best: Hypothesis, context: DutyContext) -> datetime | None:
    """When the fault came in: with the deployment, else with the first sign of it."""
    if best.cause != "recent deployment":
        return best.onset
    history = await ask(context, deployment_history, best.component, HISTORY_HOURS)
    deployments = history.value.deployments if history.value else []
    return next((d.at for d in reversed(deployments) if d.version == best.version), best.onset)


def _found(
    best: Hypothesis, hypotheses: list[Hypothesis], missing: list[str], introduced_at: datetime | None
) -> Conclusion:
    confidence = _confidence(best, hypotheses[1:], missing)
    gone = (h for h in hypotheses if h.status == "ruled out" and h.cause == "recent deployment")
    cleared = [h.component for h in gone if h.component != best.component]
    aside = f" Ruled out: the deployment of {listed(list(dict.fromkeys(cleared)))}." if cleared else ""
    chosen = best.model_copy(update={"status": "supported"})
    return Conclusion(
        verdict="cause found",
        cause=best.cause,
        component=best.component,
        confidence=confidence,
        summary=f"The cause is {best.cause}: {short(best.statement, 220)}.{aside}",
        hypotheses=[chosen, *hypotheses[1:]],
        introduced_at=introduced_at,
        missing=missing,
    )


def _confidence(best: Hypothesis, others: list[Hypothesis], missing: list[str]) -> Literal["high", "medium", "low"]:
    """High takes a mechanism that was seen, a rival that a reading rules out, and nothing of it that stayed unseen."""
    margin = best.strength - max((h.strength for h in others if h.status != "ruled out"), default=0)
    asked = (ASKED.match(said) for said in missing if not said.endswith("not connected"))
    unseen = any(found and found["of"] in (best.component, best.service) for found in asked)
    excluded = any(h.status == "ruled out" or h.against for h in others)
    if best.strength == 3 and margin >= 2 and excluded and not unseen and not _may_be_set_off(best, others):
        return "high"
    return "medium" if best.strength + margin >= 3 else "low"


def _may_be_set_off(best: Hypothesis, others: list[Hypothesis]) -> bool:
    """Whether old code is blamed, while something that was changed just before is neither tied to it nor ruled out."""
    changes = [h for h in others if is_on_record(h) and h.status != "ruled out" and h.component == best.component]
    return best.cause == "code bug" and any(h.support[:1] and h.support[0] not in best.support for h in changes)


def _insufficient(briefing: Briefing, hypotheses: list[Hypothesis], missing: list[str]) -> Conclusion:
    still = [h for h in hypotheses if h.status != "ruled out"]
    component = still[0].component if still else None
    failed = list(dict.fromkeys(_in_short(said) for said in missing if not said.endswith("not connected")))
    others = [f"{len(failed) - MOST_NAMED} more readings"] if len(failed) > MOST_NAMED else []
    unseen = f" Not seen: {listed([*failed[:MOST_NAMED], *others])}." if failed else ""
    if not (named := named_and_not_disproved(briefing)):
        suspects = [component or briefing.service, *(h.component for h in still)]
        unseen += _what_would_decide(briefing, suspects, missing)
    said = _beside_what_was_named(briefing, named) if named else _what_is_open(briefing, still)
    return Conclusion(
        verdict="insufficient evidence",
        component=component,
        summary=f"{said}{unseen}",
        hypotheses=hypotheses,
        missing=missing,
    )


def _what_is_open(briefing: Briefing, still: list[Hypothesis]) -> str:
    """How far it is narrowed down."""
    if not still:
        be = "was" if is_well_again(briefing) else "is"
        unclear = "whether {} is as usual" if is_unmeasured(briefing) else f"why {{}} {be} not as usual"
        return uncounted(briefing) or f"Nothing that was read says {unclear.format(briefing.service)}."
    suspected = "; ".join(short(hypothesis.statement, 220) for hypothesis in still[:3])
    stop = "" if suspected.endswith("…") else "."
    return f"{narrowed_down(briefing, {still[0].component: still[0].onset})}. Still open: {suspected}{stop}"


def _beside_what_was_named(briefing: Briefing, named: Statement) -> str:
    """What was read, where a person knows the cause: that the readings do not show it says nothing against it."""
    return figures_now(briefing) or f"Nothing that was read adds to what {named.by} named as the cause."


def _what_would_decide(briefing: Briefing, suspects: list[str], missing: list[str]) -> str:
    """The one unseen reading that tells most causes apart, in a sentence; empty where all was seen.

    It is one of the first suspect whose readings are missing, else one of what these suspects depend on.
    """
    known = briefing.catalogue.services
    below = [name for suspect in suspects if suspect in known for name in known[suspect].depends_on]
    asked = [found for said in missing if (found := ASKED.match(said)) and found["tool"] in DECIDES]
    for name in dict.fromkeys([*suspects, briefing.service, *below]):
        tools = {found["tool"] for found in asked if found["of"] == name}
        if tools:
            return f" What would decide: the {min(tools, key=DECIDES.index).replace('_', ' ')} of {name}."
    return ""


def _in_short(said: str) -> str:
    """A reading that got no answer, by its name and service; why, its own event says."""
    found = ASKED.match(said)
    return f"{found['tool'].replace('_', ' ')} of {found['of']}" if found else short(said, 90)


def concluded_hypothesis(briefing: Briefing) -> Hypothesis | None:
    """The hypothesis that was concluded, to act on."""
    conclusion = briefing.conclusion
    if conclusion is None or conclusion.cause is None:
        return None
    fitting = (h for h in conclusion.hypotheses if (h.cause, h.component) == (conclusion.cause, conclusion.component))
    return next((h for h in fitting if h.status != "ruled out"), None)


def service_at_fault(briefing: Briefing) -> str:
    """The service that a change of the concluded cause is made to; the alerted one where none is concluded."""
    hypothesis = concluded_hypothesis(briefing)
    return ((hypothesis.service or hypothesis.component) if hypothesis else "") or briefing.service


def conclusion_as_reason(briefing: Briefing) -> list[Claim]:
    """The conclusion, as a reason for a proposal; empty where there is none."""
    if briefing.conclusion is None or not briefing.conclusion_ref:
        return []
    return [Claim(text=briefing.conclusion.summary, cites=[briefing.conclusion_ref])]
