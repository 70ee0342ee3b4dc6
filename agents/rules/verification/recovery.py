"""Recovery: whether production is well again after a change, and whether its capacity follows."""

import asyncio
from typing import Literal

from agents.readings.history import PipelineStatus
from agents.readings.production import InfrastructureState, ProviderStatus
from agents.reports.basis import Check
from agents.reports.mitigation import ExternalRecovery, MetricsVerification, Recovery, Support
from agents.rules.diagnosis.component import endpoints_check
from agents.rules.diagnosis.conclusion import concluded_hypothesis
from agents.rules.diagnosis.delivery_check import ailment
from agents.rules.diagnosis.inquiry import ask
from agents.rules.verification import recovery_checks, response_times
from agents.rules.verification.act_check import check_of_act
from agents.rules.verification.harm_checks import harm_checks
from agents.rules.verification.recovery_checks import calls_check
from agents.rules.writing.wording import at, listed, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import dependencies, infrastructure_state, pipeline_status, provider_status

IN_WORDS: dict[recovery_checks.Verdict, str] = {
    "normal": "{} is back to normal",
    "abnormal": "{} is not back to normal",
    "unknown": "whether {} is back to normal is not measured yet",
}
IN_ONE_WORD: dict[recovery_checks.Verdict, str] = {"normal": "normal", "abnormal": "abnormal", "unknown": "not known"}


async def verify_recovery(briefing: Briefing, context: DutyContext) -> Recovery:
    """Compare the services in trouble with the time before the incident, by the samples after the change."""
    states, endpoints, act, harm = await asyncio.gather(
        recovery_checks.recovery_states(briefing, context, recovery_checks.in_trouble(briefing)),
        response_times.check_twice(context, briefing.service),
        check_of_act(briefing, context),
        harm_checks(briefing, context),
    )
    asked = endpoints_check(briefing.service, endpoints)
    measured = recovery_checks.those_measured(states)
    decisive = [state.check() for state in measured]
    # what is shown by its requests is told first, and what is asked about beside it
    first = next((check for state, check in zip(measured, decisive, strict=True) if state.is_known), decisive[0])
    well = "; ".join(dict.fromkeys([first.text, decisive[0].text]))
    decisive += [check for check in (asked, *act) if check.verdict == "abnormal"]
    decisive += harm
    checks = [*(state.check() for state in states), asked, *act, *harm]
    unseen = recovery_checks.never_measured(states)
    verdict = recovery_checks.combined(decisive)
    state_now: Literal["recovered", "improving", "not recovered", "not measured"]
    if verdict == "normal":
        state_now = "recovered"
        since = f", as measured after the change of {at(briefing.acted_at, briefing.now)}" if briefing.acted_at else ""
        words = f"Recovered{since}: {well}.{unseen}"
    elif verdict == "unknown":
        state_now, words = "not measured", f"Whether it has recovered cannot be measured: {_worst(decisive)}.{unseen}"
    elif (
        _is_measured_calm(harm)
        and any(s.verdict() == "abnormal" for s in states)
        and all(s.is_halfway_back() for s in states if s.verdict() == "abnormal")
    ):
        state_now, words = "improving", f"On its way: {_worst(decisive)}."
    else:
        state_now, words = "not recovered", f"Not recovered: {_worst(decisive)}."
    return Recovery(state=state_now, checks=checks, summary=words)


def _is_measured_calm(checks: list[Check]) -> bool:
    return all(check.verdict != "abnormal" for check in checks)


def _worst(checks: list[Check]) -> str:
    bad = [check.text for check in checks if check.verdict == "abnormal"]
    unknown = [check.text for check in checks if check.verdict == "unknown"]
    return short(_each_once(bad or unknown or [check.text for check in checks]), 240)


def _each_once(texts: list[str]) -> str:
    """What is the same of several services is said once of them all."""
    named: dict[str, list[str]] = {}
    for text in texts:
        who, parted, what = text.partition(": ")
        named.setdefault(what if parted else who, []).extend([who] if parted else [])
    return "; ".join(f"{listed(who)}: {what}" if who else what for what, who in named.items())


async def verify_metrics(briefing: Briefing, context: DutyContext) -> MetricsVerification:
    """Compare all metrics with the time before the incident, and look for failures around the services in trouble."""
    trouble = recovery_checks.in_trouble(briefing)
    was_verified = briefing.status == "Monitoring" and not briefing.is_vouched
    states, around, resources, harm = await asyncio.gather(
        recovery_checks.recovery_states(briefing, context, trouble, were_well=was_verified),
        recovery_checks.recovery_states(briefing, context, recovery_checks.relatives(briefing), were_well=True),
        asyncio.gather(*(recovery_checks.resources_check(briefing, context, name) for name in trouble[:2])),
        harm_checks(briefing, context),
    )
    counted = recovery_checks.those_measured(states)
    checks = [*(state.check() for state in counted), *(r for r in resources if r.verdict != "unknown"), *harm]
    verdict = recovery_checks.combined(checks)
    metrics = Check(verdict=verdict, text=_worst(checks), cites=[ref for check in checks for ref in check.cites])
    cascading = _cascading([state.check(recovery_checks.FELT) for state in around], metrics)
    normal = verdict == "normal" and cascading.verdict != "abnormal"
    unseen = recovery_checks.never_measured(states)
    is_told = around and {verdict, cascading.verdict} != {"unknown"}
    beside = f" Services around it: {IN_ONE_WORD[cascading.verdict]}." if is_told else ""
    words = f"Metrics are {IN_ONE_WORD[verdict]}: {metrics.text}.{beside}{unseen}"
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


