"""Evidence that a fix works: its confirmation with a screenshot, a hotfix's checks, and the regression test."""

import asyncio
from datetime import datetime

from agents.readings.production import ErrorLog, LogPattern, Screenshot
from agents.reports.basis import Check
from agents.reports.mitigation import FixConfirmation, HotfixCheck, Regression
from agents.rules.diagnosis.component import endpoints_check
from agents.rules.diagnosis.conclusion import service_at_fault
from agents.rules.diagnosis.inquiry import ask
from agents.rules.verification import recovery_checks, response_times
from agents.rules.writing.wording import at, seconds, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import check_candidate, error_log, screenshot

A_REAL_RATE = 1.0
"""Errors a minute from which a new pattern is an issue and no noise."""


async def confirm_fix(briefing: Briefing, context: DutyContext) -> FixConfirmation:
    """Check the services in trouble, the endpoints, a page and the error log after the change."""
    trouble = recovery_checks.in_trouble(briefing)
    fixed = briefing.proposal.service if briefing.proposal else trouble[0]
    states, endpoints, picture, log = await asyncio.gather(
        recovery_checks.recovery_states(briefing, context, trouble),
        response_times.check_twice(context, briefing.service),
        _photograph(briefing, context),
        ask(context, error_log, fixed, recovery_checks.window(briefing)),
    )
    resolves = _resolves(states, endpoints_check(briefing.service, endpoints))
    seen = _picture(picture)
    nothing_new = _nothing_new(briefing, fixed, log)
    confirmed = resolves.verdict == "normal" and nothing_new.verdict != "abnormal" and seen.verdict != "abnormal"
    words = "Confirmed" if confirmed else "Not confirmed"
    return FixConfirmation(
        resolves_the_issue=resolves,
        screenshot=seen,
        screenshot_file=picture.value.file if picture.value else "",
        is_picture=picture.value.is_picture if picture.value else False,
        no_new_issue=nothing_new,
        confirmed=confirmed,
        summary=f"{words}: {resolves.text}; {nothing_new.text}.",
    )


def _resolves(states: list[recovery_checks.RecoveryState], endpoints: Check) -> Check:
    """Well again only if every service in trouble is, and no endpoint fails."""
    checks = [state.check() for state in recovery_checks.those_measured(states)]
    checks += [endpoints] if endpoints.verdict != "unknown" else []
    bad = [check for check in checks if check.verdict == "abnormal"]
    bad = bad or [check for check in checks if check.verdict == "unknown"]
    text = "; ".join(check.text for check in (bad or checks)[:3])
    cites = list(dict.fromkeys(ref for check in (bad or checks) for ref in check.cites))
    return Check(verdict=recovery_checks.combined(checks), text=text, cites=cites)


async def _photograph(briefing: Briefing, context: DutyContext) -> Reading[Screenshot]:
    """The alerted service's page; where it has none, the page of a service that calls it."""
    known = briefing.catalogue.services
    callers = [name for name in _all_callers(briefing) if known[name].kind == "web"]
    is_web = briefing.service not in known or known[briefing.service].kind == "web"
    names = [briefing.service, *callers[:1]] if is_web or not callers else [callers[0], briefing.service]
    reading = await ask(context, screenshot, names[0])
    return await ask(context, screenshot, names[1]) if reading.value is None and len(names) > 1 else reading


def _all_callers(briefing: Briefing) -> list[str]:
    found: list[str] = []
    waiting = briefing.catalogue.callers(briefing.service)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting += briefing.catalogue.callers(name)
    return found


def _picture(reading: Reading[Screenshot]) -> Check:
    if reading.value is None:
        return Check(verdict="unknown", text=f"no screenshot: {short(reading.said)}", cites=[reading.ref])
    shot = reading.value
    kind = "screenshot" if shot.is_picture else "saved response (no browser was at hand)"
    verdict = "normal" if shot.looks_healthy else "abnormal"
    return Check(verdict=verdict, text=f"{kind} of {shot.address} shows: {short(shot.shows)}", cites=[reading.ref])


