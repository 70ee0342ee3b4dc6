"""The system check of S2.1: system metrics, error logs, recent deployments and external dependencies."""

import asyncio
from collections.abc import Iterable
from typing import Literal

from agents.readings.production import ErrorLog, LogPattern, SystemMetrics
from agents.reports.basis import Check
from agents.reports.investigation import SystemFindings
from agents.rules.diagnosis.component import ComponentState, described, is_degraded
from agents.rules.diagnosis.earlier_incidents import leads
from agents.rules.diagnosis.hypotheses import Diagnosis, diagnose
from agents.rules.diagnosis.inquiry import ask, refs, unseen
from agents.rules.diagnosis.recorded_changes import with_changes
from agents.rules.diagnosis.signals import CPU, DISK, MEMORY_USE, NETWORK, SignalChange, UsualRange, compare
from agents.rules.diagnosis.split_check import uneven_parts
from agents.rules.diagnosis.suspect_evidence import timing
from agents.rules.writing.wording import at, listed, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import error_log, system_metrics

Verdict = Literal["normal", "abnormal", "unknown"]
System = dict[str, Reading[SystemMetrics]]
Logs = dict[str, Reading[ErrorLog]]


async def check_system(briefing: Briefing, context: DutyContext) -> SystemFindings:
    """Do the four checks on the alerted service and all that is below it, and weigh the causes."""
    return await _check(briefing, context, everyone=False)


async def check_system_alone(briefing: Briefing, context: DutyContext) -> SystemFindings:
    """The same where nobody else investigates: the deployments of every service of the catalogue are read too."""
    return await _check(briefing, context, everyone=True)


async def _check(briefing: Briefing, context: DutyContext, everyone: bool) -> SystemFindings:
    diagnosis = await diagnose(briefing, context, everyone)
    system, logs = await _machines_and_logs(context, diagnosis)
    earlier = await leads(
        briefing, context, [pattern for evidence in diagnosis.all_evidence for pattern in evidence.new_patterns()]
    )
    return SystemFindings(
        summary=diagnosis.summary(briefing),
        claims=[*diagnosis.claims(), *(await uneven_parts(context, diagnosis) if everyone else []), *earlier],
        hypotheses=diagnosis.hypotheses,
        missing=list(dict.fromkeys([*diagnosis.missing, *unseen([*system.values(), *logs.values()])])),
        abnormal=diagnosis.abnormal,
        cpu=_resource(system, CPU),
        memory=_resource(system, MEMORY_USE),
        network=_resource(system, NETWORK),
        disk=_resource(system, DISK),
        error_logs=_error_logs(logs, diagnosis),
        recent_deployments=with_changes(_recent_deployments(diagnosis), diagnosis.changes),
        external_dependencies=_external_dependencies(diagnosis),
    )


async def _machines_and_logs(context: DutyContext, diagnosis: Diagnosis) -> tuple[System, Logs]:
    """The suspects' are in their all_evidence; the others' are asked for."""
    minutes = diagnosis.survey.minutes
    system: System = {d.component.name: d.system for d in diagnosis.all_evidence}
    logs: Logs = {d.component.name: d.log for d in diagnosis.all_evidence}
    seen = [diagnosis.survey.components[n] for n in diagnosis.survey.below if n in diagnosis.survey.components]
    others = [c.name for c in seen if c.kind != "provider" and c.name not in system]
    metrics, written = await asyncio.gather(
        asyncio.gather(*(ask(context, system_metrics, name, minutes) for name in others)),
        asyncio.gather(*(ask(context, error_log, name, minutes) for name in others)),
    )
    return system | dict(zip(others, metrics, strict=True)), logs | dict(zip(others, written, strict=True))


def verdict(bad: bool, known: bool) -> Verdict:
    """abnormal where something bad is seen, unknown where nothing could be."""
    return "abnormal" if bad else "normal" if known else "unknown"


def _resource(system: System, rule: UsualRange) -> Check:
    changes: dict[str, SignalChange] = {}
    for name, reading in system.items():
        if reading.value is not None:
            metrics = reading.value
            series = {"CPU": metrics.cpu, "memory": metrics.memory, "network": metrics.network, "disk": metrics.disk}
            changes[name] = compare(series[rule.name], rule)
    known = {name: change for name, change in changes.items() if change.known}
    if not known:
        return Check(verdict="unknown", text=f"{rule.name}: {_why(system.values())}", cites=refs(system.values()))
    bad = {name: change for name, change in known.items() if change.abnormal}
    shown = bad or dict(list(known.items())[:3])
    text = "; ".join(f"{name}: {change}" for name, change in shown.items())
    text += f" ({len(known)} of {len(system)} services seen)"
    return Check(verdict=verdict(bool(bad), True), text=text, cites=refs(system[name] for name in shown))


