"""Infrastructure Maintainer: incident commander. Triages, holds the whole picture, changes infrastructure, verifies."""

import asyncio
from typing import Literal

from agents.book import extent, remedy, system_check, verification
from agents.book.attempts import already_tried
from agents.book.conclusion import TOOLS as CONCLUSION_TOOLS
from agents.book.conclusion import conclude_by_the_book
from agents.book.inquiry import ask
from agents.book.symptoms import symptom
from agents.book.wording import listed, on, share, short
from agents.briefing import Briefing
from agents.desk import Desk
from agents.reports import (
    Acknowledgement,
    Check,
    Claim,
    Classification,
    Conclusion,
    ExternalRecovery,
    Message,
    MetricsVerification,
    Proposal,
    Recovery,
    Scope,
    Severity,
    SystemFindings,
)
from agents.role import duty
from agents.tools.dependencies import dependencies, provider_status
from agents.tools.infrastructure import infrastructure_state
from agents.tools.metrics import system_metrics
from agents.tools.past_incidents import past_incidents


@duty()
async def acknowledge(case: Briefing, desk: Desk) -> Acknowledgement:
    """Acknowledge the alert and say in plain words what it claims. (S1.1)"""
    alert = case.alert
    service = case.service or "no service"
    listed_there = "" if case.service in case.catalogue.services else ", which the catalogue does not list"
    since = f", since {on(alert.starts_at)}" if alert.starts_at else ""
    says = short(alert.title if not alert.description else f"{alert.title} — {alert.description}", 300)
    understood = f"{alert.source} says of {service}{listed_there}{since}: “{says}”"
    return Acknowledgement(
        summary=f"The alert on {service} is acknowledged.", understood=understood, symptom=symptom(alert)
    )


@duty(tools=extent.TOOLS)
async def assess_scope(case: Briefing, desk: Desk) -> Scope:
    """Assess scope and impact: how many users, which services, is data at risk. (S1.2)"""
    return await extent.measure(case, desk)


@duty()
async def classify(case: Briefing, desk: Desk) -> Classification:
    """Classify by the written rules: their floor, never lower. (S1.3)"""
    severity: Severity = case.floor.severity if case.floor else case.severity or "P2"
    words = case.floor.reasons if case.floor else ["no rule could be applied"]
    cites = [case.scope_ref] if case.scope_ref else []
    reasons = [Claim(text=word, cites=cites) for word in words]
    reasons += [Claim(text=case.scope.summary, cites=cites)] if case.scope else []
    return Classification(summary=f"{severity}: {listed(words)}.", severity=severity, reasons=reasons)


@duty()
async def open_channel(case: Briefing, desk: Desk) -> Message:
    """Open the incident channel with what is known and what is not. (S1.5)"""
    known = case.scope.summary if case.scope else "The scope has not been seen yet."
    reason = f" because {listed(case.floor.reasons)}" if case.floor else ""
    lines = [
        f"{case.service or 'unknown service'}: {short(case.alert.title)} (alert received {on(case.started_at)})",
        f"Severity {case.severity or 'not set yet'}{reason}.",
        known,
        f"Not known yet: the cause. {_team(case)}",
        "Next: investigation, 5-30 minutes.",
    ]
    return Message(summary=f"The channel for {case.service} is open.", text="\n".join(lines))


TEAM_WORDS: dict[Severity, str] = {
    "P0": "All hands: Infrastructure Maintainer commands; DevOps Automator, Backend Architect, Frontend Developer, "
    "Support Responder and Executive Summary Generator are in.",
    "P1": "Infrastructure Maintainer commands; DevOps Automator, the Relevant Developer and Support Responder are in.",
    "P2": "The Relevant Developer and the Evidence Collector are in.",
    "P3": "The Sprint Prioritizer puts it into the backlog.",
}


def _team(case: Briefing) -> str:
    return TEAM_WORDS[case.severity] if case.severity else "The team follows the severity."


@duty(tools=[*system_check.TOOLS, past_incidents])
async def investigate(case: Briefing, desk: Desk) -> SystemFindings:
    """Check system metrics, error logs, recent deployments and external dependencies. (S2.1)"""
    return await system_check.check_the_system(case, desk)


@duty(tools=CONCLUSION_TOOLS)
async def conclude(case: Briefing, desk: Desk) -> Conclusion:
    """Weigh all findings: the cause, the component it is narrowed down to, or what is missing."""
    return await conclude_by_the_book(case, desk)


