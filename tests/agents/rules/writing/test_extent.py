"""The extent of an incident: what nobody measured is not claimed, in the post-mortem, the brief and the backlog."""

from datetime import timedelta

import pytest

from agents.reports.investigation import Conclusion
from agents.roles import executive_summary_generator, sprint_prioritizer, workflow_optimizer
from agents.rules.writing import extent
from agents.rules.writing.post_mortem_summary import first_page
from agents.rules.writing.wording import uncounted_beside_damage, uncounted_in_words
from agents.runtime.briefing import Briefing, PostMortemDraft
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Damage, Ledger
from agents.runtime.uncounted import Uncounted
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_public_wording import ILL, WELL

MINUTE = timedelta(minutes=1)
NOTHING_WRONG = Conclusion(verdict="nothing wrong", summary="Nothing is out of its usual range.")
FAILED = Damage(
    service="checkout", kind="errors", since=NOW - 5 * MINUTE, until=NOW, is_open=False, worst=0.36, cites=["9"]
)


@pytest.fixture
def unmeasured(briefing: Briefing) -> Briefing:
    """What nobody could measure, and a person called over long after the alert."""
    over = {"status": "Resolved", "is_vouched": True, "fixed_at": NOW + 200 * MINUTE, "resolved_at": NOW + 230 * MINUTE}
    return briefing.model_copy(update={**over, "now": NOW + 231 * MINUTE, "scope": None, "ledger": Ledger()})


async def test_minutes_that_nobody_measured_are_claimed_nowhere(unmeasured: Briefing, context: DutyContext) -> None:
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(unmeasured, context)
    impact = await workflow_optimizer.assess_impact.without_model(unmeasured, context)
    items = await workflow_optimizer.assign_action_items.without_model(unmeasured, context)
    drafted = PostMortemDraft(timeline=timeline, impact=impact, action_items=items)
    told = unmeasured.model_copy(update={"post_mortem": drafted})
    tasks = await sprint_prioritizer.add_prevention_tasks.without_model(told, context)
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert timeline.user_impact_minutes is None
    assert extent.hurt_for(told) is None
    words = "not measured; reported at 2026-03-02 14:25 UTC, and people said that it was over at 17:50 UTC"
    first = f"N{words[1:]}"
    assert first_page(told).how_long.startswith(first)
    for text in (timeline.summary, impact.users.text, brief.impact, tasks.entries[0].why):
        assert words in text
        assert "minutes of user impact" not in text


STOPPED = Uncounted(service="checkout", since=NOW - 20 * MINUTE, until=NOW, is_open=True, cites=["9"])


async def test_where_the_metrics_had_stopped_it_is_told_that_nobody_knows_whether_it_served(
    unmeasured: Briefing, context: DutyContext
) -> None:
    ledger = Ledger(services=["checkout"], uncounted=[STOPPED])
    told = unmeasured.model_copy(update={"ledger": ledger, "scope": WELL, "conclusion": NOTHING_WRONG})
    words = "the metrics of Checkout stopped at 14:10 UTC; whether it served since is not known"
    assert extent.was_false_alert(told.model_copy(update={"ledger": Ledger(services=["checkout"])}))
    assert not extent.was_false_alert(told)
    assert not extent.is_without_harm(told)
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(told, context)
    assert timeline.user_impact_minutes is None
    assert words in timeline.summary
    assert words in first_page(told).how_long
    open_question = "Whether users were affected since 14:10 UTC was not measured"
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert impact.users.text == f"{open_question}."
    assert f"came in. {open_question}." in first_page(told).what_happened


BACK = STOPPED.model_copy(update={"until": NOW - 9 * MINUTE, "is_open": False})


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        (STOPPED, "the requests of Checkout were not counted from 14:10 UTC to at least 14:30 UTC"),
        (BACK, "the requests of Checkout were not counted from 14:10 UTC to 14:21 UTC"),
    ],
)
async def test_what_was_not_counted_is_told_beside_measured_damage(
    unmeasured: Briefing, context: DutyContext, stretch: Uncounted, words: str
) -> None:
    ledger = Ledger(services=["checkout"], damage=[FAILED], uncounted=[stretch])
    told = unmeasured.model_copy(update={"ledger": ledger})
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(told, context)
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert timeline.user_impact_minutes == 5
    for text in (timeline.summary, impact.users.text, first_page(told).how_long):
        assert f"as far as it was measured; {words}" in text
    assert first_page(told).title.endswith("5 minutes of user impact measured")
    page = first_page(told.model_copy(update={"post_mortem": PostMortemDraft(impact=impact)}))
    assert "not counted" not in page.who  # stands under how long
    assert "user impact" not in page.who
    items = await workflow_optimizer.assign_action_items.without_model(told, context)
    drafted = told.model_copy(update={"post_mortem": PostMortemDraft(timeline=timeline, action_items=items)})
    tasks = await sprint_prioritizer.add_prevention_tasks.without_model(drafted, context)
    assert f"for 5 minutes, as far as it was measured; {words}" in tasks.entries[0].why


