"""Prevention: no task asks for what there is already, and none asks twice."""

from datetime import timedelta

import pytest

from agents.reports.basis import Cause
from agents.reports.investigation import Conclusion
from agents.reports.post_mortem import ActionItem, ActionItems, Prevention, TimelineEntry
from agents.roles import sprint_prioritizer, workflow_optimizer
from agents.rules.writing.lessons import lesson
from agents.rules.writing.wording import at
from agents.runtime.briefing import Briefing, PostMortemDraft
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Act, Confirmed, Damage, Ledger, Statement
from tests.agents.conftest import NOW, ONSET
from tests.agents.roles.test_mitigation import concluded

MINUTE = timedelta(minutes=1)
PROOF = Confirmed(at=NOW, cause="infrastructure", component="checkout", cite="2")


def handled(words: str) -> Statement:
    return Statement(at=NOW, by="ada", words=words, is_over=True, is_by_hand=True, cite="4")


@pytest.mark.parametrize(
    ("minute", "of", "is_asked"), [(2, "checkout", False), (2, "shop", True), (6, "checkout", True), (None, "", True)]
)
@pytest.mark.parametrize("is_known", [True, False])
async def test_no_task_asks_for_an_alert_where_one_on_that_fired_in_time(
    briefing: Briefing, context: DutyContext, minute: int | None, of: str, is_asked: bool, is_known: bool
) -> None:
    began = Damage(service="checkout", kind="errors", since=ONSET, until=NOW, is_open=False)
    came = {of: TimelineEntry(at=ONSET + minute * MINUTE, what="Errors")} if minute else {}
    ledger = Ledger(services=["checkout"], damage=[began], confirmed=[PROOF] if is_known else [], alerted=came)
    told = concluded(briefing) if is_known else briefing
    errors = briefing.alert.model_copy(update={"title": "Errors of checkout"})
    told = told.model_copy(update={"ledger": ledger, "started_at": ONSET + MINUTE, "alert": errors})
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    told = told.model_copy(update={"post_mortem": PostMortemDraft(prevention=plan)})
    items = (await workflow_optimizer.assign_action_items.without_model(told, context)).items
    assert any("alert" in item.action for item in items) == is_asked
    if not is_asked:
        assert plan.monitoring == "None: an alert on checkout fired in this incident, “Errors”."
        assert "None" not in plan.summary
    named = handled("its disk is full").model_copy(update={"cause": "infrastructure", "component": "checkout"})
    more = told.model_copy(update={"ledger": ledger.model_copy(update={"statements": [named]})})
    plan = await workflow_optimizer.plan_prevention.without_model(more, context)
    enough = "Check whether the alert “Errors” is enough for this cause (ada said: “its disk is full”), or whether"
    assert plan.monitoring.startswith(enough) == (is_known and not is_asked)


@pytest.mark.parametrize("cause", ["recent deployment", "infrastructure"])
@pytest.mark.parametrize(
    ("title", "is_measured", "is_enough"),
    [("Errors", True, True), ("Certificate expires in 12 days", True, False), ("Errors", False, False)],
)
async def test_an_alert_on_something_else_or_without_measured_harm_leaves_the_task(
    briefing: Briefing, context: DutyContext, cause: Cause, title: str, is_measured: bool, is_enough: bool
) -> None:
    began = Damage(service="checkout", kind="errors", since=ONSET, until=NOW, is_open=False)
    proof = PROOF.model_copy(update={"cause": cause})
    came = {"checkout": TimelineEntry(at=ONSET + 2 * MINUTE, what=title)}
    damage = [began] if is_measured else []
    ledger = Ledger(services=["checkout"], damage=damage, confirmed=[proof], alerted=came)
    told = concluded(briefing)
    assert told.conclusion is not None
    known = told.conclusion.model_copy(update={"cause": cause})
    errors = briefing.alert.model_copy(update={"title": "Errors of checkout"})
    update = {"ledger": ledger, "started_at": ONSET + MINUTE, "conclusion": known, "alert": errors}
    plan = await workflow_optimizer.plan_prevention.without_model(told.model_copy(update=update), context)
    asks = f"Check whether the alert “{title}”" if is_measured and cause == "infrastructure" else "Check whether an"
    assert plan.monitoring.startswith("None: an alert on checkout fired" if is_enough else asks)


