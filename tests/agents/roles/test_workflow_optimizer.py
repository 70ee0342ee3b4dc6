"""Workflow Optimizer and Sprint Prioritizer: the post-mortem, and the tasks that come of it."""

from datetime import timedelta

import pytest

from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.reports.mitigation import Proposal
from agents.reports.post_mortem import ActionItem, ActionItems, TimelineEntry
from agents.roles import sprint_prioritizer, workflow_optimizer
from agents.rules.writing.measures import CAUSE_NOT_FOUND, LESSONS, NOTHING_WRONG, TO_BE_CONFIRMED, Lesson
from agents.rules.writing.post_mortem_summary import first_page
from agents.runtime.briefing import Briefing, PostMortemDraft
from agents.runtime.data_entries import DataLook
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Act, Confirmed, Damage, Ledger, Narrowed, Statement, Suspected
from tests.agents.conftest import NOW, ONSET
from tests.agents.roles.test_communicators import scope
from tests.agents.roles.test_mitigation import concluded


@pytest.fixture
def resolved(briefing: Briefing) -> Briefing:
    history = [TimelineEntry(at=briefing.started_at, what="alert received", cites=["0000000b"])]
    proposal = Proposal(action="rollback", service="checkout", summary="")
    told = concluded(briefing, "recent deployment", version="1.1.0")
    act = Act(at=NOW, action="rollback", service="checkout", cause="recent deployment", component="checkout", cite="1")
    until = NOW + timedelta(minutes=10)
    failed = Damage(service="checkout", kind="errors", since=ONSET, until=until, is_open=False, worst=0.4, cites=["9"])
    proof = Confirmed(at=until, cause="recent deployment", component="checkout", cite="a")
    ledger = Ledger(
        users_affected=412,
        affected_share=0.41,
        scope_cite="0000000c",
        users_share=0.41,
        acts=[act],
        damage=[failed],
        confirmed=[proof],
    )
    over = {"fixed_at": until, "resolved_at": NOW + timedelta(minutes=40), "acted_at": NOW}
    return told.model_copy(
        update={
            **over,
            "alert_ref": "0000000b",
            "now": NOW + timedelta(minutes=41),
            "history": history,
            "scope": scope(),
            "ledger": ledger.model_copy(update={"services": ["checkout"]}),
            "scope_ref": "0000000c",
            "proposal": proposal,
            "severity": "P1",
        }
    )


def without_fault(briefing: Briefing) -> Briefing:
    conclusion = Conclusion(verdict="nothing wrong", summary="checkout is within its usual range.")
    return briefing.model_copy(update={"conclusion": conclusion, "conclusion_ref": "0000000d", "resolved_at": NOW})


async def test_the_timeline_runs_from_the_introduction_to_the_end(resolved: Briefing, context: DutyContext) -> None:
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(resolved, context)
    assert timeline.introduced_at == ONSET
    assert timeline.detected_at == resolved.started_at
    assert timeline.resolved_at == resolved.resolved_at
    assert timeline.user_impact_minutes == 22
    assert [entry.at for entry in timeline.entries] == sorted(entry.at for entry in timeline.entries)


async def test_the_timeline_says_when_users_began_to_be_hurt_and_when_that_ended(
    resolved: Briefing, context: DutyContext
) -> None:
    minutes = timedelta(minutes=1)
    own = Damage(
        service="checkout", kind="errors", since=NOW - 20 * minutes, until=NOW, is_open=False, worst=0.4, cites=["2"]
    )
    caller = own.model_copy(
        update={"service": "shop", "worst": 0.1, "since": NOW - minutes, "until": NOW + 3 * minutes, "cites": ["3"]}
    )
    ledger = resolved.ledger.model_copy(update={"damage": [own, caller], "services": ["checkout", "shop"]})
    hurt = resolved.model_copy(update={"ledger": ledger})
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(hurt, context)
    measured = [(entry.at, entry.what[:16], entry.cites) for entry in timeline.entries if "measured" in entry.what]
    assert measured[0] == (own.since, "measured: checko", ["2"])
    assert measured[-1] == (caller.until, "measured: shop l", ["3"])
    going_on = [own, caller.model_copy(update={"is_open": True})]
    open_ledger = ledger.model_copy(update={"damage": going_on})
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(
        resolved.model_copy(update={"ledger": open_ledger}), context
    )
    assert not any("last failed its users" in entry.what for entry in timeline.entries)


