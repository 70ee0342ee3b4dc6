"""API Tester: regression on the affected endpoints."""

import asyncio

from agents.book import verification
from agents.briefing import Briefing
from agents.desk import Desk
from agents.reports import Check, Regression
from agents.role import duty
from agents.tools.client_side import client_signals
from agents.tools.endpoints import check_endpoints
from agents.tools.metrics import golden_signals


@duty(tools=[check_endpoints, golden_signals, client_signals])
async def run_regression(case: Briefing, desk: Desk) -> Regression:
    """Run regression on the affected endpoints; compare response times and error rates with the baseline. (S4.3)"""
    names = _with_endpoints(case)
    readings, standings = await asyncio.gather(
        asyncio.gather(*(verification.check_twice(desk, name) for name in names)),
        verification.look_at(case, desk, names),
    )
    endpoints = [verification.endpoints_check(n, r) for n, r in zip(names, readings, strict=True)]
    times = verification.response_times(list(readings), standings)
    rates = verification.error_rates(standings)
    answered = [check for check in endpoints if check.verdict != "unknown"]
    passed = verification.together([*answered, *_needed(answered, [times, rates])]) == "normal"
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


def _with_endpoints(case: Briefing) -> list[str]:
    """The alerted service and the affected ones that answer requests."""
    known = case.catalogue.services
    affected = [name for name in verification.in_trouble(case) if name in known and known[name].kind in ("api", "web")]
    return list(dict.fromkeys([case.service, *affected]))[:4]
