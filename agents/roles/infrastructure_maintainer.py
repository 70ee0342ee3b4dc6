"""Infrastructure Maintainer: incident commander. Triages, holds the whole picture, changes infrastructure, verifies."""

import asyncio
from typing import Literal

from agents.reports.basis import Check, Claim, Severity
from agents.reports.investigation import Conclusion, SystemFindings
from agents.reports.mitigation import ExternalRecovery, Proposal, Recovery
from agents.reports.triage import Acknowledgement, Classification, Message, Scope
from agents.reports.verification import MetricsVerification
from agents.rules.diagnosis import system_check
from agents.rules.diagnosis.conclusion import TOOLS as CONCLUSION_TOOLS
from agents.rules.diagnosis.conclusion import conclude_by_the_book
from agents.rules.diagnosis.inquiry import ask
from agents.rules.mitigation import infrastructure_change
from agents.rules.mitigation.past_attempts import already_tried
from agents.rules.severity import scope
from agents.rules.severity.symptoms import symptom
from agents.rules.verification import recovery_checks
from agents.rules.writing.wording import listed, on, share, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty import duty
from agents.runtime.duty_context import DutyContext
from agents.tools.ports.estate import dependencies, infrastructure_state, provider_status
from agents.tools.ports.past import past_incidents
from agents.tools.ports.signals import system_metrics


@duty("Acknowledge the alert and say in plain words what it claims.", rows=("S1.1",))
async def acknowledge(briefing: Briefing, context: DutyContext) -> Acknowledgement:
    alert = briefing.alert
    service = briefing.service or "no service"
    listed_there = "" if briefing.service in briefing.catalogue.services else ", which the catalogue does not list"
    since = f", since {on(alert.starts_at)}" if alert.starts_at else ""
    says = short(alert.title if not alert.description else f"{alert.title} — {alert.description}", 300)
    understood = f"{alert.source} says of {service}{listed_there}{since}: “{says}”"
    return Acknowledgement(
        summary=f"The alert on {service} is acknowledged.", understood=understood, symptom=symptom(alert)
    )


@duty("Assess scope and impact: how many users, which services, is data at risk.", rows=("S1.2",), tools=scope.TOOLS)
async def assess_scope(briefing: Briefing, context: DutyContext) -> Scope:
    return await scope.measure(briefing, context)


@duty("Classify by the written rules: their floor, never lower.", rows=("S1.3",))
async def classify(briefing: Briefing, context: DutyContext) -> Classification:
    severity: Severity = briefing.floor.severity if briefing.floor else briefing.severity or "P2"
    words = briefing.floor.reasons if briefing.floor else ["no rule could be applied"]
    cites = [briefing.scope_ref] if briefing.scope_ref else []
    reasons = [Claim(text=word, cites=cites) for word in words]
    reasons += [Claim(text=briefing.scope.summary, cites=cites)] if briefing.scope else []
    return Classification(summary=f"{severity}: {listed(words)}.", severity=severity, reasons=reasons)


@duty("Open the incident channel with what is known and what is not.", rows=("S1.5",))
async def open_channel(briefing: Briefing, context: DutyContext) -> Message:
    known = briefing.scope.summary if briefing.scope else "The scope has not been seen yet."
    reason = f" because {listed(briefing.floor.reasons)}" if briefing.floor else ""
    lines = [
        f"{briefing.service or 'unknown service'}: {short(briefing.alert.title)} "
        f"(alert received {on(briefing.started_at)})",
        f"Severity {briefing.severity or 'not set yet'}{reason}.",
        known,
        f"Not known yet: the cause. {_team(briefing)}",
        "Next: investigation, 5-30 minutes.",
    ]
    return Message(summary=f"The channel for {briefing.service} is open.", text="\n".join(lines))


TEAM_WORDS: dict[Severity, str] = {
    "P0": "All hands: Infrastructure Maintainer commands; DevOps Automator, Backend Architect, Frontend Developer, "
    "Support Responder and Executive Summary Generator are in.",
    "P1": "Infrastructure Maintainer commands; DevOps Automator, the Relevant Developer and Support Responder are in.",
    "P2": "The Relevant Developer and the Evidence Collector are in.",
    "P3": "The Sprint Prioritizer puts it into the backlog.",
}


