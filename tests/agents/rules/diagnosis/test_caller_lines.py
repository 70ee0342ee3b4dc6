"""What a failing store refuses stands in the logs of those who call it."""

from datetime import timedelta

import pytest

from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import Dependencies, ErrorLog
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.hypotheses import diagnose
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import ONSET, Answers, call, golden
from tests.agents.rules.diagnosis.test_changes import line

FULL = "ERROR: integer out of range"


def store_fails(production: Answers, *signatures: str) -> None:
    """The database refuses a tenth of what it is asked, its own log is empty, and its caller writes these lines."""
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.1))
    production.put("golden_signals", "orders-db", golden("orders-db", ONSET, error_rate=0.1))
    calls = [call("orders-db", "database", 0.1), call("card-gateway", "provider")]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=["shop"]))
    patterns = [line(signature, []) for signature in signatures]
    production.put("error_log", "checkout", ErrorLog(service="checkout", patterns=patterns))


async def of_the_store(briefing: Briefing, context: DutyContext) -> list[Hypothesis]:
    found = (await diagnose(briefing, context)).hypotheses
    return [h for h in found if h.component == "orders-db" and h.signature]


async def test_what_the_caller_writes_of_a_store_that_says_nothing_itself_is_the_likely_cause(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    store_fails(production, FULL)
    found = await of_the_store(briefing, context)
    assert [(h.cause, h.strength, h.signature) for h in found] == [("infrastructure", 2, FULL)]
    assert "a number has outgrown the column that holds it" in found[0].statement


@pytest.mark.parametrize("signatures", [("went astray",), ("timeout of orders-db",), (FULL, "a", "b", "c")])
async def test_a_line_that_may_be_about_the_caller_or_is_one_of_many_says_nothing_of_the_store(
    briefing: Briefing, context: DutyContext, production: Answers, signatures: tuple[str, ...]
) -> None:
    store_fails(production, *signatures)
    assert await of_the_store(briefing, context) == []


@pytest.mark.parametrize(("minutes", "strength"), [(5, 1), (25, 2)])
async def test_a_caller_deployed_just_before_leaves_it_open(
    briefing: Briefing, context: DutyContext, production: Answers, minutes: int, strength: int
) -> None:
    store_fails(production, FULL)
    at = ONSET - timedelta(minutes=minutes)
    release = Deployment(service="checkout", version="1.1.0", previous="1.0.0", at=at, status="succeeded")
    history = DeploymentHistory(service="checkout", running="1.1.0", deployments=[release])
    production.put("deployment_history", "checkout", history)
    assert [h.strength for h in await of_the_store(briefing, context)] == [strength]
