"""Response times: how fast a service answers our own checks, beside how fast it answers its users."""

from agents.readings.production import EndpointCheck, EndpointChecks
from agents.reports.basis import Check
from agents.rules.diagnosis.inquiry import ask
from agents.rules.verification.recovery_checks import RecoveryState, Verdict, not_known
from agents.rules.writing.wording import seconds
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import check_endpoints

SLOW_ANSWER = 0.5
"""Seconds beyond its usual time from which a single answer says something: it may have met a pause."""


async def check_twice(context: DutyContext, service: str) -> Reading[EndpointChecks]:
    """Check a service's endpoints; where one fails or is slow, once more: a single request proves little."""
    reading = await ask(context, check_endpoints, service)
    if reading.value is not None and not all(check.ok and not _is_slow(check) for check in reading.value.checks):
        return await ask(context, check_endpoints, service)
    return reading


def _is_slow(check: EndpointCheck) -> bool:
    usual = check.usual_seconds
    return usual is not None and check.seconds > max(2.5 * usual, usual + SLOW_ANSWER)


def response_times(readings: list[Reading[EndpointChecks]], states: list[RecoveryState]) -> Check:
    """Response times of the endpoints against their usual ones; where none can be requested, the services' latency.

    A slow answer to a check of ours speaks against recovery only where the service's users are not counted: it may
    be our own way to it that is slow. Until there are enough samples of theirs it is not known.
    """
    checks = [(reading.value.service, check) for reading in readings if reading.value for check in reading.value.checks]
    timed = [(name, check) for name, check in checks if check.usual_seconds is not None and check.ok]
    if not timed:
        return _latencies(states)
    slow = [(name, check) for name, check in timed if _is_slow(check)]
    of_users = {state.name: _speed(state) for state in states}
    verdicts = {of_users.get(name) for name, _ in slow}
    text = ", ".join(
        f"{check.endpoint} {seconds(check.seconds)} (usually {seconds(check.usual_seconds or 0)})"
        for _, check in (slow or timed)[:4]
    )
    verdict: Verdict = "abnormal" if verdicts & {"abnormal", None} else "unknown" if "unknown" in verdicts else "normal"
    beside = _latencies(states).text if slow and verdict != "abnormal" else ""
    words = f"{beside}; our own checks took longer: {text}" if beside else text
    return Check(verdict=verdict, text=words, cites=[reading.ref for reading in readings])


def _speed(state: RecoveryState) -> Verdict | None:
    """How fast it answers its users since the change; None where that is not counted."""
    latency = state.changes.get("latency")
    if latency is not None and latency.known:
        return "abnormal" if latency.abnormal else "normal"
    return "unknown" if state.is_too_early else None


def _latencies(states: list[RecoveryState]) -> Check:
    known = [(s, s.changes["latency"]) for s in states if "latency" in s.changes and s.changes["latency"].known]
    if not known:
        cites = [ref for state in states for ref in state.refs]
        return Check(verdict="unknown", text=not_known(states, "response time"), cites=cites)
    text = ", ".join(f"{state.name} {change}" for state, change in known)
    cites = [ref for state, _ in known for ref in state.refs]
    return Check(verdict="abnormal" if any(c.abnormal for _, c in known) else "normal", text=text, cites=cites)
