"""Since then: a state that is over by the time of the conclusion is told with its time, and is not the cause."""

from typing import Any

import pytest

from agents.readings.production import InfrastructureState
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.conclusion import conclude
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import Answers, golden
from tests.agents.rules.diagnosis.test_conclusion import failing, hypothesis, with_findings

DOWN = "db-1: the process is not running"
FULL = "saturation 100 % (usually 40.0 %) since 14:10 UTC"


def infrastructure(component: str, statement: str, support: str) -> Hypothesis:
    shown = Claim(text=support, cites=["00000001"])
    found = hypothesis("infrastructure", component, 2)
    return found.model_copy(update={"statement": statement, "support": [shown]})


def put_state(production: Answers, name: str, **update: Any) -> None:
    known = production.values["infrastructure_state", name]
    assert isinstance(known, InfrastructureState)
    production.put("infrastructure_state", name, known.model_copy(update=update))


@pytest.mark.parametrize(
    ("state", "is_cause"),
    [({}, False), ({"replicas_ready": 0}, True), ({"restarts_last_hour": 4}, True)],
)
async def test_what_runs_again_by_the_conclusion_is_not_the_cause(
    briefing: Briefing, context: DutyContext, production: Answers, state: dict[str, Any], is_cause: bool
) -> None:
    failing(production)
    put_state(production, "orders-db", **state)
    read = infrastructure("orders-db", f"orders-db does not run: {DOWN}", DOWN)
    found = await conclude(with_findings(briefing, read), context)
    assert (found.verdict == "cause found") == is_cause
    again = (
        f"orders-db was running again at 14:30 UTC (4 of 4 replicas ready); an earlier reading showed: {read.statement}"
    )
    assert (again in found.summary) != is_cause


@pytest.mark.parametrize("is_full", [True, False])
async def test_what_has_room_by_the_conclusion_is_not_said_to_be_full(
    briefing: Briefing, context: DutyContext, production: Answers, is_full: bool
) -> None:
    failing(production)
    production.put("golden_signals", "shop", golden("shop", saturation=1.0 if is_full else 0.4))
    read = infrastructure("shop", f"shop is in trouble: {FULL}", f"shop: {FULL}")
    found = await conclude(with_findings(briefing, read), context)
    assert read.statement in found.summary
    assert (f" at 14:30 UTC; an earlier reading showed: {read.statement}" in found.summary) != is_full
    assert (found.verdict == "cause found") == is_full
