"""Support Responder and Executive Summary Generator: public names, nothing that is not established."""

from datetime import timedelta
from typing import Any

import pytest

from agents.reports.basis import Status
from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import TimelineEntry
from agents.reports.triage import Scope
from agents.roles import executive_summary_generator, support_responder
from agents.rules.writing import public_wording
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Act, Damage, Ledger, Statement
from tests.agents.conftest import NOW
from tests.agents.roles.test_mitigation import concluded

OVER = Ledger(
    users_affected=412,
    affected_share=0.41,
    users_share=0.41,
    services=["checkout"],
    damage=[Damage(service="checkout", kind="errors", since=NOW - timedelta(minutes=20), until=NOW, is_open=False)],
)
INTERNAL = ("checkout", "orders-db", "card-gateway")


def scope(**more: Any) -> Scope:
    usual: dict[str, Any] = {"summary": "", "users_affected": 412, "users_share": 0.41, "services": ["checkout"]}
    usual |= {"data_at_risk": "no", "abnormal": True, "error_rate": 0.4}
    return Scope.model_validate({**usual, **more})


@pytest.fixture
def known(briefing: Briefing) -> Briefing:
    return briefing.model_copy(update={"scope": scope(), "scope_at": NOW, "severity": "P0"})


@pytest.mark.parametrize("status", ["Investigating", "Identified", "Monitoring", "Resolved"])
async def test_an_update_carries_the_run_s_status_and_no_internal_name(
    known: Briefing, context: DutyContext, status: Status
) -> None:
    told = concluded(known).model_copy(update={"status": status, "fixed_at": NOW, "resolved_at": NOW})
    update = await support_responder.update_status_page.without_model(told, context)
    assert update.status == status
    assert not any(name in f"{update.impact} {update.current_action}" for name in INTERNAL)


async def test_users_read_what_they_notice(known: Briefing, context: DutyContext) -> None:
    update = await support_responder.update_status_page.without_model(known, context)
    assert update.impact == "About two in five requests to Checkout fail."


async def test_a_look_from_before_the_last_change_says_nothing_of_now(known: Briefing, context: DutyContext) -> None:
    acted = known.model_copy(update={"scope_at": NOW - timedelta(minutes=3), "acted_at": NOW - timedelta(minutes=1)})
    update = await support_responder.update_status_page.without_model(acted, context)
    assert update.impact == (
        "Trouble with Checkout was last measured at 14:27 UTC, when about two in five requests failed; we are checking"
        " it again."
    )


@pytest.mark.parametrize(("minutes", "words"), [(0, "is not available"), (15, "was last measured at 14:15 UTC")])
async def test_only_a_fresh_look_says_how_it_is_now(
    known: Briefing, context: DutyContext, minutes: int, words: str
) -> None:
    down = scope(completely_down=True, error_rate=1.0)
    looked = known.model_copy(update={"scope": down, "scope_at": NOW - timedelta(minutes=minutes)})
    assert words in (await support_responder.update_status_page.without_model(looked, context)).impact


async def test_no_cause_is_told_before_it_is_concluded(known: Briefing, context: DutyContext) -> None:
    update = await support_responder.update_status_page.without_model(known, context)
    brief = await executive_summary_generator.brief_stakeholders.without_model(known, context)
    words = f"{update.current_action} {brief.cause}"
    assert not any(cause in words for cause in public_wording.CAUSES.values())
    assert brief.cause == "Under investigation"


async def test_an_update_with_nothing_new_says_how_long_and_what_did_not_help(
    known: Briefing, context: DutyContext
) -> None:
    proposal = Proposal(action="restart", service="checkout", summary="")
    tried = Attempt(cause="infrastructure", component="checkout", proposal=proposal, outcome="did not help", at=NOW)
    first = await support_responder.update_status_page.without_model(known, context)
    act = Act(at=NOW, action="restart", service="checkout", cause="infrastructure", component="checkout", cite="1")
    since = Damage(service="checkout", kind="errors", since=NOW, until=NOW + timedelta(minutes=14), is_open=True)
    ledger = Ledger(acts=[act], damage=[since], services=["checkout"])
    later = known.model_copy(update={"attempts": [tried], "now": NOW + timedelta(minutes=15), "ledger": ledger})
    second = await support_responder.update_status_page.without_model(later, context)
    assert first.current_action != second.current_action
    assert "did not help" in second.current_action


