"""What failed below: a fault is not narrowed down to what waits for something else that fails."""

from datetime import timedelta
from typing import Any

import pytest

from agents.rules.diagnosis.conclusion import conclude
from agents.rules.diagnosis.failing_below import narrowed_down
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Damage, Ledger
from tests.agents.conftest import NOW, ONSET, Answers
from tests.agents.rules.diagnosis.test_conclusion import failing, hypothesis, with_findings

MINUTE = timedelta(minutes=1)
BELOW = "Not narrowed down to checkout alone: orders-db, which it depends on, failed at the same time (orders-db: "


def failed(briefing: Briefing, **more: Any) -> Briefing:
    known: dict[str, Any] = {"service": "orders-db", "kind": "refused", "is_open": False, "worst": 1.0}
    damage = Damage.model_validate({"since": ONSET, "until": ONSET + MINUTE, **known, **more})
    return briefing.model_copy(update={"ledger": Ledger(damage=[damage])})


@pytest.mark.parametrize(
    "more",
    [
        {"service": "shop"},
        {"kind": "lost traffic"},
        {"since": ONSET - 40 * MINUTE, "until": ONSET - 30 * MINUTE},
        {"since": NOW, "until": NOW},
    ],
    ids=["a caller", "no requests", "before", "later"],
)
def test_a_fault_is_narrowed_down_to_what_depends_on_nothing_that_failed_with_it(
    briefing: Briefing, more: dict[str, Any]
) -> None:
    suspects = {"search": None, "checkout": ONSET}
    assert narrowed_down(failed(briefing), suspects).startswith(BELOW)
    assert narrowed_down(failed(briefing, **more), suspects) == "Narrowed down to search and checkout"


async def test_a_conclusion_says_what_failed_below_the_component_that_it_leaves_open(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    failing(production)
    told = with_findings(failed(briefing), hypothesis(strength=1, status="open"))
    found = await conclude(told, context)
    assert found.component == "checkout"
    assert found.summary.startswith(BELOW)
    assert "). Still open: checkout fails." in found.summary