async def verify_external_recovery(briefing: Briefing, context: DutyContext) -> ExternalRecovery:
    """Check what a provider says of itself, how our calls to it fare, and whether the service is back to normal."""
    hypothesis = concluded_hypothesis(briefing)
    provider = (hypothesis.dependency or hypothesis.component) if hypothesis else ""
    caller = (hypothesis.service if hypothesis else "") or briefing.service
    names = list(dict.fromkeys([caller, briefing.service]))
    status, calls, states = await asyncio.gather(
        ask(context, provider_status, provider),
        recovery_checks.calls_check(context, caller, provider),
        recovery_checks.recovery_states(briefing, context, names),
    )
    says = status.value.status if status.value else "unknown"
    told = Check(
        verdict="normal" if says == "operational" else "unknown" if says == "unknown" else "abnormal",
        text=_reported(provider, status.value) if status.value else short(status.said),
        cites=[status.ref],
    )
    checks = [told, calls, *(state.check() for state in states)]
    recovered = calls.verdict == "normal" and told.verdict != "abnormal"
    recovered = recovered or (calls.verdict == "unknown" and says == "operational")
    verdict = recovery_checks.combined(checks[2:])
    normal = verdict == "normal"
    is_unseen = calls.verdict == told.verdict == "unknown"
    done_without = any(act.action == "fallback" for act in briefing.ledger.acts)
    if is_unseen and normal and not done_without:
        recovered = True  # who calls it is well, and nothing stands in for it
    words = f"{_how_it_fares(provider, calls, told, done_without)}; {IN_WORDS[verdict].format(caller)}."
    return ExternalRecovery(
        provider=provider, provider_recovered=recovered, service_normal=normal, checks=checks, summary=words
    )


def _reported(provider: str, status: ProviderStatus) -> str:
    return f"{provider} reports {status.status}{f': {short(status.message)}' if status.message else ''}"


def _how_it_fares(provider: str, calls: Check, told: Check, done_without: bool) -> str:
    """What was read of a provider: our calls to it, and what it says of itself. That they fail may be our own fault.

    Where a fallback stands in for it, hardly any are made: that none fails says nothing of it.
    """
    figures = calls.text.removeprefix(f"calls to {provider}: ")
    ill = f"Calls to {provider} are not back to normal yet: {figures}"
    well = "" if done_without else f"Calls to {provider} are back to normal"
    seen = {"normal": well, "abnormal": ill, "unknown": ""}
    unseen = f"Whether {provider} works cannot be seen{' while its fallback is in use' if done_without else ''}"
    parts = [seen[calls.verdict], told.text if told.verdict != "unknown" else ""]
    return "; ".join(part for part in parts if part) or unseen


async def verify_capacity(briefing: Briefing, context: DutyContext) -> Support:
    """Check that replicas, machines, pipeline and the calls behind the service follow the change."""
    service = briefing.proposal.service if briefing.proposal else briefing.service
    state, pipeline, calls = await asyncio.gather(
        ask(context, infrastructure_state, service),
        ask(context, pipeline_status, service),
        ask(context, dependencies, service),
    )
    behind = calls.value.calls if calls.value else []
    checks = [_follows(briefing, state), _stays(pipeline)]
    checks += await asyncio.gather(*(calls_check(context, service, call.to) for call in behind[:4]))
    follows = checks[0].verdict == "normal" and checks[1].verdict != "abnormal"
    words = "Capacity is as asked for" if follows else "Capacity is not as asked for yet"
    if checks[0].verdict == "unknown":
        words = "Whether capacity is as asked for cannot be seen"
    return Support(checks=checks, capacity_follows=follows, summary=f"{words}: {checks[0].text}.")


def _follows(briefing: Briefing, reading: Reading[InfrastructureState]) -> Check:
    if reading.value is None:
        return Check(verdict="unknown", text=short(reading.said), cites=[reading.ref])
    state = reading.value
    asked = briefing.proposal.parameters.get("replicas") if briefing.proposal else None
    wanted = int(asked) if asked is not None else state.replicas_wanted
    well = state.replicas_ready >= wanted and all(machine.ready for machine in state.machines)
    return Check(verdict="normal" if well else "abnormal", text=_replicas(state, wanted), cites=[reading.ref])


def _replicas(state: InfrastructureState, wanted: int) -> str:
    """What is ready of what was asked for, without the count of restarts, which lags behind a restart of ours."""
    away = short(", ".join(ailment(machine) for machine in state.machines if not machine.ready))
    ready = f"{state.service}: {state.replicas_ready} of {wanted} replica{'' if wanted == 1 else 's'} ready"
    return f"{ready}; not ready: {away}" if away else ready


def _stays(reading: Reading[PipelineStatus]) -> Check:
    """Whether a rollout is under way that could undo the change."""
    if reading.value is None:
        return Check(verdict="unknown", text=short(reading.said), cites=[reading.ref])
    busy = reading.value.status == "running"
    text = f"pipeline {reading.value.status}{'; a rollout is under way' if busy else ''}"
    return Check(verdict="abnormal" if busy else "normal", text=text, cites=[reading.ref])
