"""What a round says that names no cause, where all is measured well by then."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.production import Refusal
from agents.reports.triage import Scope
from agents.roles import infrastructure_maintainer as maintainer
from agents.rules.diagnosis.conclusion import conclude
from agents.rules.diagnosis.hypotheses import diagnose
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Ledger
from agents.runtime.uncounted import Uncounted
from tests.agents.conftest import NOW, Answers, golden
from tests.agents.rules.diagnosis.test_conclusion import failing, with_findings


@pytest.mark.parametrize(("is_abnormal", "be"), [(True, "is"), (False, "was")])
async def test_what_is_measured_well_by_now_is_told_in_the_past(
    briefing: Briefing, context: DutyContext, production: Answers, is_abnormal: bool, be: str
) -> None:
    failing(production)
    known: dict[str, Any] = {
        "summary": "",
        "users_affected": None,
        "users_share": None,
        "data_at_risk": "no",
        "services": [],
    }
    scope = Scope.model_validate({**known, "abnormal": is_abnormal})
    told = with_findings(briefing).model_copy(update={"scope": scope, "ledger": Ledger(was_abnormal=True)})
    assert f"Nothing that was read says why checkout {be} not as usual." in (await conclude(told, context)).summary


async def test_of_what_was_never_measured_nothing_is_said_not_to_be_as_usual(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    told = with_findings(briefing).model_copy(update={"scope": None})
    assert "Nothing that was read says whether checkout is as usual." in (await conclude(told, context)).summary


@pytest.mark.parametrize("missing", [6, 30])
@pytest.mark.parametrize("answers", [True, False])
async def test_what_is_not_measured_any_more_is_neither_well_nor_ill_and_that_is_told(
    briefing: Briefing, context: DutyContext, production: Answers, missing: int, answers: bool
) -> None:
    counted = golden("checkout").model_dump()
    for name in ("traffic", "error_rate", "latency", "saturation"):
        counted[name]["values"][-missing:] = [None] * missing
    production.put("golden_signals", "checkout", type(golden("checkout")).model_validate(counted))
    del production.values["dependencies", "shop"]  # nobody sees how its callers fare
    gone = Refusal(error="no data", said="infrastructure_state of checkout: its targets are no longer scraped: a")
    production.put("infrastructure_state", "checkout", gone)
    if not answers:
        production.put("check_endpoints", "checkout", Refusal(error="not connected", said="not connected"))
    since = NOW - missing * timedelta(minutes=1)
    stopped = Uncounted(service="checkout", since=since, until=NOW, is_open=True)
    told = with_findings(briefing).model_copy(update={"ledger": Ledger(uncounted=[stopped])})
    how = f"its requests have not been counted since {since:%H:%M} UTC"
    scope = await maintainer.assess_scope.without_model(told, context)
    assert (scope.abnormal, scope.error_rate) == (False, None)
    assert scope.summary == f"Whether anything is out of its usual range on checkout cannot be seen: {how}."
    assert (await diagnose(told, context)).summary(told).startswith(f"How checkout does cannot be measured: {how}.")
    found = await conclude(told.model_copy(update={"scope": scope}), context)
    assert found.verdict == "insufficient evidence"
    assert found.summary.startswith(f"How checkout does cannot be measured: {how}.")
