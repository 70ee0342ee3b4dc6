"""The split check: one bad instance is a fact of the findings, with its figures and the reading that shows it."""

from agents.readings.splits import SplitPart, SplitSignals, split_of
from agents.roles import backend_architect, infrastructure_maintainer
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import ONSET, Answers, golden

COUNTED = "counted over the 10 minutes up to 14:30 UTC"
SENTENCE = f"checkout: 2 of 40 requests fail on shop-1, 38 of 40 on shop-2 ({COUNTED})"


def uneven(service: str) -> SplitSignals:
    parts = [SplitPart(name="shop-1", requests=40, failed=2), SplitPart(name="shop-2", requests=40, failed=38)]
    return SplitSignals(service=service, minutes=10, splits=[split_of("instance", parts)])


async def test_one_bad_instance_is_named_in_the_findings_of_s2_2_and_of_a_p2(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.5))
    production.put("split_signals", "checkout", uneven("checkout"))
    for duty in (backend_architect.investigate, backend_architect.check_system):
        report = await duty.without_model(briefing, context)
        (claim,) = [claim for claim in report.claims if claim.text == SENTENCE]
        assert claim.cites


async def test_it_is_seen_where_the_whole_service_looks_well(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("split_signals", briefing.service, uneven(briefing.service))
    report = await backend_architect.investigate.without_model(briefing, context)
    assert not report.abnormal
    assert any("38 of 40 on shop-2" in claim.text for claim in report.claims)


async def test_requests_that_cannot_be_split_are_no_missing_evidence(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.5))
    report = await backend_architect.investigate.without_model(briefing, context)
    assert not any("split" in said for said in report.missing)


def test_a_model_may_ask_where_the_rules_do() -> None:
    duties = (backend_architect.investigate, backend_architect.check_system, infrastructure_maintainer.investigate)
    assert all("split_signals" in {tool.name for tool in duty.tools} for duty in duties)