async def test_what_a_person_found_stands_on_the_first_page_in_their_words(
    briefing: Briefing, context: DutyContext
) -> None:
    words = "a push to the configuration gave it a wrong address"
    said = Statement(at=NOW, by="on-call", words=words, cause="infrastructure", component="checkout", cite="4")
    named = Hypothesis(
        cause="infrastructure",
        component="checkout",
        statement="on-call names infrastructure of checkout as the cause",
        status="supported",
        support=[Claim(text="on-call names the cause.", cites=["4"])],
    )
    found = Conclusion(
        verdict="cause found",
        cause="infrastructure",
        component="checkout",
        confidence="high",
        summary="",
        hypotheses=[named],
    )
    told = briefing.model_copy(update={"conclusion": found, "conclusion_ref": "5", "ledger": Ledger(statements=[said])})
    sentence = f"on-call: “{words}” (infrastructure of checkout)"
    assert first_page(told).why == f"{sentence[:-1]}, high confidence)."
    root_cause = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert root_cause.what_failed == Claim(text=f"{sentence}.", cites=["4", "5"])
    assert root_cause.why == Claim(text="on-call named this cause at 14:30 UTC.", cites=["4"])
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    assert words in plan.monitoring
    read = named.model_copy(update={"support": [*named.support, Claim(text="it refuses connections", cites=["6"])]})
    both = told.model_copy(update={"conclusion": found.model_copy(update={"hypotheses": [read]})})
    assert first_page(both).why == f"{named.statement}; {sentence[:-1]}, high confidence)."


async def test_what_was_concluded_on_the_way_is_told_where_no_cause_stands_in_the_end(
    resolved: Briefing, context: DutyContext
) -> None:
    calm = Conclusion(verdict="recovered by itself", summary="It is over.")
    seen = Suspected(at=NOW, cause="recent deployment", component="checkout", is_firm=True, cite="0000000e")
    told = resolved.model_copy(
        update={"conclusion": calm, "ledger": resolved.ledger.model_copy(update={"suspected": [seen]})}
    )
    words = "Suspected since 14:30 UTC, and not confirmed: recent deployment of checkout."
    assert words in first_page(told).why
    report = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert words in report.why.text
    assert "0000000e" in report.why.cites
    assert "as what was suspected was not confirmed" in report.why_not_caught.text
    worded = seen.model_copy(update={"words": "checkout fails since 2.14."})
    stated = told.model_copy(update={"ledger": resolved.ledger.model_copy(update={"suspected": [worded]})})
    assert "not confirmed: recent deployment of checkout (checkout fails since 2.14)." in first_page(stated).why
    loose = seen.model_copy(update={"is_firm": False})
    vague = told.model_copy(update={"ledger": resolved.ledger.model_copy(update={"suspected": [loose]})})
    assert "Suspected" not in first_page(vague).why
    words = "Narrowed down to checkout. Still open: checkout failed first, for tenant 4711 alone."
    asked_for = " Not seen: database health of checkout. What would decide: the error log of checkout."
    narrowed = Narrowed(at=NOW, component="checkout", words=f"{words}{asked_for}", cite="0000000f")
    ledger = vague.ledger.model_copy(update={"narrowed": narrowed})
    page = first_page(vague.model_copy(update={"ledger": ledger}))
    assert page.why == f"The cause is not known. As far as it was known at 14:30 UTC: {words}"


def test_the_headline_joins_a_service_with_its_own_figure(resolved: Briefing) -> None:
    own = Damage(service="checkout", kind="errors", since=NOW, until=NOW, is_open=False, worst=1.0)
    caller = own.model_copy(update={"service": "shop", "worst": 0.3, "since": NOW - timedelta(minutes=9)})

    def headline(*damage: Damage) -> str:
        ledger = Ledger(services=["checkout", "shop"], damage=list(damage))
        return first_page(resolved.model_copy(update={"ledger": ledger})).title

    assert headline(own, caller).startswith("Checkout: nearly all requests failed; ")
    assert headline(caller).startswith("Shop: up to 30.0 % of requests failed; ")
    refused = own.model_copy(update={"kind": "refused"})
    beside = "Checkout: checks of its endpoints failed; Shop: up to 30.0 % of requests failed; 9 minutes"
    assert headline(refused, caller).startswith(beside)
    slightly = caller.model_copy(update={"service": "checkout", "worst": 0.25})
    assert headline(slightly, caller).startswith("Checkout: up to 25.0 % of requests failed; 9 minutes")
    down = own.model_copy(update={"kind": "down"})
    assert headline(down, caller).startswith("Checkout: none of its instances answered; 9 minutes")


def test_a_post_mortem_of_a_rehearsal_says_how_long_its_minutes_are(resolved: Briefing) -> None:
    assert "count as a minute" not in first_page(resolved).how_long
    hurried = resolved.model_copy(update={"minute": timedelta(seconds=3)})
    assert "(a rehearsal: 3 seconds count as a minute)" in first_page(hurried).how_long


