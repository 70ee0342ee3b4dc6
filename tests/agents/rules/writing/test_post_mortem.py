"""The post-mortem: what people say stands beside what was measured; neither takes the other away."""

from datetime import datetime, timedelta

import pytest

from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.roles import executive_summary_generator, workflow_optimizer
from agents.rules.diagnosis.signals import DOWN_FROM
from agents.rules.writing.lessons import NO_ANSWER_FROM, lesson
from agents.rules.writing.post_mortem_summary import first_page, outcome
from agents.runtime.briefing import Briefing
from agents.runtime.data_entries import DataFinding, DataLook, DataReading
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Act, Confirmed, Damage, Ledger, Narrowed, Statement
from tests.agents.conftest import NOW, ONSET
from tests.agents.rules.writing.test_public_wording import WELL

CALM = Conclusion(verdict="nothing wrong", summary="checkout is within its usual range.")
DENIALS = ("false alert", "Nothing failed", "No user was affected", "nothing wrong", "Nothing was found")


@pytest.mark.parametrize("is_by_hand", [True, False])
async def test_a_person_s_word_of_harm_is_not_denied_where_nothing_was_measured(
    briefing: Briefing, context: DutyContext, is_by_hand: bool
) -> None:
    words = "40 calls: nobody can pay"
    over = True if is_by_hand else None
    said = Statement(at=NOW, by="ada", words=words, is_over=over, is_by_hand=is_by_hand, cite="4")
    update = {"conclusion": CALM, "scope": WELL, "ledger": Ledger(statements=[said]), "resolved_at": NOW}
    told = briefing.model_copy(update=update)
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    root_cause = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    page = first_page(told)
    texts = [page.title, page.why, outcome(told), impact.users.text, root_cause.what_failed.text, root_cause.why.text]
    assert not [text for text in texts if any(denial in text for denial in DENIALS)]
    assert outcome(told) == f"cause not known: ada said: “{words}”; nothing was measured"
    assert impact.users.text == f"What users met was not measured; ada said at 14:30 UTC: “{words}”."
    assert words in page.what_happened
    assert words in (root_cause.why.text if is_by_hand else root_cause.what_failed.text)
    assert words not in page.why


def test_a_component_was_down_where_diagnosing_calls_it_down() -> None:
    assert NO_ANSWER_FROM == DOWN_FROM


def test_a_bare_word_that_it_is_over_leaves_a_false_alert_one(briefing: Briefing) -> None:
    said = Statement(at=NOW, by="ada", words="all is well here", is_over=True, cite="4")
    told = briefing.model_copy(update={"conclusion": CALM, "scope": WELL, "ledger": Ledger(statements=[said])})
    assert "a false alert" in first_page(told).title
    assert outcome(told) == "nothing wrong"


def test_who_says_why_an_alert_was_false_is_quoted_and_nothing_is_said_to_have_ended(briefing: Briefing) -> None:
    words = "the new rule counts all checkouts, not the failed ones; I removed it. Nothing was wrong"
    said = Statement(at=NOW, by="ada", words=words, is_over=True, is_by_hand=True, cite="4")
    act = Act(at=NOW, action="by hand", service="checkout", cause=None, component="checkout", cite="5")
    ledger = Ledger(statements=[said], acts=[act])
    page = first_page(
        briefing.model_copy(update={"conclusion": CALM, "scope": WELL, "fixed_at": NOW, "ledger": ledger})
    )
    assert page.why == f"Nothing was found to be wrong with checkout. ada said at 14:30 UTC: “{words}”."
    assert page.what_ended_it == "No harm was measured that had to end."


async def test_the_post_mortem_tells_of_data_that_was_lost_although_a_later_look_found_nothing(
    briefing: Briefing, context: DutyContext
) -> None:
    lost = DataFinding(is_lost=True, is_breach_suspected=False, words="data of checkout: 12 records lost", cite="7")
    told = briefing.model_copy(update={"scope": WELL, "scope_ref": "8", "ledger": Ledger(data=lost)})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert impact.data == Claim(text="Data was lost. Data of checkout: 12 records lost.", cites=["7"])