def _nothing_new(briefing: Briefing, service: str, log: Reading[ErrorLog]) -> Check:
    """Error patterns that were first seen after the change, at a real rate."""
    if log.value is None:
        text = f"new errors of {service} cannot be seen ({short(log.said)})"
        return Check(verdict="unknown", text=text, cites=[log.ref])
    since = briefing.acted_at or briefing.now
    new = [p for p in log.value.patterns if _is_new(p, since, briefing)]
    if not new:
        text = f"no new error pattern in {service} since {at(since, briefing.now)}"
        return Check(verdict="normal", text=text, cites=[log.ref])
    text = "; ".join(f"new since {at(p.first_seen)}: “{short(p.signature)}” {p.count} times" for p in new[:2])
    return Check(verdict="abnormal", text=f"{service}: {text}", cites=[log.ref])


def _is_new(pattern: LogPattern, since: datetime, briefing: Briefing) -> bool:
    if pattern.level == "warning" or pattern.first_seen <= since + briefing.minute or pattern.count < 5:
        return False
    lasted = max(1.0, (briefing.now - pattern.first_seen) / briefing.minute)
    return pattern.count / lasted >= A_REAL_RATE and briefing.now - pattern.last_seen <= 5 * briefing.minute


async def verify_hotfix(briefing: Briefing, context: DutyContext) -> HotfixCheck:
    """Check a hotfix that was built, before it is proposed for production."""
    service = service_at_fault(briefing)
    if not briefing.candidate_version:
        missing = Check(verdict="unknown", text="no candidate has been built")
        return HotfixCheck(passed=False, checks=[missing], summary="Not passed: no candidate has been built.")
    read = await ask(context, check_candidate, service, briefing.candidate_version)
    if read.value is None:
        unknown = Check(verdict="unknown", text=short(read.said), cites=[read.ref])
        return HotfixCheck(passed=False, checks=[unknown], summary=f"Not passed: {unknown.text}.")
    checks = [
        Check(
            verdict="normal" if check.ok else "abnormal",
            text=f"{check.endpoint}: {check.status or check.error or 'no answer'} in {seconds(check.seconds)}",
            cites=[read.ref],
        )
        for check in read.value.checks
    ]
    passed = read.value.built and bool(checks) and all(check.verdict == "normal" for check in checks)
    good = sum(check.verdict == "normal" for check in checks)
    words = (
        f"{good} of {len(checks)} checks of {briefing.candidate_version} pass"
        if read.value.built
        else "it is not built"
    )
    return HotfixCheck(passed=passed, checks=checks, summary=f"{'Passed' if passed else 'Not passed'}: {words}.")


async def run_regression(briefing: Briefing, context: DutyContext) -> Regression:
    """Request the affected endpoints, and compare response times and error rates with the usual ones."""
    names = _with_endpoints(briefing)
    readings, states = await asyncio.gather(
        asyncio.gather(*(response_times.check_twice(context, name) for name in names)),
        recovery_checks.recovery_states(briefing, context, names),
    )
    endpoints = [endpoints_check(n, r) for n, r in zip(names, readings, strict=True)]
    times = response_times.response_times(list(readings), states)
    rates = recovery_checks.error_rates(states)
    answered = [check for check in endpoints if check.verdict != "unknown"]
    passed = recovery_checks.combined([*answered, *_needed(answered, [times, rates])]) == "normal"
    counted = [*(answered or [times]), *_needed(answered, [rates])]
    failed = [check for check in [*answered, times, rates] if check.verdict != "normal"]
    shown = counted if passed else failed
    words = "Passed" if passed else "Not passed"
    words += "" if answered else ", by the services' own figures, as no endpoint could be requested"
    return Regression(
        endpoints=endpoints,
        response_times=times,
        error_rates=rates,
        passed=passed,
        summary=f"{words}: {'; '.join(dict.fromkeys(check.text for check in shown))}.",
    )


def _needed(answered: list[Check], figures: list[Check]) -> list[Check]:
    """Figures that are not known hold it up only where no endpoint answered for them."""
    return [check for check in figures if check.verdict != "unknown"] if answered else figures


def _with_endpoints(briefing: Briefing) -> list[str]:
    """The alerted service and the affected ones that answer requests."""
    known = briefing.catalogue.services
    affected = [
        name for name in recovery_checks.in_trouble(briefing) if name in known and known[name].kind in ("api", "web")
    ]
    return list(dict.fromkeys([briefing.service, *affected]))[:4]
