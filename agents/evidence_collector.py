"""Evidence Collector: proof that a fix works, and that nothing new is broken."""

import asyncio
from datetime import datetime

from agents.book import verification
from agents.book.inquiry import ask
from agents.book.remedy import chosen
from agents.book.wording import at, seconds, short
from agents.briefing import Briefing
from agents.desk import Desk, Reading
from agents.pace import MINUTE
from agents.readings import ErrorLog, LogPattern, Screenshot
from agents.reports import Check, FixConfirmation, HotfixCheck
from agents.role import duty
from agents.tools.browser import screenshot
from agents.tools.code import check_candidate
from agents.tools.logs import error_log

A_REAL_RATE = 1.0
"""Errors a minute from which a new pattern is an issue and no noise."""


@duty(tools=[*verification.TOOLS, screenshot, error_log])
async def confirm_fix(case: Briefing, desk: Desk) -> FixConfirmation:
    """Confirm that the fix resolves the issue, with a screenshot, and that it broke nothing new. (S3.1, S4.1)"""
    trouble = verification.in_trouble(case)
    fixed = case.proposal.service if case.proposal else trouble[0]
    standings, endpoints, picture, log = await asyncio.gather(
        verification.look_at(case, desk, trouble),
        verification.check_twice(desk, case.service),
        _photograph(case, desk),
        ask(desk, error_log, fixed, verification.window(case)),
    )
    resolves = _resolves(standings, verification.endpoints_check(case.service, endpoints))
    seen = _picture(picture)
    nothing_new = _nothing_new(case, fixed, log)
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


def _resolves(standings: list[verification.Standing], endpoints: Check) -> Check:
    """Well again only if every service in trouble is, and no endpoint fails."""
    checks = [*(standing.check() for standing in standings)]
    checks += [endpoints] if endpoints.verdict != "unknown" else []
    bad = [check for check in checks if check.verdict != "normal"]
    text = "; ".join(check.text for check in (bad or checks)[:3])
    cites = list(dict.fromkeys(ref for check in (bad or checks) for ref in check.cites))
    return Check(verdict=verification.together(checks), text=text, cites=cites)


async def _photograph(case: Briefing, desk: Desk) -> Reading[Screenshot]:
    """The alerted service's page; where it has none, the page of a service that calls it."""
    known = case.catalogue.services
    callers = [name for name in _all_callers(case) if known[name].kind == "web"]
    is_web = case.service not in known or known[case.service].kind == "web"
    names = [case.service, *callers[:1]] if is_web or not callers else [callers[0], case.service]
    reading = await ask(desk, screenshot, names[0])
    return await ask(desk, screenshot, names[1]) if reading.value is None and len(names) > 1 else reading


def _all_callers(case: Briefing) -> list[str]:
    found: list[str] = []
    waiting = case.catalogue.callers(case.service)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting += case.catalogue.callers(name)
    return found


def _picture(reading: Reading[Screenshot]) -> Check:
    if reading.value is None:
        return Check(verdict="unknown", text=f"no screenshot: {short(reading.said)}", cites=[reading.ref])
    shot = reading.value
    kind = "screenshot" if shot.is_picture else "saved response (no browser was at hand)"
    verdict = "normal" if shot.looks_healthy else "abnormal"
    return Check(verdict=verdict, text=f"{kind} of {shot.address} shows: {short(shot.shows)}", cites=[reading.ref])


def _nothing_new(case: Briefing, service: str, log: Reading[ErrorLog]) -> Check:
    """Error patterns that were first seen after the change, at a real rate."""
    if log.value is None:
        return Check(verdict="unknown", text=f"error log of {service}: {short(log.said)}", cites=[log.ref])
    since = case.acted_at or case.now
    new = [p for p in log.value.patterns if _is_new(p, since, case)]
    if not new:
        text = f"no new error pattern in {service} since {at(since)}"
        return Check(verdict="normal", text=text, cites=[log.ref])
    text = "; ".join(f"new since {at(p.first_seen)}: “{short(p.signature)}” {p.count} times" for p in new[:2])
    return Check(verdict="abnormal", text=f"{service}: {text}", cites=[log.ref])


def _is_new(pattern: LogPattern, since: datetime, case: Briefing) -> bool:
    if pattern.level == "warning" or pattern.first_seen <= since + MINUTE or pattern.count < 5:
        return False
    lasted = max(1.0, (case.now - pattern.first_seen) / MINUTE)
    return pattern.count / lasted >= A_REAL_RATE and case.now - pattern.last_seen <= 5 * MINUTE


@duty(tools=[check_candidate])
async def verify_hotfix(case: Briefing, desk: Desk) -> HotfixCheck:
    """Verify a built candidate before anyone proposes to deploy it. (S3.3)"""
    hypothesis = chosen(case)
    service = ((hypothesis.service or hypothesis.component) if hypothesis else "") or case.service
    if not case.candidate_version:
        missing = Check(verdict="unknown", text="no candidate has been built")
        return HotfixCheck(passed=False, checks=[missing], summary="Not passed: no candidate has been built.")
    read = await ask(desk, check_candidate, service, case.candidate_version)
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
        f"{good} of {len(checks)} checks of {case.candidate_version} pass" if read.value.built else "it is not built"
    )
    return HotfixCheck(passed=passed, checks=checks, summary=f"{'Passed' if passed else 'Not passed'}: {words}.")
