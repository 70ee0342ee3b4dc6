"""Checks of recovery in the ledger: what was found well, and what a deed is taken to have confirmed."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from graphs.transcript.facts import Facts
from graphs.transcript.projections import take_in
from tests.graphs.transcript.test_ledger_projections import NOON, event, named


@pytest.mark.parametrize(("state", "at"), [("recovered", NOON + timedelta(minutes=1)), ("improving", None)])
def test_a_check_of_recovery_that_found_all_well_counts_as_a_look(state: str, at: datetime | None) -> None:
    facts = Facts(service="shop")
    report: dict[str, Any] = {"summary": "", "state": state, "checks": []}
    take_in(facts, event(1, "duty_finished", {"by": "book", "report": report}, "verify_recovery"))
    assert facts.ledger.measured_well_at == at


@pytest.mark.parametrize("is_named", [True, False])
def test_what_was_done_by_hand_after_a_refusal_was_aimed_at_the_cause_only_where_a_person_names_it(
    is_named: bool,
) -> None:
    facts, cause = Facts(service="shop"), {"cause": "infrastructure", "component": "shop"}
    found: dict[str, Any] = {"verdict": "cause found", **cause, "confidence": "high", "summary": "", "hypotheses": []}
    take_in(facts, event(1, "conclusion", {"conclusion": found}))
    restart = {"action": "restart", "service": "shop", "summary": ""}
    refused: dict[str, Any] = {
        **cause,
        "proposal": restart,
        "outcome": "refused",
        "said": "",
        "at": NOON.isoformat(),
        "cites": [],
    }
    take_in(facts, event(2, "attempt", {"attempt": refused, "by": "grace"}))
    if is_named:
        take_in(facts, named(3, "its disk was full"))
    take_in(facts, event(4, "conclusion", {"conclusion": found, "handled": True}))
    take_in(facts, event(5, "status", {"status": "Monitoring", "why": ""}))
    assert len(facts.ledger.confirmed) == is_named