def test_that_its_metrics_had_stopped_says_nothing_of_when_its_recovery_was_verified(unmeasured: Briefing) -> None:
    ledger, verified = Ledger(services=["checkout"], uncounted=[STOPPED]), NOW - 5 * MINUTE
    told = unmeasured.model_copy(update={"ledger": ledger, "is_vouched": False, "fixed_at": verified})
    words = "the metrics of Checkout stopped at 14:10 UTC; whether it served from 14:10 UTC to 14:25 UTC is not known"
    assert words in extent.not_measured(told)
    assert extent.unmeasured(told) == "whether users were affected from 14:10 UTC to 14:25 UTC was not measured"
    early = told.model_copy(update={"fixed_at": NOW - 30 * MINUTE, "scope": WELL, "conclusion": NOTHING_WRONG})
    assert extent.was_false_alert(early)
    assert extent.is_without_harm(early)


async def test_where_no_users_were_counted_the_share_of_failed_requests_is_told(
    briefing: Briefing, context: DutyContext
) -> None:
    told = briefing.model_copy(update={"ledger": Ledger(services=["checkout"], damage=[FAILED]), "resolved_at": NOW})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert impact.users.text.startswith(
        "How many users is not known; up to 36.0 % of requests to Checkout failed; 5 minutes"
    )
    assert "9" in impact.users.cites


async def test_all_services_of_which_the_greatest_share_of_requests_failed_are_told(
    briefing: Briefing, context: DutyContext
) -> None:
    others = [FAILED.model_copy(update={"service": name, "cites": [name]}) for name in ("shop", "orders-db")]
    less = FAILED.model_copy(update={"service": "search", "worst": 0.2})
    ledger = Ledger(services=["checkout", "shop", "orders-db", "search"], damage=[FAILED, *others, less])
    told = briefing.model_copy(update={"ledger": ledger, "resolved_at": NOW})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert "; up to 36.0 % of requests to Checkout and Shop failed; " in impact.users.text
    assert {"9", "shop"} <= set(impact.users.cites)


async def test_where_neither_users_nor_errors_were_counted_what_was_read_of_traffic_is_told(
    briefing: Briefing, context: DutyContext
) -> None:
    gone = FAILED.model_copy(update={"kind": "lost traffic", "worst": 0.0})
    told = briefing.model_copy(update={"ledger": Ledger(services=["checkout"], damage=[gone]), "resolved_at": NOW})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    read = "checkout: traffic had collapsed from 14:25 UTC to 14:30 UTC"
    assert impact.users.text.startswith(f"How many users is not known; {read}; 5 minutes")
    assert "9" in impact.users.cites


async def test_users_and_their_share_are_told_alike_in_the_brief_and_the_post_mortem(
    briefing: Briefing, context: DutyContext
) -> None:
    counted = {
        "users_affected": 65,
        "affected_share": 0.275,
        "scope_cite": "2",
        "users_share": 0.294,
        "share_cite": "1",
    }
    ledger = Ledger.model_validate({"services": ["checkout"], "damage": [FAILED], **counted})
    over = {"resolved_at": NOW, "status": "Resolved", "scope": WELL}
    told = briefing.model_copy(update={"ledger": ledger, **over})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert impact.users.text.startswith("Up to 65 users (27.5 % of those active), and up to 29.4 % at another time; ")
    assert impact.users.cites == ["2", "1"]
    assert "29.4 % of users all the time" in impact.revenue.text
    assert impact.revenue.cites == ["1"]
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert "; up to 65 users (27.5 % of those active), and up to 29.4 % at another time, " in brief.impact


async def test_a_brief_counts_money_and_minutes_over_the_measured_damage_only(
    briefing: Briefing, context: DutyContext
) -> None:
    ledger = Ledger(services=["checkout"], damage=[FAILED], users_share=0.5, was_abnormal=True)
    told = briefing.model_copy(
        update={"now": NOW + 60 * MINUTE, "scope": ILL, "ledger": ledger, "revenue_lost": 9999.0}
    )
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert "250 USD lost so far" in brief.impact
    assert "5 minutes of user impact measured so far" in brief.impact
    assert "9,999" not in brief.impact


async def test_a_brief_of_what_was_calm_at_every_look_claims_no_impact(
    briefing: Briefing, context: DutyContext
) -> None:
    calm = {"now": NOW + 600 * MINUTE, "scope": WELL, "scope_at": NOW, "ledger": Ledger(services=["checkout"])}
    brief = await executive_summary_generator.brief_stakeholders.without_model(
        briefing.model_copy(update=calm), context
    )
    assert brief.impact == "no harm to users was measured; reputation not assessed"


@pytest.mark.parametrize("is_open", [True, False])
def test_requests_that_were_not_counted_in_one_minute_only_are_told_with_one_time(is_open: bool) -> None:
    gone = Uncounted(service="shop", since=NOW, until=NOW + timedelta(seconds=30), is_open=is_open)
    assert uncounted_beside_damage(gone, "Shop") == "the requests of Shop were not counted at 14:30 UTC"
    missing, when = ("stopped", "since") if is_open else ("were missing", "then")
    told = f"the metrics of Shop {missing} at 14:30 UTC; whether it served {when} is not known"
    assert uncounted_in_words(gone, "Shop") == told