async def test_nothing_is_said_not_to_have_helped_where_no_damage_was_measured_after_it(
    known: Briefing, context: DutyContext
) -> None:
    proposal = Proposal(action="restart", service="checkout", summary="")
    tried = Attempt(cause="infrastructure", component="checkout", proposal=proposal, outcome="did not help", at=NOW)
    act = Act(at=NOW, action="restart", service="checkout", cause="infrastructure", component="checkout", cite="1")
    before = Damage(service="checkout", kind="errors", since=NOW - timedelta(minutes=9), until=NOW, is_open=False)
    ledger = Ledger(acts=[act], damage=[before], services=["checkout"])
    update = await support_responder.update_status_page.without_model(
        known.model_copy(update={"attempts": [tried], "now": NOW + timedelta(minutes=15), "ledger": ledger}), context
    )
    assert "did not help" not in update.current_action


async def test_what_was_refused_and_never_done_is_not_said_to_have_been_tried(
    known: Briefing, context: DutyContext
) -> None:
    proposal = Proposal(action="restart", service="checkout", summary="")
    for outcome in ("did not help", "failed", "refused"):
        tried = Attempt(cause="infrastructure", component="checkout", proposal=proposal, outcome=outcome, at=NOW)
        update = await support_responder.update_status_page.without_model(
            known.model_copy(update={"attempts": [tried]}), context
        )
        assert "did not help" not in update.current_action


async def test_what_was_done_since_the_last_update_is_told(known: Briefing, context: DutyContext) -> None:
    line = TimelineEntry(at=NOW, what="rollback of checkout: goes back", cites=["00000001"])
    told = concluded(known).model_copy(update={"status": "Identified", "history": [line]})
    update = await support_responder.update_status_page.without_model(told, context)
    assert "At 14:30 UTC we began undoing a recent change" in update.current_action


async def test_a_brief_has_every_field_with_figures(known: Briefing, context: DutyContext) -> None:
    told = concluded(known, "recent deployment").model_copy(update={"ledger": OVER})
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert brief.situation.startswith("P0: Checkout is degraded, affecting 412 users (41.0 % of those active)")
    assert brief.cause.startswith("Under investigation — suspected: a recent change on our side")
    assert told.conclusion
    sure = told.model_copy(update={"conclusion": told.conclusion.model_copy(update={"confidence": "high"})})
    brief_of_known = await executive_summary_generator.brief_stakeholders.without_model(sure, context)
    assert brief_of_known.cause.startswith("Known — a recent change on our side")
    assert "820 USD" in brief.impact
    assert "20 minutes of user impact measured so far" in brief.impact
    assert brief.eta == "not known"


async def test_a_brief_says_of_a_stale_look_when_it_was(known: Briefing, context: DutyContext) -> None:
    acted = known.model_copy(update={"scope_at": NOW - timedelta(minutes=3), "acted_at": NOW - timedelta(minutes=1)})
    brief = await executive_summary_generator.brief_stakeholders.without_model(acted, context)
    assert brief.situation.startswith("P0: Checkout was degraded, affecting 412 users")
    assert brief.situation.endswith("; 40 % of its requests failed when it was last measured, at 14:27 UTC")


async def test_a_brief_does_not_say_that_nothing_fails_of_what_is_down(known: Briefing, context: DutyContext) -> None:
    down = known.model_copy(update={"scope": scope(completely_down=True, error_rate=0.0, users_affected=None)})
    brief = await executive_summary_generator.brief_stakeholders.without_model(down, context)
    assert "0 % of its requests" not in brief.situation


@pytest.mark.parametrize("status", ["Monitoring", "Resolved"])
async def test_once_it_is_over_a_brief_tells_the_worst_of_it_and_not_the_last_look(
    known: Briefing, context: DutyContext, status: Status
) -> None:
    calm = scope(users_affected=0, users_share=0.0, error_rate=0.0, abnormal=False)
    over = {"status": status, "fixed_at": NOW, "now": NOW + timedelta(minutes=5), "resolved_at": NOW, "ledger": OVER}
    told = known.model_copy(update={**over, "scope": calm, "revenue_lost": 0.0})
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert "after affecting 412 users (41.0 % of those active)" in brief.situation
    assert brief.impact.startswith("revenue at most about 820 USD lost (estimate); 412 users")
    assert "20 minutes of user impact" in brief.impact