async def test_five_whys_cite_and_end_where_the_evidence_ends(resolved: Briefing, context: DutyContext) -> None:
    report = await workflow_optimizer.analyse_root_cause.without_model(resolved, context)
    assert len(report.five_whys) == 5
    assert all(why.cites for why in report.five_whys)
    assert "evidence ends" in report.five_whys[-1].text


async def test_people_were_called_by_an_alert_and_what_was_measured_comes_after_it(
    resolved: Briefing, context: DutyContext
) -> None:
    called, measured, *_ = (await workflow_optimizer.analyse_root_cause.without_model(resolved, context)).five_whys
    came = f"The alert “{resolved.alert.title}” came from {resolved.alert.source}"
    assert called.text == f"Why were people called? {came} at {resolved.started_at:%H:%M} UTC."
    assert measured.text.startswith("What was measured? checkout: up to 40.0 % of requests failed")


async def test_where_no_cause_was_found_the_whys_end_with_what_would_show_more(
    resolved: Briefing, context: DutyContext
) -> None:
    unknown = Conclusion(verdict="insufficient evidence", summary="")
    report = await workflow_optimizer.analyse_root_cause.without_model(
        resolved.model_copy(update={"conclusion": unknown}), context
    )
    first, _, last = report.five_whys
    assert report.what_failed.text not in last.text
    assert last.text.endswith("Here the evidence ends. What would show more is not known.")
    assert first.text.startswith("Why were people called?")


async def test_nothing_wrong_blames_the_alert_and_nothing_else(briefing: Briefing, context: DutyContext) -> None:
    report = await workflow_optimizer.analyse_root_cause.without_model(without_fault(briefing), context)
    alert = f"The alert “{briefing.alert.title}” was false"
    assert report.what_failed.text == f"{alert}: checkout was within its usual range."
    assert "introduced" not in report.why_not_caught.text
    assert len(report.five_whys) == 2


async def test_nothing_wrong_cost_nobody_anything(briefing: Briefing, context: DutyContext) -> None:
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(without_fault(briefing), context)
    impact = await workflow_optimizer.assess_impact.without_model(without_fault(briefing), context)
    assert timeline.user_impact_minutes == 0
    assert timeline.introduced_at is None
    assert impact.users.text.startswith("No user was affected")


async def test_the_impact_has_users_revenue_reputation_and_data(resolved: Briefing, context: DutyContext) -> None:
    well = DataLook(at=resolved.now, words="", cite="8")
    ledger = resolved.ledger.model_copy(update={"services": ["checkout"], "data_found_well": well})
    told = resolved.model_copy(update={"revenue_lost": 0.0, "updates_sent": 3, "ledger": ledger})
    impact = await workflow_optimizer.assess_impact.without_model(told, context)
    assert "412 users" in impact.users.text
    assert impact.revenue.text.startswith("At most about 902 USD was lost (estimate: 41.0 % of users")
    blind = told.model_copy(update={"ledger": ledger.model_copy(update={"users_share": None})})
    blind_impact = await workflow_optimizer.assess_impact.without_model(blind, context)
    assert "which share of users met it was not measured" in blind_impact.revenue.text
    assert impact.reputation.text.startswith("3 public updates had been sent when the impact was assessed;")
    assert impact.data.text.startswith("No harm to data was found")


async def test_the_four_measures_name_the_component_and_the_version(resolved: Briefing, context: DutyContext) -> None:
    plan = await workflow_optimizer.plan_prevention.without_model(resolved, context)
    assert all("checkout" in measure for measure in (plan.monitoring, plan.testing, plan.process, plan.infrastructure))
    assert "1.1.0" in plan.testing


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("failover", "over to its standby automatically"),
        ("restart", "Restart checkout automatically"),
        ("by hand", "from reaching users"),
    ],
)
async def test_what_is_built_for_the_next_time_fits_what_ended_it(
    briefing: Briefing, context: DutyContext, action: str, words: str
) -> None:
    act = Act(at=NOW, action=action, service="checkout", cause="infrastructure", component="checkout", cite="1")
    proof = Confirmed(at=NOW, cause="infrastructure", component="checkout", cite="2")
    down = Damage(service="checkout", kind="refused", since=ONSET, until=NOW, is_open=False, worst=1.0)
    ledger = Ledger(acts=[act], confirmed=[proof], services=["checkout"], damage=[down])
    told = concluded(briefing).model_copy(update={"ledger": ledger})
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    assert words in plan.infrastructure
    open_still = told.model_copy(update={"ledger": Ledger(acts=[act])})
    plan = await workflow_optimizer.plan_prevention.without_model(open_still, context)
    assert "once the cause is confirmed" in plan.infrastructure