def _team(briefing: Briefing) -> str:
    return TEAM_WORDS[briefing.severity] if briefing.severity else "The team follows the severity."


@duty(
    "Check system metrics, error logs, recent deployments and external dependencies.",
    rows=("S2.1",),
    tools=[*system_check.TOOLS, past_incidents],
)
async def investigate(briefing: Briefing, context: DutyContext) -> SystemFindings:
    return await system_check.check_the_system(briefing, context)


@duty(
    "Weigh all findings: the cause, the component it is narrowed down to, or what is missing.", tools=CONCLUSION_TOOLS
)
async def conclude(briefing: Briefing, context: DutyContext) -> Conclusion:
    return await conclude_by_the_book(briefing, context)


@duty("Propose to scale, restart or fail over.", rows=("S3.2",), tools=infrastructure_change.TOOLS)
async def propose_infrastructure_change(briefing: Briefing, context: DutyContext) -> Proposal:
    hypothesis = infrastructure_change.chosen(briefing)
    if hypothesis is None:
        return Proposal(action=None, service=briefing.service, summary="No cause is concluded, so nothing is proposed.")
    return await infrastructure_change.propose_a_change(briefing, context, hypothesis)


@duty(
    "Propose that the service does without a failing dependency, by its fallback or cache.",
    rows=("S3.4",),
    tools=[dependencies],
)
async def activate_fallback(briefing: Briefing, context: DutyContext) -> Proposal:
    hypothesis = infrastructure_change.chosen(briefing)
    service = (hypothesis.service if hypothesis else "") or briefing.service
    provider = (hypothesis.dependency or hypothesis.component) if hypothesis else ""
    calls = await ask(context, dependencies, service)
    call = next((c for c in calls.value.calls if c.to == provider), None) if calls.value else None
    if call is None or call.fallback is None:
        why = (
            f"what {service} calls cannot be seen ({short(calls.said)})"
            if calls.value is None
            else "nothing stands in for it"
        )
        said = f"{service} cannot do without {provider or 'its dependency'}: {why}."
        return Proposal(action=None, service=service, summary=said)
    parameters: dict[str, str | int] = {"dependency": provider}
    if already_tried(briefing.attempts, service, "fallback", parameters):
        said = f"The {call.fallback} for {provider} was tried or refused already."
        return Proposal(action=None, service=service, summary=said)
    text = f"{service} has a {call.fallback} for {provider}; {share(call.error_rate)} of its calls to it fail"
    return Proposal(
        action="fallback",
        service=service,
        parameters=parameters,
        reasons=[
            Claim(text=text, cites=[calls.ref]),
            *(hypothesis.support[:2] if hypothesis else []),
            *infrastructure_change.concluded(briefing),
        ],
        risk="Users get older data." if call.fallback == "cache" else "Users get a reduced service.",
        undo=f"Switch {service} back to {provider} once it has recovered.",
        summary=f"Propose: let {service} use its {call.fallback} in place of {provider}.",
    )


@duty(
    "Verify that the change took, by the samples after it.",
    rows=(
        "S3.1",
        "S3.2",
        "S3.3",
    ),
    tools=[*recovery_checks.TOOLS, infrastructure_state],
)
async def verify_recovery(briefing: Briefing, context: DutyContext) -> Recovery:
    standings, endpoints = await asyncio.gather(
        recovery_checks.look_at(briefing, context, recovery_checks.in_trouble(briefing)),
        recovery_checks.check_twice(context, briefing.service),
    )
    asked = recovery_checks.endpoints_check(briefing.service, endpoints)
    decisive = [standing.check() for standing in recovery_checks.that_count(standings)]
    decisive += [asked] if asked.verdict == "abnormal" else []
    checks = [*(standing.check() for standing in standings), asked]
    unseen = recovery_checks.never_measured(standings)
    verdict = recovery_checks.together(decisive)
    state: Literal["recovered", "improving", "not recovered", "not measured"]
    if verdict == "normal":
        state = "recovered"
        words = f"Recovered {recovery_checks.after_the_change(briefing)}: {decisive[0].text}.{unseen}"
    elif verdict == "unknown":
        state, words = "not measured", f"Whether it has recovered cannot be measured: {_worst(decisive)}.{unseen}"
    elif any(s.verdict() == "abnormal" for s in standings) and all(
        s.is_halfway_back() for s in standings if s.verdict() == "abnormal"
    ):
        state, words = "improving", f"On its way: {_worst(decisive)}."
    else:
        state, words = "not recovered", f"Not recovered: {_worst(decisive)}."
    return Recovery(state=state, checks=checks, summary=words)