@pytest.mark.parametrize("of", ["checkout", "shop"])
async def test_whether_an_alert_exists_is_not_asked_of_what_this_incident_s_alert_was_on(
    briefing: Briefing, context: DutyContext, of: str
) -> None:
    came = {of: TimelineEntry(at=NOW, what="Errors")}
    gone = Conclusion(verdict="recovered by itself", summary="")
    told = briefing.model_copy(update={"conclusion": gone, "ledger": Ledger(alerted=came)})
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    exists = "Check whether an alert exists on what was seen of checkout in this incident, and add one if not."
    enough = "Check whether the alert “Errors” is enough for what was seen here."
    assert plan.monitoring == (enough if of == "checkout" else exists)


async def test_an_alert_on_what_failed_that_came_late_is_told_and_is_to_fire_sooner(
    briefing: Briefing, context: DutyContext
) -> None:
    began = Damage(service="shop", kind="errors", since=ONSET, until=NOW, is_open=False)
    came = {"checkout": TimelineEntry(at=ONSET + 7 * MINUTE, what="CheckoutAbsent", cites=["fired"])}
    ledger = Ledger(services=["shop"], damage=[began], confirmed=[PROOF], alerted=came)
    told = concluded(briefing).model_copy(update={"ledger": ledger, "started_at": ONSET + MINUTE, "service": "shop"})
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    late = "Check whether the alert “CheckoutAbsent”, which came 7 minutes after the harm began, is enough"
    assert plan.monitoring.startswith(late)
    assert lesson(told).not_caught == (
        f"The first alert on checkout, “CheckoutAbsent”, came at {at(ONSET + 7 * MINUTE)}; no earlier warning is in"
        " this incident's transcript"
    )
    found = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert "fired" in found.why_not_caught.cites


@pytest.mark.parametrize("action", ["restart", "by hand"])
@pytest.mark.parametrize("is_told", [True, False])
async def test_one_task_asks_what_would_keep_it_from_coming_back(
    briefing: Briefing, context: DutyContext, action: str, is_told: bool
) -> None:
    act = Act(at=NOW, action=action, service="checkout", cause="infrastructure", component="checkout", cite="1")
    ledger = Ledger(acts=[act], confirmed=[PROOF], statements=[handled("I drained it")] if is_told else [])
    told = concluded(briefing).model_copy(update={"ledger": ledger})
    items = (await workflow_optimizer.assign_action_items.without_model(told, context)).items
    asks = [item.action for item in items if "what would keep" in item.action]
    assert [ask.split(" ")[0] for ask in asks] == (["Find"] if is_told else ["Decide"] if action == "by hand" else [])
    unsure = told.model_copy(update={"ledger": ledger.model_copy(update={"confirmed": []})})
    items = (await workflow_optimizer.assign_action_items.without_model(unsure, context)).items
    assert [item.action.split(" ")[0] for item in items if "what would keep" in item.action] == [
        ask.split(" ")[0] for ask in asks
    ]


async def test_what_a_model_asks_for_is_no_task_of_ours_because_it_begins_like_one(
    briefing: Briefing, context: DutyContext
) -> None:
    words = "Decide what would keep the pool of checkout from filling up."
    plan = Prevention(summary="", monitoring=words, testing=words, process=words, infrastructure=words)
    ledger = Ledger(confirmed=[PROOF], statements=[handled("I drained it")])
    told = concluded(briefing).model_copy(update={"ledger": ledger})
    told = told.model_copy(update={"post_mortem": PostMortemDraft(prevention=plan)})
    items = (await workflow_optimizer.assign_action_items.without_model(told, context)).items
    assert [item.action for item in items].count(words) == 4


@pytest.mark.parametrize("words", ["the rule counted all checkouts; I removed it. Nothing was wrong", "false alarm"])
async def test_a_rule_that_somebody_changed_is_not_told_to_stay(
    briefing: Briefing, context: DutyContext, words: str
) -> None:
    calm = Conclusion(verdict="nothing wrong", summary="")
    told = briefing.model_copy(update={"conclusion": calm, "ledger": Ledger(statements=[handled(words)])})
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    changed = f"Review what was done about the rule of the alert “{briefing.alert.title}” (ada said: “{words}”): what"
    assert plan.monitoring.startswith(changed) == ("removed" in words)
    assert "stays" not in f"{plan.monitoring} {plan.testing} {plan.process}"


