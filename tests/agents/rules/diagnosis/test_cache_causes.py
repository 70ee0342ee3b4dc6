"""Caches: one that has lost what it held explains a crowd at a store that no caller sent."""

from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue
from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import Dependencies, ErrorLog, InfrastructureState, LogPattern
from agents.rules.diagnosis.hypotheses import diagnose
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import CATALOGUE, NOW, ONSET, Answers, call, golden

MISSED = "session <name> not cached, asking the database"


def with_cache(briefing: Briefing) -> Briefing:
    """The same production, in which checkout has a cache before its database."""
    services = CATALOGUE.model_dump()["services"]
    services["checkout"]["depends_on"].append("sessions")
    services["sessions"] = {"tier": 2, "kind": "cache", "owner": "Data team"}
    return briefing.model_copy(update={"catalogue": Catalogue.model_validate({"services": services})})


def crowded(production: Answers, event: str = "", line: str = "") -> None:
    """orders-db gets three times its traffic, checkout does not, and has a release of 20 minutes before."""
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.1))
    busy = golden("orders-db", ONSET, traffic=310, latency=2, saturation=0.99)
    production.put("golden_signals", "orders-db", busy)
    production.put("golden_signals", "sessions", golden("sessions"))
    release = Deployment(
        service="checkout", version="1.1.0", previous="1.0.0", at=ONSET - timedelta(minutes=20), status="succeeded"
    )
    history = DeploymentHistory(service="checkout", running="1.1.0", deployments=[release])
    production.put("deployment_history", "checkout", history)
    calls = [call("orders-db", "database", 0.1, latency_seconds=2), call("sessions", "cache")]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=["shop"]))
    state: dict[str, Any] = {"service": "sessions", "replicas_wanted": 2, "replicas_ready": 2, "replicas_limit": 4}
    state |= {"restarts_last_hour": 0, "standby": None, "machines": [], "events": [event] if event else []}
    production.put("infrastructure_state", "sessions", InfrastructureState.model_validate(state))
    if line:
        pattern = LogPattern(
            service="checkout",
            signature=line,
            level="warning",
            count=90000,
            first_seen=ONSET,
            last_seen=NOW,
            sample=line,
            versions=["1.1.0"],
        )
        production.put("error_log", "checkout", ErrorLog(service="checkout", patterns=[pattern]))


def replaced() -> str:
    return f"{ONSET - timedelta(minutes=2):%H:%M} maintenance: both nodes replaced"


@pytest.mark.parametrize(("event", "line", "strength"), [(replaced(), "", 2), ("", MISSED, 2), (replaced(), MISSED, 3)])
async def test_an_emptied_cache_explains_a_crowd_that_no_caller_sent_better_than_a_release(
    briefing: Briefing, context: DutyContext, production: Answers, event: str, line: str, strength: int
) -> None:
    crowded(production, event, line)
    best, *others = (await diagnose(with_cache(briefing), context)).hypotheses
    assert (best.cause, best.component, best.strength) == ("infrastructure", "sessions", strength)
    assert all(h.strength <= 1 for h in others)


async def test_without_a_change_or_a_miss_the_cache_is_left_alone(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    crowded(production)
    best = (await diagnose(with_cache(briefing), context)).hypotheses[0]
    assert (best.cause, best.component) == ("recent deployment", "checkout")


async def test_a_crowd_that_a_caller_sends_is_not_the_cache_s(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    crowded(production, replaced(), MISSED)
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.1, traffic=320))
    found = (await diagnose(with_cache(briefing), context)).hypotheses
    assert not any("no longer holds" in h.statement for h in found)
