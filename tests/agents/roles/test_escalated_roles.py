"""Studio Producer, Project Shepherd, Finance Tracker, Legal Compliance Checker: concrete to the facts."""

from datetime import timedelta

import pytest

from agents.readings.production import DataSafety, Refusal
from agents.reports.mitigation import Proposal
from agents.roles import finance_tracker, legal_compliance_checker, project_shepherd, studio_producer
from agents.rules.severity.legal_assessment import ASK_AWARENESS
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Act, Damage, DataFinding, Ledger, Statement
from tests.agents.conftest import NOW, Answers
from tests.agents.roles.test_communicators import scope
from tests.agents.roles.test_mitigation import concluded, outage


@pytest.fixture
def long(briefing: Briefing) -> Briefing:
    return briefing.model_copy(
        update={"scope": scope(), "severity": "P0", "started_at": NOW - timedelta(minutes=31), "revenue_lost": 1240.0}
    )


async def test_a_failing_provider_is_escalated_to_its_vendor(long: Briefing, context: DutyContext) -> None:
    report = await studio_producer.add_resources.without_model(outage(long), context)
    assert "31 minutes" in report.assessment
    assert report.actions[0].startswith("Vendor escalation: call card-gateway")
    assert any("Checkout team" in action for action in report.actions)


async def test_without_a_cause_the_owner_is_called_to_look_for_it(long: Briefing, context: DutyContext) -> None:
    report = await studio_producer.add_resources.without_model(long, context)
    assert any(action.startswith("Call Checkout team into the channel, to look") for action in report.actions)


async def test_resources_are_drawn_in_from_the_owner(long: Briefing, context: DutyContext) -> None:
    proposal = Proposal(action="restart", service="checkout", summary="")
    tried = Attempt(cause="infrastructure", component="checkout", proposal=proposal, outcome="did not help", at=NOW)
    told = concluded(long).model_copy(
        update={"attempts": [tried], "severity": "P1", "started_at": NOW - timedelta(hours=4, minutes=5)}
    )
    report = await project_shepherd.reallocate_resources.without_model(told, context)
    assert "Checkout team" in report.actions[0]
    assert any(action.startswith("Relieve") for action in report.actions)
    assert "did not help" in report.assessment


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("failed", "A proposed restart could not be carried out: no such unit"),
        ("overtaken", "A proposed restart was out of date when it was approved: no such unit"),
        ("expired", "A proposed restart was not decided on in time: no such unit"),
    ],
)
async def test_what_was_never_carried_out_is_not_said_not_to_have_helped(
    long: Briefing, context: DutyContext, outcome: str, words: str
) -> None:
    proposal = Proposal(action="restart", service="checkout", summary="")
    known = {"cause": "infrastructure", "component": "checkout", "proposal": proposal, "at": NOW}
    tried = Attempt.model_validate({**known, "outcome": outcome, "said": "no such unit"})
    told = long.model_copy(update={"attempts": [tried]})
    for duty in (studio_producer.add_resources, project_shepherd.reallocate_resources):
        report = await duty.without_model(told, context)
        assert "did not help" not in f"{report.assessment} {' '.join(report.actions)}"
        assert words in report.assessment


async def test_an_escalation_claims_no_severity_for_the_time_before_it_was_raised(
    long: Briefing, context: DutyContext
) -> None:
    report = await studio_producer.add_resources.without_model(long, context)
    assert report.assessment.startswith("The incident on checkout, now a P0, has lasted 31 minutes")
    raised = {"conclusion": concluded(long).conclusion, "acted_at": None}
    report = await studio_producer.add_resources.without_model(long.model_copy(update=raised), context)
    assert report.assessment.endswith("; a remedy is looked for.")


async def test_a_late_post_mortem_names_what_is_missing(briefing: Briefing, context: DutyContext) -> None:
    told = briefing.model_copy(update={"resolved_at": NOW - timedelta(hours=49)})
    report = await project_shepherd.chase_post_mortem.without_model(told, context)
    assert len(report.actions) == 5
    assert "49 h" in report.assessment


async def test_the_revenue_is_shown_with_its_arithmetic(long: Briefing, context: DutyContext) -> None:
    told = long.model_copy(update={"revenue_limit": 1000.0})
    report = await finance_tracker.assess_business_impact.without_model(told, context)
    assert "1,240 USD" in report.assessment
    assert "100 USD per minute x 41.0 % of users x 31 minutes" in report.assessment
    assert "600 USD" in report.assessment
    assert report.asks == []