@pytest.mark.parametrize("is_by_hand", [True, False])
@pytest.mark.parametrize("status", ["Monitoring", "Resolved"])
async def test_what_a_person_says_is_over_is_not_told_as_measured(
    known: Briefing, context: DutyContext, status: Status, is_by_hand: bool
) -> None:
    said = Statement(at=NOW, by="grace", words="", is_over=True, is_by_hand=is_by_hand, cite="0a")
    over: dict[str, Any] = {"status": status, "fixed_at": NOW, "resolved_at": NOW, "is_vouched": True, "scope_at": None}
    over["ledger"] = Ledger(statements=[said])
    told = concluded(known).model_copy(update=over)
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    update = await support_responder.update_status_page.without_model(told, context)
    words = f"{brief.situation} {brief.action} {brief.eta} {update.impact} {update.current_action}"
    assert "our team reports" in brief.situation
    assert "our team reports" in update.impact
    assert "repaired" not in words
    assert "It was disturbed from" not in update.impact
    assert not any(claim in words for claim in ("works again", "works as usual", "verified", "is restored"))


async def test_no_fault_is_removed_where_none_was_found(known: Briefing, context: DutyContext) -> None:
    told = known.model_copy(update={"status": "Resolved", "fixed_at": NOW, "resolved_at": NOW})
    update = await support_responder.update_status_page.without_model(told, context)
    assert update.current_action.startswith("It is over; we watched for 30 minutes")


async def test_what_is_not_known_is_called_so(briefing: Briefing, context: DutyContext) -> None:
    brief = await executive_summary_generator.brief_stakeholders.without_model(briefing, context)
    assert "an unknown number of users" in brief.situation
    assert "revenue not known" in brief.impact


async def test_an_eta_comes_from_the_proposal(known: Briefing, context: DutyContext) -> None:
    proposal = Proposal(action="restart", service="checkout", summary="", takes_effect_in_minutes=8)
    asked = TimelineEntry(at=NOW, what="asked people: Propose: restart checkout.", cites=[])
    told = known.model_copy(update={"proposal": proposal, "history": [asked]})
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert brief.eta == "about 8 minutes after approval"


async def test_users_are_told_of_trouble_of_some_minutes_ago_with_its_time(
    known: Briefing, context: DutyContext
) -> None:
    looked = known.model_copy(update={"scope_at": NOW - timedelta(minutes=7)})
    told = await support_responder.tell_users.without_model(looked, context)
    assert told.text.startswith("About two in five requests to Checkout fail, as last measured at 14:23 UTC. ")


async def test_users_are_told_of_a_substitute_only_where_one_is_active(known: Briefing, context: DutyContext) -> None:
    proposal = Proposal(action="fallback", service="checkout", summary="")
    waiting = await support_responder.tell_users.without_model(known.model_copy(update={"proposal": proposal}), context)
    active = known.model_copy(update={"proposal": proposal, "acted_at": NOW})
    told = await support_responder.tell_users.without_model(active, context)
    assert "substitute" not in waiting.text
    assert "is being moved to a substitute" in told.text
    assert "works again" not in told.text
    looked = {"scope": scope(abnormal=False, services=[], error_rate=0.0), "scope_at": NOW + timedelta(minutes=1)}
    well = await support_responder.tell_users.without_model(active.model_copy(update=looked), context)
    assert "works again with a substitute" in well.text
    assert not any(name in told.text for name in INTERNAL)


async def test_a_notification_is_a_draft_with_gaps(known: Briefing, context: DutyContext) -> None:
    draft = await executive_summary_generator.prepare_notification.without_model(known, context)
    assert draft.text.startswith("DRAFT")
    assert "[number not known yet]" in draft.text


async def test_a_brief_puts_the_trouble_of_others_on_no_service_that_shows_none(
    known: Briefing, context: DutyContext
) -> None:
    others = scope(services=["orders-db"], completely_down=False, error_rate=0.0)
    told = known.model_copy(update={"scope": others})
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert brief.situation.startswith("P0: Systems around Checkout were degraded at 14:30 UTC")
    unseen = known.model_copy(update={"scope": scope(abnormal=False, services=[], error_rate=None)})
    brief = await executive_summary_generator.brief_stakeholders.without_model(unseen, context)
    assert brief.situation.startswith("P0: What users of Checkout notice at present is not known; ")


async def test_what_only_people_say_is_over_is_not_told_as_a_fact(known: Briefing, context: DutyContext) -> None:
    said = Statement(at=NOW, by="ada", words="", is_over=True, cite="4")
    told = known.model_copy(
        update={"status": "Resolved", "is_vouched": True, "fixed_at": NOW, "ledger": Ledger(statements=[said])}
    )
    update = await support_responder.update_status_page.without_model(told, context)
    assert update.current_action.startswith("It is over, our team reports; we watched")
