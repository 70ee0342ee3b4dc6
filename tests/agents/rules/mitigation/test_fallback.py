"""A fallback that is not proposed: why, as far as that can be seen."""

import pytest

from agents.io.catalogue import ActSettings
from agents.readings.production import Dependencies, Refusal
from agents.rules.mitigation.fallback import propose_fallback
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import Answers, call
from tests.agents.roles.test_mitigation import outage

UNSEEN = Refusal(error="not connected", said="dependencies of checkout: not connected")
OTHERS = Dependencies(service="checkout", calls=[call("orders-db", "database", 0.0)], called_by=[])
ALONE = OTHERS.model_copy(update={"calls": [call("card-gateway", "provider", 0.9)]})


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (UNSEEN, "whether anything stands in for card-gateway is not known: what checkout calls cannot be seen ("),
        (OTHERS, "checkout is not seen to call card-gateway."),
        (ALONE, "nothing is seen to stand in for card-gateway."),
    ],
)
@pytest.mark.parametrize("is_declared", [True, False])
async def test_why_no_fallback_is_proposed_is_told_as_it_was_seen_and_not_as_that_there_is_none(
    briefing: Briefing,
    context: DutyContext,
    production: Answers,
    read: Dependencies | Refusal,
    why: str,
    is_declared: bool,
) -> None:
    production.put("dependencies", "checkout", read)
    told = outage(briefing)
    if is_declared:
        act = {"fallback": ActSettings.model_validate({"driver": "command"})}
        checkout = told.catalogue.services["checkout"].model_copy(update={"act": act})
        services = {**told.catalogue.services, "checkout": checkout}
        told = told.model_copy(update={"catalogue": told.catalogue.model_copy(update={"services": services})})
    proposal = await propose_fallback(told, context)
    assert proposal.action is None
    declared = ", though the catalogue declares one" if is_declared else ""
    assert proposal.summary.startswith(f"No fallback of checkout is proposed{declared}; {why}")