async def test_an_amount_that_is_not_set_is_asked_for(long: Briefing, context: DutyContext) -> None:
    for duty in (finance_tracker.assess_business_impact, studio_producer.assess_business_impact):
        report = await duty.without_model(long, context)
        assert any("ESC-5" in ask for ask in report.asks)


async def test_the_72_hours_run_from_the_recorded_awareness(briefing: Briefing, context: DutyContext) -> None:
    told = briefing.model_copy(update={"awareness_at": NOW})
    report = await legal_compliance_checker.assess_regulatory_notification.without_model(told, context)
    assert "2026-03-05 14:30 UTC" in report.clock
    assert ASK_AWARENESS not in report.asks


async def test_without_awareness_a_person_must_record_it(briefing: Briefing, context: DutyContext) -> None:
    for duty in (
        legal_compliance_checker.assess_regulatory_notification,
        legal_compliance_checker.assess_privacy_notification,
    ):
        report = await duty.without_model(briefing, context)
        assert ASK_AWARENESS in report.asks


async def test_exposed_records_are_likely_to_be_notified(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    safety = DataSafety(
        service="checkout", integrity_errors=0, records_lost=0, user_records_exposed=7, suspicious_access=[]
    )
    production.put("data_safety", "checkout", safety)
    report = await legal_compliance_checker.assess_privacy_notification.without_model(briefing, context)
    assert report.notification_likely_required == "yes"
    assert report.regimes == ["GDPR", "CCPA"]


async def test_what_cannot_be_checked_is_unclear(briefing: Briefing, context: DutyContext, production: Answers) -> None:
    production.put("data_safety", "checkout", Refusal(error="failed", said="audit: internal error"))
    report = await legal_compliance_checker.assess_regulatory_notification.without_model(briefing, context)
    assert report.notification_likely_required == "unclear"


@pytest.mark.parametrize(("is_found_elsewhere", "likely"), [(True, "unclear"), (False, "no")])
async def test_a_breach_of_what_lies_below_a_service_is_not_cleared_by_the_service_s_own_audit(
    briefing: Briefing, context: DutyContext, production: Answers, is_found_elsewhere: bool, likely: str
) -> None:
    safety = DataSafety(
        service="checkout", integrity_errors=0, records_lost=0, user_records_exposed=0, suspicious_access=[]
    )
    production.put("data_safety", "checkout", safety)
    listed = briefing.catalogue.services["checkout"].model_copy(update={"holds_user_data": False})
    services = {**briefing.catalogue.services, "checkout": listed}
    found = DataFinding(
        is_lost=False, is_breach_suspected=True, words="data of orders-db: 3 suspicious accesses", cite="7"
    )
    told = briefing.model_copy(
        update={
            "catalogue": briefing.catalogue.model_copy(update={"services": services}),
            "scope": scope(breach_suspected=is_found_elsewhere),
            "ledger": Ledger(data=found if is_found_elsewhere else None),
        }
    )
    report = await legal_compliance_checker.assess_regulatory_notification.without_model(told, context)
    assert report.notification_likely_required == likely
    assert ("3 suspicious accesses" in report.assessment) == is_found_elsewhere


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"is_over": True, "is_by_hand": True}, "It was handled, ada said at 14:28 UTC; that is being checked."),
        ({"is_over": True}, "It is over, ada said at 14:28 UTC; that is being checked."),
        ({"is_over": False}, "a remedy is looked for."),
    ],
)
async def test_an_escalation_after_somebody_has_handled_it_looks_for_no_remedy(
    long: Briefing, context: DutyContext, said: dict[str, bool], words: str
) -> None:
    told = Statement.model_validate({"at": NOW - timedelta(minutes=2), "by": "ada", "words": "", "cite": "0a", **said})
    found = {"conclusion": concluded(long).conclusion, "acted_at": None, "ledger": Ledger(statements=[told])}
    for duty in (studio_producer.add_resources, project_shepherd.reallocate_resources):
        report = await duty.without_model(long.model_copy(update=found), context)
        assert report.assessment.endswith(words)
        assert ("remedy" in report.actions[0]) == (not said["is_over"])
    proposal = Proposal(action="restart", service="checkout", summary="")
    known = {"cause": "infrastructure", "component": "checkout", "outcome": "did not help", "at": NOW}
    tried = Attempt.model_validate({**known, "proposal": proposal})
    report = await studio_producer.add_resources.without_model(
        long.model_copy(update={**found, "attempts": [tried]}), context
    )
    assert report.assessment.endswith(" did not help, the last being restart.")