async def test_what_always_answered_is_not_to_be_restarted_automatically(
    briefing: Briefing, context: DutyContext
) -> None:
    act = Act(at=NOW, action="restart", service="checkout", cause="infrastructure", component="checkout", cite="1")
    proof = Confirmed(at=NOW, cause="infrastructure", component="checkout", cite="2")
    told = concluded(briefing).model_copy(update={"ledger": Ledger(acts=[act], confirmed=[proof])})
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    assert "Restart checkout" not in plan.infrastructure
    assert told.conclusion is not None
    gone = [one.model_copy(update={"statement": "checkout does not run"}) for one in told.conclusion.hypotheses]
    killed = told.model_copy(update={"conclusion": told.conclusion.model_copy(update={"hypotheses": gone})})
    plan = await workflow_optimizer.plan_prevention.without_model(killed, context)
    assert "Restart checkout" in plan.infrastructure
    items = (await workflow_optimizer.assign_action_items.without_model(told, context)).items
    assert items[0].action == "Fix what made the restart of checkout necessary."


@pytest.mark.parametrize(
    ("parameters", "to"), [({"dependency": "cardnet"}, "cardnet"), ({}, "what that stands in for")]
)
async def test_a_fallback_is_switched_back_without_a_word_of_a_provider_that_failed(
    briefing: Briefing, context: DutyContext, parameters: dict[str, str | int], to: str
) -> None:
    act = Act(at=NOW, action="fallback", service="checkout", cause=None, component="", cite="1", parameters=parameters)
    told = briefing.model_copy(update={"ledger": Ledger(acts=[act])})
    items = (await workflow_optimizer.assign_action_items.without_model(told, context)).items
    back = f"Switch checkout back from its fallback, once {to} is known to work"
    assert items[0].action == f"{back}; calls to it do not show that while the fallback is in use."


async def test_items_have_the_owner_of_the_component_and_a_deadline_ahead(
    resolved: Briefing, context: DutyContext
) -> None:
    items = (await workflow_optimizer.assign_action_items.without_model(resolved, context)).items
    assert items[0].action.startswith("Repair what was rolled back")
    assert {item.owner for item in items} == {"Checkout team"}
    assert all(resolved.now < item.deadline <= resolved.now + timedelta(days=30) for item in items)


async def test_a_false_alert_leaves_one_item_the_alert(briefing: Briefing, context: DutyContext) -> None:
    report = await workflow_optimizer.assign_action_items.without_model(without_fault(briefing), context)
    items = report.items
    assert report.summary.startswith("1 action item, due ")
    rule = f"the rule of the alert “{briefing.alert.title}”"
    assert [item.action for item in items] == [
        f"Review {rule}: what it counts, when it fires, and whether it is needed at all"
    ]


async def test_each_action_item_becomes_a_task(resolved: Briefing, context: DutyContext) -> None:
    items = await workflow_optimizer.assign_action_items.without_model(resolved, context)
    told = resolved.model_copy(update={"post_mortem": PostMortemDraft(action_items=items)})
    entries = (await sprint_prioritizer.add_prevention_tasks.without_model(told, context)).entries
    assert [entry.owner for entry in entries] == [item.owner for item in items.items]
    assert [entry.title for entry in entries] == [
        "Repair what was rolled back on checkout before it is deployed again",
        "Check whether an alert exists on checkout after each deployment, and add one if not",
        "Add a test before deployment that covers what 1.1.0 broke in checkout",
        "Roll out new versions of checkout to a small share of traffic first",
        "Roll back a deployment of checkout automatically when it fails its first checks",
    ]


@pytest.mark.parametrize("learned", [*LESSONS.values(), NOTHING_WRONG, CAUSE_NOT_FOUND, TO_BE_CONFIRMED])
async def test_no_task_has_a_title_that_breaks_off(learned: Lesson, briefing: Briefing, context: DutyContext) -> None:
    names = {"component": "checkout", "version": "1.1.0", "evidence": " (“it failed”)", "next_time": "Let it be"}
    names |= {"suspected": "it failed", "gaps": "None", "service": "checkout", "alert": "Fails: 5xx, and more"}
    actions = [words.format(**names) for words in learned[:4]]
    items = [ActionItem(action=f"{action}.", owner="", deadline=NOW) for action in actions]
    told = briefing.model_copy(
        update={"post_mortem": PostMortemDraft(action_items=ActionItems(items=items, summary=""))}
    )
    entries = (await sprint_prioritizer.add_prevention_tasks.without_model(told, context)).entries
    titles = [entry.title for entry in entries]
    assert all(action.startswith(title) and "…" not in title for action, title in zip(actions, titles, strict=True))
    assert all(title.count("“") == title.count("”") for title in titles)


async def test_a_p3_becomes_one_entry_for_the_next_sprint(briefing: Briefing, context: DutyContext) -> None:
    entries = (await sprint_prioritizer.add_to_backlog.without_model(briefing, context)).entries
    assert [(entry.owner, entry.deadline) for entry in entries] == [("Checkout team", "next sprint")]