def _why(readings: Iterable[Reading[SystemMetrics] | Reading[ErrorLog]]) -> str:
    return "; ".join(unseen(readings)[:2]) or "nothing to ask"


def _error_logs(logs: Logs, diagnosis: Diagnosis) -> Check:
    new = {d.component.name: d.new_patterns() for d in diagnosis.all_evidence if d.onset is not None}
    fresh = [(name, pattern) for name, patterns in new.items() for pattern in patterns[:2]]
    known = [name for name, reading in logs.items() if reading.value is not None]
    if not known:
        return Check(verdict="unknown", text=f"error logs: {_why(logs.values())}", cites=refs(logs.values()))
    if not fresh:
        seen = f"{len(known)} of {len(logs)} services seen"
        text = f"no error pattern is seen to begin with a failure ({seen}){_loudest(logs)}"
        return Check(verdict="normal", text=text, cites=refs(logs[name] for name in known))
    text = "; ".join(f"{name}: {_line(pattern)}" for name, pattern in fresh)
    clients = [d.component.client for d in diagnosis.all_evidence if d.component.name in new and d.component.client]
    return Check(verdict="abnormal", text=text, cites=refs([*(logs[name] for name in new), *clients]))


def _line(pattern: LogPattern) -> str:
    versions = f" by {listed(pattern.versions)}" if pattern.versions else ""
    since = at(pattern.first_seen, pattern.last_seen)
    return f"“{short(pattern.signature)}” {pattern.count} times since {since}{versions}"


def _loudest(logs: Logs) -> str:
    patterns = [p for r in logs.values() if r.value for p in r.value.patterns if p.level != "warning"]
    if not patterns:
        return ""
    loudest = max(patterns, key=lambda pattern: pattern.count)
    return f"; most frequent is {loudest.service}: {_line(loudest)}"


def _recent_deployments(diagnosis: Diagnosis) -> Check:
    histories, began = diagnosis.histories, min((d.onset for d in diagnosis.all_evidence if d.onset), default=None)
    known = [r for r in histories.values() if r.value is not None]
    if not known:
        text = f"deployments: {'; '.join(unseen(histories.values())[:2]) or 'nothing to ask'}"
        return Check(verdict="unknown", text=text, cites=refs(histories.values()))
    recent = sorted((d for r in known if r.value for d in r.value.deployments), key=lambda d: d.at)[-4:]
    suspect = any(h.cause == "recent deployment" and h.strength >= 2 for h in diagnosis.hypotheses)
    minute = diagnosis.survey.minute
    text = "; ".join(timing(deployment, began, minute) for deployment in recent) or "no deployment in the last 7 days"
    text += f" ({len(known)} of {len(histories)} services seen)"
    named = {deployment.service for deployment in recent}
    cites = refs(histories[name] for name in histories if name in named) or refs(known)
    return Check(verdict=verdict(suspect, True), text=text, cites=cites)


def _external_dependencies(diagnosis: Diagnosis) -> Check:
    providers = [c for c in diagnosis.survey.components.values() if c.kind == "provider"]
    if not providers:
        return Check(verdict="normal", text="no external dependency is known", cites=_of_calls(diagnosis))
    bad = [p for p in providers if p.is_failing or p.provider_admits]
    known = any(p.incoming or (p.status and p.status.value) for p in providers)
    text = "; ".join(f"{p.name}: {_provider(p)}" for p in (bad or providers))
    cites = list(dict.fromkeys(ref for p in (bad or providers) for ref in p.shows))
    return Check(verdict=verdict(bool(bad), known), text=text, cites=cites)


def _of_calls(diagnosis: Diagnosis) -> list[str]:
    return refs([diagnosis.survey.components[diagnosis.survey.alerted].calls])


def _provider(provider: ComponentState) -> str:
    status = provider.status.value if provider.status else None
    says = f"reports {status.status}" if status else "its status is not known"
    worst = next(
        (c for c, _ in provider.incoming if is_degraded(c)), provider.incoming[0][0] if provider.incoming else None
    )
    return f"{says}; {described(worst)}" if worst else says