async def test_the_newest_look_that_could_tell_of_data_counts_and_is_told_with_its_time(
    briefing: Briefing, context: DutyContext
) -> None:
    unseen = WELL.model_copy(update={"data_at_risk": "unknown"})
    well = DataLook(at=NOW, words="data of checkout: 0 records lost", cite="7")
    told = briefing.model_copy(update={"scope": unseen, "scope_ref": "8", "ledger": Ledger(data_found_well=well)})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    text = "No harm to data was found when it was last checked, at 14:30 UTC. Data of checkout: 0 records lost."
    assert impact.data == Claim(text=text, cites=["7"])
    none = await workflow_optimizer.assess_impact.without_model(told.model_copy(update={"ledger": Ledger()}), context)
    assert none.data.text == "Whether data was at risk is not known."


async def test_a_line_that_several_roles_read_moments_apart_is_told_once(
    briefing: Briefing, context: DutyContext
) -> None:
    lines = [Claim(text=f"checkout writes “no price” {count} times", cites=[str(count)]) for count in (63, 64, 68)]
    own = Hypothesis(
        cause="code bug", component="checkout", statement="it fails", status="supported", strength=3, support=lines
    )
    found = Conclusion(
        verdict="cause found", cause="code bug", component="checkout", summary="It fails.", hypotheses=[own]
    )
    root = await workflow_optimizer.analyse_root_cause.without_model(
        briefing.model_copy(update={"conclusion": found}), context
    )
    assert root.why.text.count("no price") == 1
    assert "68 times" in root.why.text


async def test_a_reading_that_the_cause_quotes_is_told_once_with_its_last_figures(
    briefing: Briefing, context: DutyContext
) -> None:
    first, last = (Claim(text=f"{n} sessions of checkout wait for a lock", cites=[str(n)]) for n in (3, 14))
    own = RELEASE.model_copy(update={"statement": f"checkout is in trouble: {first.text}", "support": [first, last]})
    told = briefing.model_copy(update={"conclusion": BLAMED.model_copy(update={"hypotheses": [own]})})
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert root.what_failed.text == "checkout was in trouble: 14 sessions of checkout waited for a lock."
    assert root.why.text.count("sessions") == 1
    assert "3 sessions" not in "".join(why.text for why in root.five_whys).replace("14 sessions", "")
    assert first_page(told).why.startswith("checkout was in trouble: 14 sessions")


def exposed(service: str, count: int) -> DataReading:
    return DataReading(at=NOW, service=service, integrity_errors=count, cite="7")


async def test_harm_to_data_is_the_headline_and_is_counted_once_for_a_store_and_its_user(
    briefing: Briefing, context: DutyContext
) -> None:
    found = DataFinding(is_lost=False, is_breach_suspected=False, words="data of checkout: 81", cite="7")
    below = briefing.catalogue.services["checkout"].depends_on[0]
    ledger = Ledger(services=["checkout"], data=found, data_readings=[exposed("checkout", 81), exposed(below, 81)])
    told = briefing.model_copy(update={"scope": WELL, "ledger": ledger})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert first_page(told).title.endswith(": 81 integrity errors")
    assert impact.users.text.startswith("81 integrity errors; ")
    assert "No harm" not in impact.users.text
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert "no harm" not in brief.impact
    well = DataLook(at=NOW, words="data of checkout: nothing found", cite="9")
    only_read = ledger.model_copy(update={"data": None, "data_found_well": well})
    told = briefing.model_copy(update={"scope": WELL, "ledger": only_read})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert impact.data.text == "Data was at risk. 81 integrity errors."


async def test_a_quoted_person_is_cited_where_the_impact_is_told(briefing: Briefing, context: DutyContext) -> None:
    said = Statement(at=NOW, by="ada", words="Only Mexico.", cite="4")
    told = briefing.model_copy(update={"scope": WELL, "ledger": Ledger(statements=[said])})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert "4" in impact.users.cites
    root_cause = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert "“Only Mexico.”" in root_cause.why.text


RELEASE = Hypothesis(
    cause="recent deployment", component="checkout", statement="2.1.0 made it fail", status="supported", strength=3
)
BLAMED = Conclusion(
    verdict="cause found",
    cause="recent deployment",
    component="checkout",
    confidence="high",
    summary="It is the release.",
    hypotheses=[RELEASE.model_copy(update={"version": "2.1.0"})],
)


