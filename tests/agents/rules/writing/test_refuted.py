"""Refuted: what a person told and evidence speaks against is quoted beside that evidence."""

from datetime import timedelta

from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.roles import workflow_optimizer
from agents.rules.writing.post_mortem_summary import first_page
from agents.rules.writing.refuted import account
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Damage, Ledger, Statement
from tests.agents.conftest import NOW

MINUTE = timedelta(minutes=1)
READ = Claim(text="shop 2.3.2 was deployed at 14:20 UTC, after the failure began", cites=["7"])
GUILTY = Hypothesis(
    cause="infrastructure", component="checkout", statement="it is full", status="supported", strength=3
)
INNOCENT = Hypothesis(
    cause="recent deployment", component="shop", statement="2.3.2 broke it", status="ruled out", against=[READ]
)
FOUND = Conclusion(
    verdict="cause found",
    cause="infrastructure",
    component="checkout",
    confidence="high",
    summary="",
    hypotheses=[GUILTY, INNOCENT],
)
AGAINST = "gainst that was read: shop 2.3.2 was deployed at 14:20 UTC, after the failure began"


def told(briefing: Briefing, found: Conclusion, *said: Statement, until: int = 0) -> Briefing:
    began, ended = NOW - 9 * MINUTE, NOW + until * MINUTE
    hurt = [Damage(service="checkout", kind="errors", since=began, until=ended, is_open=False, worst=1.0)]
    ledger = Ledger(services=["checkout"], damage=hurt, statements=list(said))
    return briefing.model_copy(update={"conclusion": found, "ledger": ledger, "resolved_at": NOW + 60 * MINUTE})


async def test_a_cause_that_a_person_named_and_readings_speak_against_is_quoted_beside_them(
    briefing: Briefing, context: DutyContext
) -> None:
    named = Statement(at=NOW, by="ada", words="2.3.2 did", cause="recent deployment", component="shop", cite="4")
    other = told(briefing, FOUND, named)
    quoted = f"ada said at 14:30 UTC: “2.3.2 did”; a{AGAINST}."
    whys = (await workflow_optimizer.analyse_root_cause.without_model(other, context)).five_whys
    assert quoted in " ".join(why.text for why in whys)
    assert quoted in first_page(other).why
    stands = FOUND.model_copy(update={"cause": "recent deployment", "component": "shop"})
    own = GUILTY.model_copy(update={"cause": "recent deployment", "component": "shop"})
    as_named = told(briefing, stands.model_copy(update={"hypotheses": [own, INNOCENT]}), named)
    root = await workflow_optimizer.analyse_root_cause.without_model(as_named, context)
    for text in (root.what_failed.text, first_page(as_named).why):
        assert f"A{AGAINST}." in text
    assert "7" in root.what_failed.cites


def test_who_told_of_a_recovery_is_quoted_beside_the_harm_that_went_on(briefing: Briefing) -> None:
    well = Statement(at=NOW, by="ada", words="the provider of checkout has recovered", cite="4")
    quoted = f"ada said at 14:30 UTC: “{well.words}”"
    went_on = f"{quoted}; measured was: checkout: up to 100 % of requests failed from 14:21 UTC to 14:50 UTC."
    assert account(well, told(briefing, FOUND, well, until=20)) == went_on
    assert account(well, told(briefing, FOUND, well, until=1)) == f"{quoted}."
    elsewhere = well.model_copy(update={"words": "shop has recovered"})
    assert "measured" not in account(elsewhere, told(briefing, FOUND, elsewhere, until=20))
