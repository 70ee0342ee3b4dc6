"""Requests: a service's endpoints asked once each, and its page looked at."""

import math
from hashlib import sha256

from agents.readings.production import EndpointCheck, EndpointChecks, Screenshot
from evals.simulation.conditions import either, errors_on_top, share_of_users, slowness
from evals.simulation.course import noise, swing
from evals.simulation.scene import Felt, ProductionState

CERTAIN = 0.9
"""From this share of failing requests on a single request is sure to fail."""
WELL = 0.05
"""Up to this share of users in trouble a page still looks well."""


def check_endpoints(scene: ProductionState, now: float, service: str) -> EndpointChecks:
    return EndpointChecks(service=service, checks=checks(scene, now, service))


def checks(scene: ProductionState, now: float, service: str, well: bool = False) -> list[EndpointCheck]:
    """Ask every endpoint once; `well`: as if nothing were wrong with the service."""
    felt = [] if well else scene.felt(service, now)
    return [_check(scene, now, service, endpoint, felt) for endpoint in scene.services[service].endpoints]


def _check(scene: ProductionState, now: float, service: str, endpoint: str, felt: list[Felt]) -> EndpointCheck:
    mine = [one for one in felt if not one.effect.endpoints or endpoint in one.effect.endpoints]
    named = either(one.harm for one in mine if one.effect.endpoints and one.effect.error_rate)
    fails = max(errors_on_top(mine), named)
    usual = round(scene.services[service].latency * 0.6, 3)
    mark = f"{scene.seed}/{service}{endpoint}"
    seconds = usual * slowness(mine) * (1 + 0.08 * swing(f"{mark}/seconds", math.floor(now)))
    if fails >= CERTAIN or noise(mark, math.floor(now * 4)) < fails:
        refusal = next((one.effect.refusal for one in mine if one.effect.refusal and one.load), "")
        status = None if refusal else 503 if slowness(mine) > 2 else 500
        error = refusal or ("upstream timed out" if slowness(mine) > 2 else "internal server error")
        return EndpointCheck(
            endpoint=endpoint, ok=False, status=status, seconds=round(seconds, 3), usual_seconds=usual, error=error
        )
    return EndpointCheck(endpoint=endpoint, ok=True, status=200, seconds=round(seconds, 3), usual_seconds=usual)


def screenshot(scene: ProductionState, now: float, service: str) -> Screenshot:
    """Give the page as text: a simulated page has no browser, and says so."""
    troubled = share_of_users(scene, service, now)
    healthy = troubled < WELL
    title = scene.services[service].public_name or service
    state = (
        "ready"
        if healthy
        else "Something went wrong. Please try again later."
        if troubled > CERTAIN
        else "loads with errors"
    )
    wait = slowness(scene.felt(service, now))
    page = f"{title}\n{state}\nfailing for {troubled:.1%} of visitors, at {wait:.1f} times the usual wait"
    return Screenshot(
        service=service,
        address=f"https://{service}.example/",
        file="",
        sha256=sha256(page.encode()).hexdigest(),
        is_picture=False,
        shows=page,
        looks_healthy=healthy,
    )
