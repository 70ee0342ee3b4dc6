"""Mending: what a check refuses twice is left out, and the report stands where it holds without that."""

from typing import Any

import pytest

from agents.reports.basis import Claim, Report
from agents.reports.investigation import Conclusion, Findings, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import ActionItems
from agents.reports.triage import Classification
from agents.runtime.briefing import Briefing, SeverityFloor
from agents.runtime.free_words import sentences
from agents.runtime.mending import mended
from agents.runtime.report_checks import UNOWNED, complaints
from tests.agents.conftest import NOW, MemoryLog


@pytest.fixture
async def ref(log: MemoryLog) -> str:
    payload = {"value": {"service": "checkout", "users": 412, "error_rate": 0.42}}
    return (await log.write("main/node#1/tool/x.1/result", "tool_result", payload)).ref


async def left_of(report: Report, briefing: Briefing, log: MemoryLog) -> Any:
    """What is left of a report that is refused, which the checks accept."""
    found = await complaints(report, briefing, log)
    assert found
    left = mended(report, found, briefing)
    if left is not None:
        assert await complaints(left, briefing, log) == []
    return left


async def test_a_false_claim_is_left_out_and_the_true_one_stays(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    true, false = Claim(text="412 users meet it", cites=[ref]), Claim(text="9,999 users meet it", cites=[ref])
    high = briefing.model_copy(update={"floor": SeverityFloor(severity="P0", reasons=[])})
    left = await left_of(Classification(summary="Bad.", severity="P0", reasons=[false, true, false]), high, log)
    assert left == Classification(summary="Bad.", severity="P0", reasons=[true])


async def test_of_the_evidence_of_an_investigation_nothing_is_left_out(
    briefing: Briefing, log: MemoryLog, ref: str
) -> None:
    true, false = Claim(text="412 users meet it", cites=[ref]), Claim(text="9,999 users meet it", cites=[ref])
    assert await left_of(Findings(summary="Seen.", claims=[false, true], abnormal=True), briefing, log) is None
    support = [Claim(text="412 users meet it", cites=[ref])]
    bug = Hypothesis(cause="code bug", component="search", statement="So.", status="supported", support=support)
    report = Conclusion(
        summary="So.", verdict="cause found", cause="code bug", component="search", confidence="high", hypotheses=[bug]
    )
    assert await left_of(report, briefing, log) is None


async def test_a_false_sentence_is_left_out_of_a_summary(briefing: Briefing, log: MemoryLog, ref: str) -> None:
    true = Claim(text="412 users meet it", cites=[ref])
    said = "412 users meet it. Customer data was stolen by hackers. The error rate is 42 %."
    left = await left_of(Findings(summary=said, claims=[true], abnormal=True), briefing, log)
    assert left.summary == "412 users meet it. The error rate is 42 %."


async def test_where_nothing_is_left_of_a_summary_its_first_claim_stands_for_it(
    briefing: Briefing, log: MemoryLog, ref: str
) -> None:
    true = Claim(text="412 users meet it", cites=[ref])
    left = await left_of(Findings(summary="97 % of them left.", claims=[true], abnormal=True), briefing, log)
    assert left.summary == "412 users meet it"
    assert await left_of(Findings(summary="97 % of them left.", abnormal=True), briefing, log) is None


async def test_a_severity_that_nothing_calls_for_becomes_the_floor(briefing: Briefing, log: MemoryLog) -> None:
    low = briefing.model_copy(update={"floor": SeverityFloor(severity="P3", reasons=["nobody notices"])})
    left = await left_of(Classification(summary="A footer logo is a P0.", severity="P0", reasons=[]), low, log)
    assert left.severity == "P3"
    assert left.summary == "The rules' floor holds: P3, because nobody notices."


async def test_an_owner_that_is_nobody_becomes_nobody_and_an_item_without_a_date_to_come_goes(
    briefing: Briefing, log: MemoryLog
) -> None:
    def item(owner: str, year: int) -> dict[str, Any]:
        return {"action": "So.", "owner": owner, "deadline": NOW.replace(year=year)}

    items = [item("Kim", 2026), item("Web team", 1999), item("Web team", 2026)]
    left = await left_of(ActionItems.model_validate({"summary": "So.", "items": items}), briefing, log)
    assert [one.owner for one in left.items] == [UNOWNED, "Web team"]


async def test_a_proposal_is_not_mended(briefing: Briefing, log: MemoryLog) -> None:
    away = Proposal(action="rollback", service="warehouse", parameters={"version": "1.0.0"}, summary="So.")
    assert await left_of(away, briefing, log) is None


def test_a_text_falls_into_its_sentences() -> None:
    assert sentences("At 3.5 s. It is 2.0.0! Is it?\nYes") == ["At 3.5 s.", "It is 2.0.0!", "Is it?", "Yes"]
