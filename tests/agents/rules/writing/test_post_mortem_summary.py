"""The first page: the gravest that was measured, and nothing that another answer on it tells."""

from datetime import timedelta

from agents.reports.basis import Claim
from agents.reports.post_mortem import Impact
from agents.roles import workflow_optimizer
from agents.rules.writing.post_mortem_summary import first_page, gravest_of_each
from agents.runtime.briefing import Briefing, PostMortemDraft
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Damage, DamageKind, Ledger, Statement
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_public_wording import ILL

MINUTE = timedelta(minutes=1)


def hurt(kind: DamageKind, worst: float, minutes: int, service: str = "checkout", ended: int = 0) -> Damage:
    until = NOW - ended * MINUTE
    return Damage(
        service=service, kind=kind, since=until - minutes * MINUTE, until=until, is_open=False, worst=worst, cites=["9"]
    )


def with_damage(briefing: Briefing, *damage: Damage) -> Briefing:
    ledger = Ledger(services=["checkout", "shop", "ledger"], damage=list(damage), users_share=0.2)
    return briefing.model_copy(update={"ledger": ledger, "resolved_at": NOW})


async def test_the_whys_quote_the_gravest_that_was_measured_not_the_longest(
    briefing: Briefing, context: DutyContext
) -> None:
    milder, graver = hurt("errors", 0.266, 9, "shop"), hurt("errors", 1.0, 5)
    for worst, words in ((graver, "up to 100 % of requests failed"), (hurt("down", 1.0, 3), "none of its instances")):
        told = with_damage(briefing, milder, worst)
        root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
        assert root.five_whys[1].text.startswith(f"What was measured? checkout: {words}")


def test_what_happened_tells_each_kind_of_harm_before_the_same_kind_again(briefing: Briefing) -> None:
    refused = [hurt("refused", 0.5, 2, ended=ended) for ended in (3, 9)]
    failed, slow = hurt("errors", 0.3, 20), hurt("slow", 4.3, 20)
    assert {entry.kind for entry in gravest_of_each([*refused, failed, slow], briefing)} == {
        "errors",
        "refused",
        "slow",
    }
    assert gravest_of_each([*refused, failed], briefing) == [failed, *reversed(refused)]
    brief = [hurt("errors", share, 1, ended=ended) for share, ended in ((0.1, 30), (1.0, 20), (0.1, 10), (0.1, 0))]
    assert [entry.worst for entry in gravest_of_each([*brief, slow], briefing)] == [0.1, 1.0, slow.worst]


def test_harm_to_what_customers_have_a_name_for_is_told_before_that_to_what_lies_below_it(briefing: Briefing) -> None:
    below = [hurt("errors", 1.0, 9, service) for service in ("one", "two", "three")]
    assert "checkout" in {entry.service for entry in gravest_of_each([*below, hurt("errors", 0.3, 2)], briefing)}


async def test_what_failed_by_the_last_look_alone_is_told_beside_what_was_read_over_a_time(
    briefing: Briefing, context: DutyContext
) -> None:
    rates = {"services": ["checkout", "shop"], "error_rates": {"checkout": 0.9, "shop": 0.105}}
    looked = {"scope": ILL.model_copy(update=rates), "scope_at": NOW - MINUTE, "scope_ref": "0e"}
    told = with_damage(briefing, hurt("errors", 1.0, 5)).model_copy(update=looked)
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    for text in (first_page(told).what_happened, root.what_failed.text):
        assert text.endswith("14:30 UTC; shop: 10.5 % of requests failed at 14:29 UTC.")
    assert root.what_failed.cites == ["9", "0e"]
    for measured in ({"shop": 0.0}, {}):
        down = ILL.model_copy(update={"services": ["shop"], "error_rates": measured, "down": ["shop"]})
        page = first_page(told.model_copy(update={"scope": down}))
        assert page.what_happened.endswith("14:30 UTC; shop was completely down at 14:29 UTC.")


async def test_who_was_hurt_repeats_neither_what_happened_nor_for_how_long(
    briefing: Briefing, context: DutyContext
) -> None:
    told = with_damage(briefing, hurt("lost traffic", 0.0, 20))
    impact: Impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert impact.users.text.endswith("; 20 minutes of user impact.")
    page = first_page(told.model_copy(update={"post_mortem": PostMortemDraft(impact=impact)}))
    assert page.what_happened == "checkout: traffic had collapsed from 14:10 UTC to 14:30 UTC."
    assert page.who == "How many users is not known."
    assert page.how_long.startswith("20 minutes, from ")


async def test_only_what_was_measured_is_called_so_where_the_whole_impact_is_told(
    briefing: Briefing, context: DutyContext
) -> None:
    async def total(told: Briefing) -> str:
        timeline = await workflow_optimizer.reconstruct_timeline.without_model(told, context)
        return first_page(told.model_copy(update={"post_mortem": PostMortemDraft(timeline=timeline)})).total_impact

    down = with_damage(briefing, hurt("down", 1.0, 20), hurt("errors", 0.3, 9, "shop"))
    fired = down.alert.model_copy(update={"starts_at": NOW - 20 * MINUTE})
    by_alert = down.model_copy(update={"alert": fired})
    assert await total(down) == "20 minutes measured"
    began = "20 minutes: its beginning is when the alert began to fire, the rest was measured"
    assert await total(by_alert) == began
    assert "from 2026-03-02 14:10 UTC (when the alert began to fire) to 14:30 UTC" in first_page(by_alert).how_long
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(by_alert, context)
    assert any(entry.what.startswith("measured, its start taken from the alert: ") for entry in timeline.entries)
    over = {"fixed_at": NOW, "is_vouched": True}
    by_people = await total(briefing.model_copy(update=over))
    assert by_people.startswith("not measured; reported at ")
    assert by_people.endswith("and people said that it was over at 14:30 UTC")


async def test_a_person_and_a_model_are_quoted_on_the_first_page_as_they_said_it(
    briefing: Briefing, context: DutyContext
) -> None:
    words = "customers wait; 5 minutes of user impact, and going on"
    said = Statement(at=NOW, by="ada", words=words, cite="4")
    told = with_damage(briefing, hurt("lost traffic", 0.0, 20))
    told = told.model_copy(update={"ledger": told.ledger.model_copy(update={"statements": [said]})})
    impact: Impact = await workflow_optimizer.assess_impact.without_model(told, context)
    page = first_page(told.model_copy(update={"post_mortem": PostMortemDraft(impact=impact)}))
    assert page.who == f"How many users is not known; ada said at 14:30 UTC: “{words}”."
    of_a_model = impact.model_copy(update={"users": Claim(text="All; 20 minutes of user impact.", cites=["9"])})
    page = first_page(told.model_copy(update={"post_mortem": PostMortemDraft(impact=of_a_model)}))
    assert page.who == "All; 20 minutes of user impact."
