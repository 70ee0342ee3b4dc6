"""Relapses in the ledger: measured, said, or only a status that follows a cause that was named."""

from datetime import timedelta
from typing import Any

from agents.runtime.ledger import Damage
from graphs.transcript.facts import Facts
from graphs.transcript.projections import take_in
from tests.graphs.transcript.test_ledger_projections import NOON, event

MINUTE = timedelta(minutes=1)
NAMED = {"verdict": "cause found", "cause": "infrastructure", "component": "shop", "summary": "ada names the disk"}


def recovered() -> Facts:
    facts = Facts(service="shop")
    take_in(facts, event(1, "status", {"status": "Monitoring", "why": ""}))
    return facts


def not_over(facts: Facts, number: int) -> None:
    said = {"kind": "not over", "by": "bo", "comment": "still an error"}
    take_in(facts, event(number, "instruction", {"instruction": said}))
    assert facts.ledger.said_to_go_on
    why = {"why": "bo says that it is not over: “…”", "said_on": facts.ledger.said_to_go_on.cite}
    take_in(facts, event(number + 1, "status", {"status": "Investigating", **why}))


def failed(facts: Facts, number: int) -> None:
    until = NOON + (number - 1) * MINUTE
    seen = Damage(service="shop", kind="errors", since=until - MINUTE, until=until, is_open=True, worst=0.4)
    read: dict[str, Any] = {"tool": "golden_signals", "value": {}, "damage": [seen.model_dump(mode="json")]}
    take_in(facts, event(number, "tool_result", read))


def test_a_failed_check_is_measured() -> None:
    facts = recovered()
    take_in(facts, event(5, "status", {"status": "Investigating", "why": "not recovered: errors"}))
    assert facts.ledger.relapsed_at == NOON + 5 * MINUTE


def test_a_cause_that_is_named_during_the_watch_measures_nothing() -> None:
    facts = recovered()
    take_in(facts, event(4, "conclusion", {"conclusion": NAMED, "named_by": "ada"}))
    take_in(facts, event(5, "status", {"status": "Identified", "why": NAMED["summary"]}))
    assert facts.ledger.relapsed_at is None
    assert [(one.measured, one.said_on) for one in facts.ledger.relapses] == [(False, None)]


def test_who_says_that_it_is_not_over_measures_nothing_until_a_reading_does() -> None:
    facts = recovered()
    not_over(facts, 4)
    (said,) = facts.ledger.relapses
    assert (said.said_on, said.measured) == (facts.ledger.said_to_go_on, False)
    assert facts.ledger.relapsed_at is None
    failed(facts, 9)
    assert facts.ledger.relapsed_at == NOON + 9 * MINUTE


def test_damage_that_was_measured_before_somebody_says_that_it_is_not_over_makes_it_measured() -> None:
    facts = recovered()
    failed(facts, 4)
    not_over(facts, 5)
    assert facts.ledger.relapsed_at == NOON + 6 * MINUTE