@pytest.mark.parametrize("is_confirmed", [True, False])
async def test_only_a_confirmed_cause_is_given_a_test_that_fails_on_it(
    briefing: Briefing, context: DutyContext, is_confirmed: bool
) -> None:
    proof = [Confirmed(at=NOW, cause="recent deployment", component="checkout", cite="5")] if is_confirmed else []
    told = briefing.model_copy(update={"conclusion": BLAMED, "ledger": Ledger(confirmed=proof)})
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    assert ("it fails on 2.1.0" in plan.testing) == is_confirmed


EXISTS, IF_NOT = "Check whether an alert exists on checkout", ", and add one if not; it fires in a test"


@pytest.mark.parametrize(
    ("sign", "harm", "words"),
    [
        (-6, -5, f"{EXISTS} for this failure{IF_NOT}"),
        (None, -4, f"{EXISTS} for this failure{IF_NOT}"),
        (-7, -5, f"{EXISTS} that fires before users notice what happened here{IF_NOT}"),
        (
            -12,
            -11,
            f"{EXISTS} that fires sooner than 6 minutes after the harm began{IF_NOT}",
        ),
        (None, None, f"{EXISTS} for this failure{IF_NOT}"),
    ],
)
def test_an_alert_before_users_notice_is_asked_for_only_where_a_sign_came_before_their_harm(
    briefing: Briefing, sign: int | None, harm: int | None, words: str
) -> None:
    began = NOW + timedelta(minutes=harm or 0)
    down = Damage(service="checkout", kind="errors", since=began, until=NOW, is_open=False, worst=1.0, cites=["9"])
    proof = Confirmed(at=NOW, cause="infrastructure", component="checkout", cite="5")
    first = None if sign is None else NOW + timedelta(minutes=sign)
    found = BLAMED.model_copy(update={"cause": "infrastructure", "hypotheses": [], "introduced_at": first})
    ledger = Ledger(services=["checkout"], confirmed=[proof], damage=[down] if harm else [])
    assert lesson(briefing.model_copy(update={"conclusion": found, "ledger": ledger})).monitoring == words


async def test_what_the_last_round_could_not_read_is_a_gap_and_without_it_none_is_named_or_denied(
    briefing: Briefing, context: DutyContext
) -> None:
    told = briefing.model_copy(update={"conclusion": Conclusion(verdict="recovered by itself", summary="ada: over")})
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    assert plan.infrastructure == "None is known."
    many = [f"error_log of {name}: not connected" for name in ("checkout", "ledger", "shop", "redis", "mail")]
    more = told.model_copy(update={"ledger": Ledger(unread=many)})
    shown = [f"error log of {name}: not connected" for name in ("checkout", "ledger", "shop")]
    assert lesson(more).where_it_ends == f"Not read: {'; '.join(shown)}; and 2 more"
    blind = told.model_copy(update={"ledger": Ledger(unread=["error_log(service=checkout): not connected"])})
    plan = await workflow_optimizer.plan_prevention.without_model(blind, context)
    assert "error_log(service=checkout)" in plan.infrastructure
    last_why = (await workflow_optimizer.analyse_root_cause.without_model(blind, context)).five_whys[-1]
    assert last_why.text.endswith("Not read: error_log(service=checkout): not connected.")


@pytest.mark.parametrize("of", ["checkout", "elsewhere"])
async def test_a_change_is_ruled_out_only_where_one_of_the_service_itself_was(
    briefing: Briefing, context: DutyContext, of: str
) -> None:
    gone = RELEASE.model_copy(update={"component": of, "status": "ruled out", "strength": 0})
    found = Conclusion(verdict="insufficient evidence", summary="Nothing says why.", hypotheses=[gone])
    brief = await executive_summary_generator.brief_stakeholders.without_model(
        briefing.model_copy(update={"conclusion": found}), context
    )
    assert ("ruled out a recent change" in brief.cause) == (of == "checkout")


@pytest.mark.parametrize("failed", [True, False])
async def test_a_later_look_at_a_caller_does_not_lead_away_from_what_was_measured_to_fail_below_it(
    briefing: Briefing, context: DutyContext, failed: bool
) -> None:
    later = Narrowed(at=NOW, component="shop", words="Narrowed down to shop.", cite="6")
    kind = "refused" if failed else "slow"
    down = Damage(service="checkout", kind=kind, since=ONSET, until=NOW, is_open=False, cites=["9"])
    open_end = Conclusion(verdict="insufficient evidence", component="shop", summary="Narrowed down to shop.")
    ledger = Ledger(services=["shop", "checkout"], damage=[down], narrowed=later)
    told = briefing.model_copy(update={"conclusion": open_end, "ledger": ledger})
    assert ("Narrowed down" in first_page(told).why) != failed
    items = (await workflow_optimizer.assign_action_items.without_model(told, context)).items
    assert {item.owner for item in items} == {"Checkout team" if failed else "Web team"}
    assert ("seen of checkout" in items[0].action) == failed


