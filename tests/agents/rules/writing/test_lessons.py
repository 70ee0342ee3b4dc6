"""Lessons: what the transcript does not hold is not said where people told it."""

from datetime import timedelta

from agents.reports.investigation import Conclusion
from agents.roles import workflow_optimizer
from agents.rules.writing.lessons import as_it_was, lesson, without_since
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Ledger, Statement
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_post_mortem import RELEASE

STOPPED = RELEASE.model_copy(update={"cause": "infrastructure", "statement": "checkout does not run"})
FOUND = Conclusion(
    verdict="cause found", cause="infrastructure", component="checkout", summary="", hypotheses=[STOPPED]
)


def test_where_people_told_what_led_to_it_the_last_why_does_not_deny_that(briefing: Briefing) -> None:
    found = briefing.model_copy(update={"conclusion": FOUND})
    ends = "What led to this failure of checkout is not in the transcript"
    assert lesson(found).where_it_ends == ends
    notes = [Statement(at=NOW, by=who, words=f"{who} saw somebody kill it", cite="4") for who in ("bo", "ada")]
    told = found.model_copy(update={"ledger": Ledger(statements=notes)})
    assert lesson(told).where_it_ends in (f"{ends}, beyond what {who} said" for who in ("bo and ada", "ada and bo"))


async def test_a_long_cause_ends_with_an_ellipsis_and_no_full_stop(briefing: Briefing, context: DutyContext) -> None:
    long = STOPPED.model_copy(update={"statement": "checkout does not run, " * 9})
    told = briefing.model_copy(update={"conclusion": FOUND.model_copy(update={"hypotheses": [long]})})
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert root.what_failed.text.endswith(", checkout did not run…")


async def test_the_cause_that_a_person_named_is_quoted_once_and_comes_before_their_later_notes(
    briefing: Briefing, context: DutyContext
) -> None:
    words = "its disk is full"
    named = Statement(at=NOW, by="ada", words=words, cause="infrastructure", component="checkout", cite="4")
    later = Statement(at=NOW, by="bo", words="the vendor has sent a new disk", cite="5")
    ledger = Ledger(statements=[named, later])
    told = briefing.model_copy(update={"conclusion": FOUND, "conclusion_ref": "6", "ledger": ledger})
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert root.what_failed.text.count(words) == 1
    beside = f"What people told besides: bo at 14:30 UTC: “{later.words}”."
    assert root.why.text == f"ada named this cause at 14:30 UTC. {beside}"
    again = named.model_copy(update={"at": NOW + timedelta(minutes=9), "cite": "6"})
    told = told.model_copy(update={"ledger": Ledger(statements=[named, later, again])})
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert root.why.text == f"ada named this cause at 14:30 UTC. {beside}"


def test_what_is_put_into_the_past_leaves_quotations_as_they_are() -> None:
    said = "ada: “shop is not ready since 14:02 UTC”; checkout-2 is not ready since 14:03 UTC"
    assert as_it_was(said) == "ada: “shop is not ready since 14:02 UTC”; checkout-2 was not ready from 14:03 UTC on"
    assert without_since(said) == "ada: “shop is not ready since 14:02 UTC”; checkout-2 is not ready"
    assert as_it_was("latency 0.5 s since 14:03 UTC") == "latency 0.5 s since 14:03 UTC"


def test_what_is_put_into_the_past_stays_a_sentence() -> None:
    assert as_it_was("9 sessions of orders-db wait for a lock") == "9 sessions of orders-db waited for a lock"
    assert as_it_was("the queue has to wait for locks") == "the queue has to wait for locks"
    told = "v2 failed from 14:02 UTC to 14:19 UTC"
    assert without_since(told) == told
    assert without_since("v2 did not run from 14:02 UTC on; it failed since 14:03 UTC") == "v2 did not run; it failed"
