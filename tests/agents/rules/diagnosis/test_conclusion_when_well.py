"""What a round says that names no cause, where all is measured well by then."""

from typing import Any

import pytest

from agents.reports.triage import Scope
from agents.rules.diagnosis.conclusion import conclude
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Ledger
from tests.agents.conftest import Answers
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
