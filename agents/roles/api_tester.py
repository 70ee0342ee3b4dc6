"""API Tester: regression on the affected endpoints."""

import asyncio

from agents.reports.basis import Check
from agents.reports.verification import Regression
from agents.rules.verification import recovery_checks
from agents.runtime.briefing import Briefing
from agents.runtime.duty import duty
from agents.runtime.duty_context import DutyContext
from agents.tools.ports.checks import check_endpoints
from agents.tools.ports.signals import client_signals, golden_signals


@duty(
    "Run regression on the affected endpoints; compare response times and error rates with the baseline.",
    rows=("S4.3",),
    tools=[check_endpoints, golden_signals, client_signals],
)
async def run_regression(briefing: Briefing, context: DutyContext) -> Regression:
    names = _with_endpoints(briefing)
    readings, standings = await asyncio.gather(
        asyncio.gather(*(recovery_checks.check_twice(context, name) for name in names)),
        recovery_checks.look_at(briefing, context, names),
    )
    endpoints = [recovery_checks.endpoints_check(n, r) for n, r in zip(names, readings, strict=True)]
    times = recovery_checks.response_times(list(readings), standings)
    rates = recovery_checks.error_rates(standings)
    answered = [check for check in endpoints if check.verdict != "unknown"]
    passed = recovery_checks.together([*answered, *_needed(answered, [times, rates])]) == "normal"
    first = next((c for c in [*answered, times, rates] if c.verdict != "normal"), answered[0] if answered else times)
    words = "Passed" if passed else "Not passed"
    words += "" if answered else ", by the services' own figures, as no endpoint could be requested"
    return Regression(
        endpoints=endpoints,
        response_times=times,
        error_rates=rates,
        passed=passed,
        summary=f"{words}: {first.text}; {rates.text}.",
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