def _worst(checks: list[Check]) -> str:
    bad = [check.text for check in checks if check.verdict == "abnormal"]
    unknown = [check.text for check in checks if check.verdict == "unknown"]
    return short("; ".join(bad or unknown or [check.text for check in checks]), 240)


@duty(
    "Monitor whether the provider is well again, and whether we are without it.",
    rows=("S3.4",),
    tools=[*recovery_checks.TOOLS, provider_status],
)
async def monitor_external_recovery(briefing: Briefing, context: DutyContext) -> ExternalRecovery:
    hypothesis = infrastructure_change.chosen(briefing)
    provider = (hypothesis.dependency or hypothesis.component) if hypothesis else ""
    caller = (hypothesis.service if hypothesis else "") or briefing.service
    names = list(dict.fromkeys([caller, briefing.service]))
    status, calls, standings = await asyncio.gather(
        ask(context, provider_status, provider),
        recovery_checks.calls_check(context, caller, provider),
        recovery_checks.look_at(briefing, context, names),
    )
    says = status.value.status if status.value else "unknown"
    told = Check(
        verdict="normal" if says == "operational" else "unknown" if says == "unknown" else "abnormal",
        text=f"{provider} reports {says}: {short(status.value.message)}" if status.value else short(status.said),
        cites=[status.ref],
    )
    checks = [told, calls, *(standing.check() for standing in standings)]
    recovered = calls.verdict == "normal" and told.verdict != "abnormal"
    recovered = recovered or (calls.verdict == "unknown" and says == "operational")
    normal = recovery_checks.together(checks[2:]) == "normal"
    words = (
        f"{provider} has {'' if recovered else 'not '}recovered; {caller} is {'' if normal else 'not '}back to normal."
    )
    return ExternalRecovery(
        provider=provider, provider_recovered=recovered, service_normal=normal, checks=checks, summary=words
    )


@duty(
    "Verify that all metrics return to normal and that no failure cascades; look again for 30 minutes.",
    rows=("S4.2",),
    tools=[*recovery_checks.TOOLS, system_metrics],
)
async def verify_metrics(briefing: Briefing, context: DutyContext) -> MetricsVerification:
    trouble = recovery_checks.in_trouble(briefing)
    standings, around, resources = await asyncio.gather(
        recovery_checks.look_at(briefing, context, trouble),
        recovery_checks.look_at(briefing, context, recovery_checks.relatives(briefing)),
        asyncio.gather(*(recovery_checks.resources_check(briefing, context, name) for name in trouble[:2])),
    )
    counted = recovery_checks.that_count(standings)
    checks = [*(standing.check() for standing in counted), *(r for r in resources if r.verdict != "unknown")]
    verdict = recovery_checks.together(checks)
    metrics = Check(verdict=verdict, text=_worst(checks), cites=[ref for check in checks for ref in check.cites])
    cascading = _cascading([standing.check(recovery_checks.FELT) for standing in around], metrics)
    normal = verdict == "normal" and cascading.verdict != "abnormal"
    unseen = recovery_checks.never_measured(standings)
    words = f"Metrics are {verdict}: {metrics.text}. Services around it: {cascading.verdict}.{unseen}"
    return MetricsVerification(metrics=metrics, cascading_failures=cascading, normal=normal, summary=words)


def _cascading(checks: list[Check], metrics: Check) -> Check:
    """Relatives that left their range since; one that cannot be seen does not hold up the rest."""
    bad = [check for check in checks if check.verdict == "abnormal"]
    seen = [check for check in checks if check.verdict != "unknown"]
    if not checks:
        return Check(verdict="normal", text="no other service is around those looked at", cites=metrics.cites)
    if not seen:
        return Check(verdict="unknown", text=_worst(checks), cites=[ref for c in checks for ref in c.cites])
    text = _worst(bad) if bad else f"{len(seen)} of {len(checks)} services around it are as before"
    return Check(
        verdict="abnormal" if bad else "normal", text=text, cites=[ref for c in bad or seen for ref in c.cites]
    )
