"""Checks of recovery in the ledger: when all was found well."""

from datetime import timedelta
from typing import Any

import pytest

from graphs.transcript.facts import Facts
from graphs.transcript.projections import take_in
from tests.graphs.transcript.test_ledger_projections import NOON, event, reading

WELL = {"verdict": "normal", "text": "shop: error rate 0.1 %", "cites": ["0a"]}


@pytest.mark.parametrize(
    ("state", "checks", "is_well"),
    [("recovered", [WELL], True), ("improving", [WELL], False), ("recovered", [], False)],
    ids=["all well", "not yet", "of another service"],
)
def test_a_check_of_recovery_counts_as_a_look_where_it_found_well_all_that_was_hurt(
    state: str, checks: list[dict[str, Any]], is_well: bool
) -> None:
    facts = Facts(service="shop")
    take_in(facts, reading(1, 3, is_open=True))
    report: dict[str, Any] = {"summary": "", "state": state, "checks": checks}
    take_in(facts, event(4, "duty_finished", {"by": "book", "report": report}, "verify_recovery"))
    assert facts.ledger.measured_well_at == (NOON + timedelta(minutes=4) if is_well else None)