def test_an_end_that_nobody_measured_is_told_as_a_person_s_word(briefing: Briefing) -> None:
    said = Statement(at=NOW, by="ada", words="", is_over=True, is_by_hand=True, cite="4")
    act = Act(at=NOW, action="by hand", service="checkout", cause=None, component="checkout", cite="5")
    update = {"ledger": Ledger(statements=[said], acts=[act]), "is_vouched": True, "fixed_at": NOW}
    ended = first_page(briefing.model_copy(update=update)).what_ended_it
    assert ended.startswith("Its end was not measured")
    assert "ada said at 14:30 UTC that it was over" in ended


@pytest.mark.parametrize("more", ["abnormal", "customers", "nothing"])
async def test_nothing_failed_only_where_no_look_and_no_customer_says_otherwise(
    briefing: Briefing, context: DutyContext, more: str
) -> None:
    told = briefing.model_copy(update={"conclusion": CALM, "scope": WELL})
    if more == "abnormal":
        told = told.model_copy(update={"ledger": Ledger(was_abnormal=True)})
    if more == "customers":
        alert = told.alert.model_copy(update={"description": "12 customers write that they cannot pay"})
        told = told.model_copy(update={"alert": alert})
    root_cause = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert ("within its usual range" in root_cause.what_failed.text) == (more == "nothing")
    assert (outcome(told) == "nothing wrong") == (more == "nothing")


BEFORE = NOW - timedelta(minutes=20)
SLOW_FAULT = BLAMED.model_copy(
    update={
        "cause": "infrastructure",
        "introduced_at": BEFORE,
        "hypotheses": [RELEASE.model_copy(update={"cause": "infrastructure", "onset": BEFORE})],
    }
)
RELEASED = BLAMED.model_copy(update={"introduced_at": BEFORE - timedelta(minutes=2)})


@pytest.mark.parametrize(("found", "is_sign"), [(SLOW_FAULT, True), (RELEASED, False)])
async def test_a_first_sign_is_not_told_as_the_introduction(
    briefing: Briefing, context: DutyContext, found: Conclusion, is_sign: bool
) -> None:
    told = briefing.model_copy(update={"conclusion": found, "conclusion_ref": "6"})
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(told, context)
    assert ("or earlier, detected" in timeline.summary) == is_sign
    assert any(entry.what.startswith("first sign" if is_sign else "introduced") for entry in timeline.entries)
    assert first_page(told).is_first_sign == is_sign
    caught = (await workflow_optimizer.analyse_root_cause.without_model(told, context)).why_not_caught
    assert ("its first measured sign" in caught.text) == is_sign
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert ("first seen" in brief.cause) == is_sign


@pytest.mark.parametrize(
    ("damage", "said"), [(3, "3 minutes after"), (1, "2 minutes after"), (None, "2 minutes after")]
)
async def test_detection_is_counted_from_the_first_sign_that_was_measured(
    briefing: Briefing, context: DutyContext, damage: int | None, said: str
) -> None:
    def before(minutes: int) -> datetime:
        return briefing.started_at - timedelta(minutes=minutes)

    hypotheses = [RELEASE.model_copy(update={"cause": "infrastructure", "onset": before(2)})]
    sign = SLOW_FAULT.model_copy(update={"introduced_at": before(2), "hypotheses": hypotheses})
    hurt = [Damage(service="checkout", kind="errors", since=before(damage), until=NOW, is_open=False)] if damage else []
    ledger = Ledger(services=["checkout"], damage=hurt)
    told = briefing.model_copy(update={"conclusion": sign, "conclusion_ref": "6", "ledger": ledger})
    caught = (await workflow_optimizer.analyse_root_cause.without_model(told, context)).why_not_caught
    assert caught.text.endswith(f"The fault was detected {said} its first measured sign.")
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(told, context)
    first = before(max(damage or 2, 2))
    assert [entry.at for entry in timeline.entries if entry.what.startswith("first sign")] == [first]
    assert timeline.introduced_at == first