LATER = NOW - timedelta(minutes=1)
FAILS = {"service": "checkout", "kind": "errors", "since": NOW - timedelta(minutes=20), "is_open": True}
RESTART = {"action": "restart", "service": "checkout", "cause": None, "component": "checkout", "cite": "0b"}


def hurt(since: float, until: float) -> dict[str, list[Damage]]:
    """Damage from so many minutes ago to so many."""
    stretch = {"since": NOW - timedelta(minutes=since), "until": NOW - timedelta(minutes=until)}
    return {"damage": [Damage.model_validate({**FAILS, **stretch})]}


@pytest.mark.parametrize("is_by_hand", [True, False])
@pytest.mark.parametrize(
    ("learned", "more", "is_checked"),
    [
        ({}, {}, True),
        (hurt(20, 13), {}, True),
        (hurt(20, 9), {}, True),  # the last samples of a rate still hold the time before
        (hurt(20, 1), {}, False),
        (hurt(11, 9), {}, False),
        ({"acts": [Act.model_validate({**RESTART, "at": LATER})]}, {}, False),
        ({}, {"status": "Investigating", "status_changed_at": LATER}, False),
        ({}, {"status": "Identified", "status_changed_at": LATER}, True),
    ],
)
async def test_a_word_that_it_is_over_is_being_checked_until_something_later_speaks_against_it(
    long: Briefing,
    context: DutyContext,
    learned: dict[str, object],
    more: dict[str, object],
    is_checked: bool,
    is_by_hand: bool,
) -> None:
    word = {"by": "ada", "words": "", "is_over": True, "is_by_hand": is_by_hand, "cite": "0a"}
    said = Statement.model_validate({"at": NOW - timedelta(minutes=12), **word})
    ledger = Ledger(services=["checkout"], statements=[said]).model_copy(update=learned)
    told = long.model_copy(update={"ledger": ledger, "acted_at": None, **more})
    report = await studio_producer.add_resources.without_model(told, context)
    assert ("that is being checked" in report.assessment) == is_checked


@pytest.mark.parametrize(
    ("until", "noticed"),
    [
        (2, "trouble with Checkout was last measured at 14:28 UTC"),
        (20, "trouble with Checkout was last measured at 14:10 UTC"),
        (None, "notice is not known"),
    ],
)
async def test_an_escalation_tells_what_was_measured_of_users_last(
    long: Briefing, context: DutyContext, until: int | None, noticed: str
) -> None:
    fails = [] if until is None else [Damage.model_validate({**FAILS, "until": NOW - timedelta(minutes=until)})]
    ledger = Ledger(services=["checkout"], damage=fails)
    told = long.model_copy(update={"now": NOW, "scope": None, "scope_at": None, "ledger": ledger})
    for duty in (studio_producer.add_resources, studio_producer.assess_business_impact):
        report = await duty.without_model(told, context)
        assert noticed in report.assessment


async def test_an_escalation_names_the_other_services_that_fail(long: Briefing, context: DutyContext) -> None:
    rates = {"services": ["checkout", "shop"], "error_rates": {"checkout": 0.31, "shop": 0.105}}
    looked = {"scope": scope().model_copy(update=rates), "scope_at": long.now}
    told = long.model_copy(update={**looked, "ledger": Ledger(services=["checkout", "shop"])})
    for duty in (studio_producer.add_resources, studio_producer.assess_business_impact):
        report = await duty.without_model(told, context)
        assert "; also affected: Shop" in report.assessment


async def test_an_escalation_tells_what_else_users_notice_where_nothing_was_measured_of_the_alerted_service(
    long: Briefing, context: DutyContext
) -> None:
    fails = Damage.model_validate({**FAILS, "service": "shop", "until": NOW})
    ledger = Ledger(services=["shop"], damage=[fails])
    told = long.model_copy(update={"now": NOW, "scope": None, "scope_at": None, "ledger": ledger})
    for duty in (studio_producer.add_resources, studio_producer.assess_business_impact):
        report = await duty.without_model(told, context)
        assert "minutes: affected when last measured, at 14:30 UTC: Shop" in report.assessment
        assert "notice is not known" not in report.assessment


async def test_an_escalation_tells_trouble_of_some_minutes_ago_with_its_time(
    long: Briefing, context: DutyContext
) -> None:
    told = long.model_copy(update={"scope_at": long.now - timedelta(minutes=7)})
    for duty in (studio_producer.add_resources, studio_producer.assess_business_impact):
        report = await duty.without_model(told, context)
        assert " requests to Checkout fail, as last measured at 14:23 UTC" in report.assessment