@duty(tools=remedy.TOOLS)
async def propose_infrastructure_change(case: Briefing, desk: Desk) -> Proposal:
    """Propose to scale, restart or fail over. (S3.2)"""
    hypothesis = remedy.chosen(case)
    if hypothesis is None:
        return Proposal(action=None, service=case.service, summary="No cause is concluded, so nothing is proposed.")
    return await remedy.propose_a_change(case, desk, hypothesis)


@duty(tools=[dependencies])
async def activate_fallback(case: Briefing, desk: Desk) -> Proposal:
    """Propose that the service does without a failing dependency, by its fallback or cache. (S3.4)"""
    hypothesis = remedy.chosen(case)
    service = (hypothesis.service if hypothesis else "") or case.service
    provider = (hypothesis.dependency or hypothesis.component) if hypothesis else ""
    calls = await ask(desk, dependencies, service)
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
    if already_tried(case.attempts, service, "fallback", parameters):
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
            *remedy.concluded(case),
        ],
        risk="Users get older data." if call.fallback == "cache" else "Users get a reduced service.",
        undo=f"Switch {service} back to {provider} once it has recovered.",
        summary=f"Propose: let {service} use its {call.fallback} in place of {provider}.",
    )


@duty(tools=[*verification.TOOLS, infrastructure_state])
async def verify_recovery(case: Briefing, desk: Desk) -> Recovery:
    """Verify that the change took, by the samples after it. (S3.1, S3.2, S3.3)"""
    standings, endpoints = await asyncio.gather(
        verification.look_at(case, desk, verification.in_trouble(case)), verification.check_twice(desk, case.service)
    )
    asked = verification.endpoints_check(case.service, endpoints)
    checks = [*(standing.check() for standing in standings), asked]
    decisive = [c for c in checks if c is not asked or c.verdict == "abnormal"]
    if verification.together(decisive) == "normal":
        state: Literal["recovered", "improving", "not recovered"] = "recovered"
        words = f"Recovered {verification.after_the_change(case)}: {checks[0].text}."
    elif any(s.verdict() == "abnormal" for s in standings) and all(
        s.is_halfway_back() for s in standings if s.verdict() == "abnormal"
    ):
        state, words = "improving", f"On its way: {_worst(checks)}."
    else:
        state, words = "not recovered", f"Not recovered: {_worst(checks)}."
    return Recovery(state=state, checks=checks, summary=words)


def _worst(checks: list[Check]) -> str:
    bad = [check.text for check in checks if check.verdict == "abnormal"]
    unknown = [check.text for check in checks if check.verdict == "unknown"]
    return short("; ".join(bad or unknown or [check.text for check in checks]), 240)


@duty(tools=[*verification.TOOLS, provider_status])
async def monitor_external_recovery(case: Briefing, desk: Desk) -> ExternalRecovery:
    """Monitor whether the provider is well again, and whether we are without it. (S3.4)"""
    hypothesis = remedy.chosen(case)
    provider = (hypothesis.dependency or hypothesis.component) if hypothesis else ""
    caller = (hypothesis.service if hypothesis else "") or case.service
    names = list(dict.fromkeys([caller, case.service]))
    status, calls, standings = await asyncio.gather(
        ask(desk, provider_status, provider),
        verification.calls_check(desk, caller, provider),
        verification.look_at(case, desk, names),
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
    normal = verification.together(checks[2:]) == "normal"
    words = (
        f"{provider} has {'' if recovered else 'not '}recovered; {caller} is {'' if normal else 'not '}back to normal."
    )
    return ExternalRecovery(
        provider=provider, provider_recovered=recovered, service_normal=normal, checks=checks, summary=words
    )


@duty(tools=[*verification.TOOLS, system_metrics])
async def verify_metrics(case: Briefing, desk: Desk) -> MetricsVerification:
    """Verify that all metrics return to normal and that no failure cascades; look again for 30 minutes. (S4.2)"""
    trouble = verification.in_trouble(case)
    standings, around, resources = await asyncio.gather(
        verification.look_at(case, desk, trouble),
        verification.look_at(case, desk, verification.relatives(case)),
        asyncio.gather(*(verification.resources_check(case, desk, name) for name in trouble[:2])),
    )
    checks = [*(standing.check() for standing in standings), *(r for r in resources if r.verdict != "unknown")]
    verdict = verification.together(checks)
    metrics = Check(verdict=verdict, text=_worst(checks), cites=[ref for check in checks for ref in check.cites])
    cascading = _cascading([standing.check(verification.FELT) for standing in around], metrics)
    normal = verdict == "normal" and cascading.verdict == "normal"
    words = f"Metrics are {verdict}: {metrics.text}. Services around it: {cascading.verdict}."
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