async def test_one_minute_is_one_minute(briefing: Briefing, context: DutyContext) -> None:
    since = briefing.started_at - timedelta(minutes=1)
    told = briefing.model_copy(update={"conclusion": RELEASED.model_copy(update={"introduced_at": since})})
    caught = (await workflow_optimizer.analyse_root_cause.without_model(told, context)).why_not_caught
    assert caught.text.endswith("The fault was detected 1 minute after it was introduced.")


async def test_a_repair_is_told_as_what_was_done_and_not_as_a_reason(briefing: Briefing, context: DutyContext) -> None:
    cause, repair = "the certificate has run out", "I renewed the certificate"
    said = [
        Statement(at=NOW, by="ada", words=cause, cause="infrastructure", component="checkout", cite="4"),
        Statement(at=NOW, by="ada", words=repair, is_over=True, is_by_hand=True, cite="5"),
    ]
    told = briefing.model_copy(update={"ledger": Ledger(statements=said)})
    why = (await workflow_optimizer.analyse_root_cause.without_model(told, context)).why
    done = f"What was done, as reported: ada at 14:30 UTC: “{repair}”."
    assert why.text == f"ada at 14:30 UTC: “{cause}”. No cause was confirmed. {done}"


async def test_words_that_it_is_over_are_told_as_what_ended_it_and_not_as_a_reason(
    briefing: Briefing, context: DutyContext
) -> None:
    words = "the payment provider says that it works again"
    said = Statement(at=NOW, by="ada", words=words, is_over=True, cite="5")
    told = briefing.model_copy(update={"ledger": Ledger(statements=[said]), "conclusion": BLAMED})
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert words in first_page(told).what_ended_it
    assert not [text for text in (root.why.text, *(why.text for why in root.five_whys)) if words in text]
    why = said.model_copy(update={"words": f"{words}, because of a reboot"})
    telling = told.model_copy(update={"ledger": Ledger(statements=[why])})
    assert words in (await workflow_optimizer.analyse_root_cause.without_model(telling, context)).why.text


async def test_a_brief_names_no_time_of_introduction_after_the_alert(briefing: Briefing, context: DutyContext) -> None:
    late = RELEASED.model_copy(update={"introduced_at": NOW + timedelta(minutes=5)})
    told = briefing.model_copy(update={"conclusion": late})
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert "UTC" not in brief.cause


def test_no_mitigation_is_said_to_have_ended_what_still_failed(briefing: Briefing) -> None:
    hurt = Damage(service="checkout", kind="errors", since=NOW, until=NOW, is_open=True, worst=0.4)
    act = Act(at=NOW, action="drain_instance", service="checkout", cause=None, component="checkout", cite="5")
    ledger = Ledger(damage=[hurt], services=["checkout"], acts=[act])
    told = briefing.model_copy(update={"conclusion": Conclusion(verdict="insufficient evidence", summary="")})
    assert "ended" not in lesson(told.model_copy(update={"ledger": ledger})).not_caught
    closed = ledger.model_copy(update={"damage": [hurt.model_copy(update={"is_open": False})]})
    assert "as it ended after a mitigation" in lesson(told.model_copy(update={"ledger": closed})).not_caught


async def test_what_began_and_ended_within_a_minute_of_the_clock_is_told_to_the_second(
    briefing: Briefing, context: DutyContext
) -> None:
    minute, since = timedelta(seconds=3), NOW + timedelta(seconds=5)
    hurt = Damage(service="checkout", kind="errors", since=since, until=since + 8 * minute, is_open=False, worst=0.4)
    ledger = Ledger(minute=minute, damage=[hurt], services=["checkout"])
    told = briefing.model_copy(update={"ledger": ledger, "minute": minute})
    assert first_page(told).how_long.startswith("8 minutes, from 2026-03-02 14:30:05 UTC to 14:30:29 UTC; ")
    short = ledger.model_copy(update={"damage": [hurt.model_copy(update={"until": since + minute})]})
    impact = await workflow_optimizer.assess_impact.without_model(told.model_copy(update={"ledger": short}), context)
    assert impact.users.text.endswith("; 1 minute of user impact.")