async def test_a_plan_of_a_model_that_asks_for_nothing_leaves_no_task(briefing: Briefing, context: DutyContext) -> None:
    none = "None: the alert is right as it is."
    plan = Prevention(summary="", monitoring=none, testing=none, process=none, infrastructure=none)
    told = briefing.model_copy(update={"conclusion": Conclusion(verdict="nothing wrong", summary="")})
    told = told.model_copy(update={"post_mortem": PostMortemDraft(prevention=plan)})
    found = await workflow_optimizer.assign_action_items.without_model(told, context)
    assert (found.items, found.summary) == ([], "There are no action items.")
    told = told.model_copy(update={"post_mortem": PostMortemDraft(prevention=plan, action_items=found)})
    assert (await sprint_prioritizer.add_prevention_tasks.without_model(told, context)).entries == []


@pytest.mark.parametrize(
    ("action", "title"),
    [
        ("Add a test (“KeyError: 'x'”); it fails on 2.0.", "Add a test (“KeyError: 'x'”)"),
        (
            "Find out with ada why (ada said: “I ran it; twice”; bo said: “no”).",
            "Find out with ada why (ada said: “I ran it; twice”)",
        ),
        (f"Add an alert (“{'word ' * 20}”); it fires in a test.", f"Add an alert (“{'word ' * 11}word…”)"),
        ("Restore the data (12 records lost), and write it down.", "Restore the data"),
        (
            f"Check whether “a, b{' word' * 12}, c{' word' * 4}” is enough, or whether checkout needs one of its own.",
            f"Check whether “a, b{' word' * 11} …”",
        ),
        (f"Go through{' word' * 12}, and try to reproduce it.", f"Go through{' word' * 12}"),
    ],
)
async def test_a_title_keeps_the_words_that_a_task_rests_on(
    briefing: Briefing, context: DutyContext, action: str, title: str
) -> None:
    items = ActionItems(items=[ActionItem(action=action, owner="", deadline=NOW)], summary="")
    told = briefing.model_copy(update={"post_mortem": PostMortemDraft(action_items=items)})
    entries = (await sprint_prioritizer.add_prevention_tasks.without_model(told, context)).entries
    assert [entry.title for entry in entries] == [title]


@pytest.mark.parametrize(
    ("minute", "handled_at", "is_needed"), [(-1, None, True), (7, None, False), (-1, -3, False), (-1, -18, True)]
)
async def test_a_restart_that_nothing_called_for_leaves_no_task(
    briefing: Briefing, context: DutyContext, minute: int, handled_at: int | None, is_needed: bool
) -> None:
    said = [handled("I drained it").model_copy(update={"at": NOW + handled_at * MINUTE})] if handled_at else []
    act = Act(at=NOW + minute * MINUTE, action="restart", service="checkout", cause=None, component="", cite="1")
    down = Damage(service="checkout", kind="down", since=NOW - 20 * MINUTE, until=NOW, is_open=False, worst=1.0)
    ledger = Ledger(services=["checkout"], damage=[down], acts=[act], confirmed=[PROOF], statements=said)
    told = concluded(briefing).model_copy(update={"ledger": ledger})
    items = (await workflow_optimizer.assign_action_items.without_model(told, context)).items
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    assert any("restart of checkout necessary" in item.action for item in items) == is_needed
    assert ("Restart checkout automatically" in plan.infrastructure) == is_needed
    not_needed = "; the restart of checkout was not needed: it was over by then."
    assert plan.process.endswith(not_needed) == (minute > 0)


@pytest.mark.parametrize(("worst", "is_needed"), [(0.4, False), (1.0, True)])
async def test_a_restart_after_which_it_still_failed_was_needed_only_where_it_was_down(
    briefing: Briefing, context: DutyContext, worst: float, is_needed: bool
) -> None:
    act = Act(at=NOW - 9 * MINUTE, action="restart", service="checkout", cause=None, component="", cite="1")
    fails = Damage(service="checkout", kind="errors", since=ONSET, until=NOW, is_open=True, worst=worst)
    ledger = Ledger(services=["checkout"], damage=[fails], acts=[act])
    told = briefing.model_copy(update={"ledger": ledger})
    items = (await workflow_optimizer.assign_action_items.without_model(told, context)).items
    assert any("restart of checkout necessary" in item.action for item in items) == is_needed
