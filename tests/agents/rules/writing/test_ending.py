"""What ended an incident: nothing that came after it, and nothing where its end was not measured."""

from datetime import timedelta

import pytest

from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.reports.mitigation import Proposal
from agents.roles import executive_summary_generator, workflow_optimizer
from agents.rules.writing.ending import last_act, seen_again, was_never_over, what_ended_it
from agents.rules.writing.post_mortem_summary import first_page, outcome
from agents.rules.writing.public_progress import progress
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import BY_HAND, Act, Damage, Ledger, Relapse, Statement, Tried
from agents.runtime.uncounted import Uncounted
from tests.agents.conftest import NOW

MINUTE = timedelta(minutes=1)
FAILED = Damage(
    service="checkout", kind="errors", since=NOW - 20 * MINUTE, until=NOW, is_open=False, worst=0.4, cites=["9"]
)
FOUND = Conclusion(
    verdict="cause found",
    cause="infrastructure",
    component="checkout",
    summary="",
    hypotheses=[
        Hypothesis(
            cause="infrastructure", component="checkout", statement="its disk is full", status="supported", strength=2
        )
    ],
)
GONE_DARK = Uncounted(service="checkout", since=NOW - 12 * MINUTE, until=NOW - 5 * MINUTE, is_open=False)
GONE = Conclusion(verdict="recovered by itself", summary="")


def act(minute: int, action: str = "restart") -> Act:
    return Act(at=NOW + minute * MINUTE, action=action, service="checkout", cause=None, component="checkout", cite="1")


def handled(minute: int, by_hand: bool = True) -> Statement:
    words = "I drained the queue"
    return Statement(
        at=NOW + minute * MINUTE, by="ada", words=words, is_over=True, is_by_hand=by_hand, cite=f"{minute}"
    )


def ended(
    briefing: Briefing, *acts: Act, said: tuple[Statement, ...] = (), damage: tuple[Damage, ...] = (FAILED,)
) -> Briefing:
    ledger = Ledger(services=["checkout"], damage=list(damage), acts=list(acts), statements=list(said))
    update = {"ledger": ledger, "conclusion": GONE, "status": "Resolved", "resolved_at": NOW + 40 * MINUTE}
    return briefing.model_copy(update={**update, "fixed_at": NOW + 9 * MINUTE, "now": NOW + 41 * MINUTE})


def test_a_change_after_the_last_damage_ended_nothing(briefing: Briefing) -> None:
    assert last_act(ended(briefing, act(3))) is None
    assert what_ended_it(ended(briefing, act(3))) == "it was over before the restart of checkout at 14:33 UTC"
    assert outcome(ended(briefing, act(3))) == "recovered by itself"
    assert last_act(ended(briefing, act(-3), act(3))) == act(-3)


def test_between_two_checks_of_endpoints_a_change_may_have_ended_it(briefing: Briefing) -> None:
    refused = FAILED.model_copy(update={"kind": "refused"})
    assert last_act(ended(briefing, act(3), damage=(refused,))) == act(3)


def test_a_change_of_ours_comes_before_a_later_report_unless_it_did_not_help(briefing: Briefing) -> None:
    told = ended(briefing, act(-6), act(-1, BY_HAND), said=(handled(-1),))
    assert last_act(told) == act(-6)
    proposal = Proposal(action="restart", service="checkout", summary="", takes_effect_in_minutes=5)
    tried = Attempt(cause="", component="", proposal=proposal, outcome="did not help", at=NOW - 2 * MINUTE)
    assert last_act(told.model_copy(update={"attempts": [tried]})) == act(-1, BY_HAND)


async def test_a_change_after_which_no_user_was_hurt_is_not_told_as_one_that_did_not_help(
    briefing: Briefing, context: DutyContext
) -> None:
    slow = Proposal(action="restart", service="checkout", summary="")
    tried = Attempt(cause="", component="", proposal=slow, outcome="did not help", at=NOW + 5 * MINUTE)
    told = ended(briefing, act(-1), act(6, BY_HAND), said=(handled(6),)).model_copy(update={"attempts": [tried]})
    assert what_ended_it(told).startswith("it ended after the restart of checkout at 14:29 UTC")
    plan = await workflow_optimizer.plan_prevention.without_model(told, context)
    assert "did not help" not in plan.process
    went_on = FAILED.model_copy(update={"until": NOW + 9 * MINUTE})
    ledger = told.ledger.model_copy(update={"damage": [went_on]})
    plan = await workflow_optimizer.plan_prevention.without_model(told.model_copy(update={"ledger": ledger}), context)
    assert "look at why a mitigation did not help" in plan.process


async def test_the_timeline_tells_which_change_had_not_helped(briefing: Briefing, context: DutyContext) -> None:
    proposal = Proposal(action="restart", service="checkout", summary="", takes_effect_in_minutes=5)
    tried = Attempt(cause="", component="", proposal=proposal, outcome="did not help", at=NOW - 2 * MINUTE, cites=["7"])
    told = ended(briefing, act(-15)).model_copy(update={"attempts": [tried]})
    lines = (await workflow_optimizer.reconstruct_timeline.without_model(told, context)).entries
    assert [(line.at, line.cites) for line in lines if line.what == "the restart of checkout did not help"] == [
        (tried.at, ["7"])
    ]


async def test_what_people_told_stands_on_every_page_the_newest_first_and_what_came_of_it(
    briefing: Briefing, context: DutyContext
) -> None:
    early = handled(-15).model_copy(update={"words": "a config push broke orders-db; I put the old one back"})
    told = ended(briefing, act(-15, BY_HAND), act(1, BY_HAND), said=(early, handled(1)))
    accounts = (
        f"ada said at 14:31 UTC: “I drained the queue”. ada said at 14:15 UTC: “{early.words}”; it went on after that."
    )
    page = first_page(told)
    assert accounts in f"{page.what_ended_it.partition('; ')[2].partition('; ')[2]} {page.why.partition('. ')[2]}"
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert accounts in root.five_whys[-1].text
    assert root.why.text.index("I drained") < root.why.text.index("a config push") < root.why.text.index("it went on")
    item = (await workflow_optimizer.assign_action_items.without_model(told, context)).items[0]
    assert item.action.startswith("Find out with ada what would keep this from happening again (ada said: “I drained")
    assert early.words in item.action
    assert item.owner == "Data team"
    alone = ended(briefing, act(-7, BY_HAND), said=(handled(-7),))
    assert "it went on" not in first_page(alone).what_ended_it  # a repair takes its time
    assert "it went on" in first_page(ended(briefing, act(-12, BY_HAND), said=(handled(-12),))).what_ended_it
    known = told.model_copy(update={"conclusion": FOUND})
    assert early.words in first_page(known).why
    assert "I drained" not in first_page(known).why
    assert "I drained" in first_page(known).what_ended_it
    root = await workflow_optimizer.analyse_root_cause.without_model(known, context)
    assert accounts in " ".join(why.text for why in root.five_whys)


def test_a_check_that_found_no_recovery_is_told_of_what_a_person_did(briefing: Briefing) -> None:
    by_hand = Proposal(action=None, service="checkout", summary="")
    tried = Attempt(cause="", component="", proposal=by_hand, outcome="did not help", at=NOW + 3 * MINUTE)
    goes_on = FAILED.model_copy(update={"is_open": True})
    told = ended(briefing, act(1, BY_HAND), said=(handled(1),), damage=(goes_on,))
    said = "ada said at 14:31 UTC: “I drained the queue”; a check at 14:33 UTC found that it did not help."
    assert said in first_page(told.model_copy(update={"attempts": [tried]})).what_ended_it


async def test_a_change_is_not_told_as_why_it_failed(briefing: Briefing, context: DutyContext) -> None:
    shown = [Claim(text="no space is left", cites=["8"]), Claim(text="restart of checkout was done", cites=["1"])]
    own = FOUND.hypotheses[0].model_copy(update={"support": shown})
    found = FOUND.model_copy(update={"hypotheses": [own]})
    told = ended(briefing, act(-3)).model_copy(update={"conclusion": found})
    root = await workflow_optimizer.analyse_root_cause.without_model(told, context)
    assert root.why.text == "no space is left."
    assert not [why for why in root.five_whys if "restart" in why.text]


async def test_what_made_a_change_necessary_is_for_those_who_own_what_was_changed(
    briefing: Briefing, context: DutyContext
) -> None:
    restart = act(-15).model_copy(update={"service": "orders-db"})
    items = (await workflow_optimizer.assign_action_items.without_model(ended(briefing, restart), context)).items
    assert [item.owner for item in items if "restart of orders-db" in item.action] == ["Data team"]


def test_what_had_to_be_said_again_and_again_is_not_told_as_what_ended_it(briefing: Briefing) -> None:
    pressed = (handled(-18), handled(-14), handled(-9))
    told = ended(briefing, *(act(minute, BY_HAND) for minute in (-18, -14, -9)), said=pressed)
    said = "ada said at 14:12 UTC, and again at 14:21 UTC: “I drained the queue”"
    assert what_ended_it(told) == f"it ended at 14:30 UTC; what ended it is not known; {said}"


def test_what_was_done_by_hand_was_done_before_it_was_told(briefing: Briefing) -> None:
    told = ended(briefing, act(9, BY_HAND), said=(handled(9),))
    assert last_act(told) == act(9, BY_HAND)
    assert what_ended_it(told) == "it ended at 14:30 UTC; ada said at 14:39 UTC: “I drained the queue”"


def test_who_says_that_nobody_did_anything_is_quoted_and_no_change_is_told(briefing: Briefing) -> None:
    said = handled(-1).model_copy(update={"words": "it went away by itself, nobody did anything"})
    words = what_ended_it(ended(briefing, act(-1, BY_HAND), said=(said,)))
    assert words == f"it ended at 14:30 UTC; ada said at 14:29 UTC: “{said.words}”"


def test_after_a_change_of_ours_what_was_done_by_hand_is_told_too(briefing: Briefing) -> None:
    told = ended(briefing, act(-6), act(3, BY_HAND), said=(handled(3),))
    said = "ada said at 14:33 UTC: “I drained the queue”"
    assert what_ended_it(told) == f"it ended after the restart of checkout at 14:24 UTC; {said}"


@pytest.mark.parametrize("unseen", [0, 1])
async def test_the_end_is_not_told_where_damage_was_still_open_when_it_was_last_measured(
    briefing: Briefing, context: DutyContext, unseen: int
) -> None:
    lost = FAILED.model_copy(update={"is_open": True, "until": NOW - 5 * MINUTE, "kind": "slow"})
    damage = (lost, FAILED) if unseen else (FAILED.model_copy(update={"is_open": True}),)
    told = ended(briefing, said=(handled(9, by_hand=False),), damage=damage).model_copy(update={"is_vouched": True})
    timeline = await workflow_optimizer.reconstruct_timeline.without_model(told, context)
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    words = [outcome(told), first_page(told).what_ended_it, brief.cause, *(entry.what for entry in timeline.entries)]
    wrong = ("over before anything", "recovered by itself", "last failed its users")
    assert not [text for text in words if any(claim in text for claim in wrong)]
    assert "its end was not measured; it still failed when it was last measured" in outcome(told)
    assert "when it was last measured" in first_page(told).how_long


def test_verified_recovery_is_a_measured_end(briefing: Briefing) -> None:
    told = ended(briefing, damage=(FAILED.model_copy(update={"is_open": True}),))
    assert outcome(told) == "recovered by itself"


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_change_whose_call_failed_is_told_as_made_where_a_reading_shows_it(briefing: Briefing, is_seen: bool) -> None:
    seen_at = NOW + 3 * MINUTE if is_seen else None
    tried = Tried.model_validate(act(-2, "rollback").model_dump() | {"parameters": {"version": "1.9"}})
    tried = tried.model_copy(update={"seen_at": seen_at})
    told = ended(briefing)
    told = told.model_copy(update={"ledger": told.ledger.model_copy(update={"tried": [tried]})})
    made = "it ended after the rollback of checkout was attempted at 14:28 UTC; no success was reported back, but "
    made += "version 1.9 was"
    unknown = "it ended without a change that is known here"
    assert what_ended_it(told) == (f"{made} running by 14:33 UTC" if is_seen else unknown)
    assert outcome(told) == (f"cause not known; {what_ended_it(told)}" if is_seen else "recovered by itself")


RELAPSED = (
    FAILED.model_copy(update={"until": NOW - 10 * MINUTE}),
    FAILED.model_copy(update={"since": NOW - 2 * MINUTE}),
)


def came_back(told: Briefing, *minutes: int) -> Briefing:
    ledger = told.ledger.model_copy(
        update={"relapses": [Relapse(at=NOW + minute * MINUTE) for minute in minutes or (-3,)]}
    )
    return told.model_copy(update={"ledger": ledger})


def said_early(told: Briefing) -> dict[str, object]:
    (relapse,) = told.ledger.relapses
    return {"relapses": [relapse.model_copy(update={"said_over": handled(-11)})]}


def test_what_a_relapse_followed_is_not_told_as_what_ended_it(briefing: Briefing) -> None:
    early = act(-12, "rollback")
    again = "it was seen again at 14:27 UTC after the rollback of checkout at 14:18 UTC"
    nothing = came_back(ended(briefing, early, damage=RELAPSED))
    assert what_ended_it(nothing) == f"{again}; what ended it then is not known"
    assert outcome(nothing) == f"cause not known; {again}; what ended it then is not known"
    too_late = came_back(ended(briefing, early, act(3), damage=RELAPSED))
    assert what_ended_it(too_late) == f"{again}; it was over before the restart of checkout at 14:33 UTC"
    later = came_back(ended(briefing, early, act(-1), damage=RELAPSED))
    assert what_ended_it(later) == "it ended after the restart of checkout at 14:29 UTC"
    told = came_back(ended(briefing, early, act(3, BY_HAND), said=(handled(-11), handled(3)), damage=RELAPSED))
    assert what_ended_it(told).endswith("; ada said at 14:19 UTC, and again at 14:33 UTC: “I drained the queue”")
    assert "rollback" not in what_ended_it(told)
    early_word = came_back(ended(briefing, early, said=(handled(-11),), damage=RELAPSED))
    assert what_ended_it(early_word) == f"{again}; what ended it then is not known"


def test_what_a_person_alone_had_called_over_was_not_seen_again(briefing: Briefing) -> None:
    told = came_back(ended(briefing, said=(handled(-11),), damage=RELAPSED))
    early_one = Relapse(at=NOW - 3 * MINUTE, said_over=handled(-11))
    ledger = told.ledger.model_copy(update={"relapses": [early_one]})
    early = "ada said at 14:19 UTC that it was over; it was still measured at 14:27 UTC"
    told = told.model_copy(update={"ledger": ledger})
    assert what_ended_it(told) == f"{early}; what ended it then is not known"
    assert "detected at 14:25 UTC, still measured at 14:27 UTC" in first_page(told).how_long


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        ((-9, -3), "seen again at 14:21 UTC and 14:27 UTC"),
        ((-9, -8, -6, -3), "seen again 4 times, first at 14:21 UTC and last at 14:27 UTC"),
    ],
)
def test_every_relapse_is_told(briefing: Briefing, minutes: tuple[int, ...], told: str) -> None:
    again = came_back(ended(briefing, act(-12, "rollback"), damage=RELAPSED), *minutes)
    assert f"it was {told} after the rollback of checkout at 14:18 UTC" in what_ended_it(again)
    assert f"; detected at 14:25 UTC, {told}, closed at" in first_page(again).how_long


def test_a_relapse_that_was_not_measured_as_damage_is_not_over_before_what_came_after_it(briefing: Briefing) -> None:
    told = came_back(ended(briefing, act(-1), act(9)), 5)
    assert what_ended_it(told) == "it ended after the restart of checkout at 14:39 UTC"
    by_hand = came_back(ended(briefing, act(-1), act(9, BY_HAND), said=(handled(9),)), 5)
    again = "it was seen again at 14:35 UTC after the restart of checkout at 14:29 UTC, and is over"
    assert what_ended_it(by_hand) == f"{again}; ada said at 14:39 UTC: “I drained the queue”"


def test_a_relapse_whose_end_was_not_measured_still_names_the_last_change(briefing: Briefing) -> None:
    open_still = (RELAPSED[0], RELAPSED[1].model_copy(update={"is_open": True}))
    told = came_back(ended(briefing, act(-12), damage=open_still)).model_copy(update={"is_vouched": True})
    assert "; the last change was the restart of checkout at 14:18 UTC" in what_ended_it(told)


def test_what_was_measured_just_before_it_was_seen_again_ended_before_a_change_that_came_later(
    briefing: Briefing,
) -> None:
    told = came_back(ended(briefing, act(-12), act(20)), 2)
    assert "it was over before the restart of checkout at 14:50 UTC" in what_ended_it(told)


def test_people_alone_saying_so_does_not_measure_the_end_of_what_was_seen_again(briefing: Briefing) -> None:
    told = came_back(ended(briefing, act(9)), 6).model_copy(update={"is_vouched": True})
    assert "not measured" in what_ended_it(told)
    assert outcome(told) != "recovered by itself"


def test_what_a_change_preceded_and_a_relapse_followed_did_not_recover_by_itself(briefing: Briefing) -> None:
    told = came_back(ended(briefing, damage=RELAPSED))
    made = {**act(-12, "rollback").model_dump(), "parameters": {"version": "1.0"}}
    tried = Tried.model_validate({**made, "seen_at": NOW - 11 * MINUTE})
    assert outcome(told) == "recovered by itself"
    with_it = told.model_copy(update={"ledger": told.ledger.model_copy(update={"tried": [tried]})})
    assert outcome(with_it).startswith("cause not known")


@pytest.mark.parametrize(
    ("learned", "is_never_over"),
    [
        ({}, True),
        ({"damage": [FAILED.model_copy(update={"since": NOW - 30 * MINUTE})]}, True),
        ({"damage": [FAILED.model_copy(update={"since": NOW - 5 * MINUTE})]}, False),
        ({"measured_well_at": NOW - 6 * MINUTE}, False),
        ({"uncounted": [GONE_DARK]}, False),
    ],
)
def test_what_was_said_to_be_over_went_on_only_where_nothing_shows_a_break(
    briefing: Briefing, learned: dict[str, object], is_never_over: bool
) -> None:
    told = came_back(ended(briefing, said=(handled(-11),), damage=()))
    told = told.model_copy(update={"ledger": told.ledger.model_copy(update={**said_early(told), **learned})})
    assert was_never_over(told, told.ledger.last_relapse) == is_never_over
    assert seen_again(told) == f"{'still measured' if is_never_over else 'seen again'} at 14:27 UTC"


def test_what_was_never_measured_to_be_over_has_been_looked_into_since_the_alert(briefing: Briefing) -> None:
    told = came_back(ended(briefing, said=(handled(-11),), damage=()))
    for learned, words in (({}, "still measured"), ({"uncounted": [GONE_DARK]}, "seen again")):
        ledger = told.ledger.model_copy(update={**said_early(told), **learned})
        going_on = told.model_copy(update={"ledger": ledger, "status": "Investigating", "conclusion": None})
        how_long = f"for 46 minutes; trouble was {words} at 14:27 UTC"
        assert progress(going_on).startswith(f"We have been looking for the cause {how_long}")


def said_on(briefing: Briefing, *acts: Act, words: str = "my screen still shows an error") -> Briefing:
    said = Statement(at=NOW + 15 * MINUTE, by="bo", words=words, is_over=False, cite="5")
    told = ended(briefing, *acts, said=(said,))
    relapse = Relapse(at=NOW + 15 * MINUTE, measured=False, said_on=said)
    return told.model_copy(update={"ledger": told.ledger.model_copy(update={"relapses": [relapse]})})


def test_who_said_that_it_was_not_over_is_told_and_takes_no_measured_end_away(briefing: Briefing) -> None:
    told = said_on(briefing, act(-1, "rollback"))
    on = "bo said at 14:45 UTC that it was not over"
    ending = "it ended after the rollback of checkout at 14:29 UTC"
    assert what_ended_it(told) == f"{ending}; {on}: “my screen still shows an error”"
    assert f"detected at 14:25 UTC, {on}, closed at" in first_page(told).how_long
    assert what_ended_it(said_on(briefing, act(-1, "rollback"), words="")) == f"{ending}; {on}"


def test_a_status_that_only_named_a_cause_is_no_relapse(briefing: Briefing) -> None:
    told = ended(briefing, act(-1, "rollback"))
    named = told.ledger.model_copy(update={"relapses": [Relapse(at=NOW + 15 * MINUTE, measured=False)]})
    told = told.model_copy(update={"ledger": named})
    assert what_ended_it(told) == "it ended after the rollback of checkout at 14:29 UTC"
    assert "again" not in first_page(told).how_long


def test_a_word_that_was_too_early_stays_with_its_own_relapse(briefing: Briefing) -> None:
    told = came_back(ended(briefing, damage=RELAPSED), -8, -3)
    early = told.ledger.relapses[0].model_copy(update={"said_over": handled(-11)})
    ledger = told.ledger.model_copy(update={"relapses": [early, told.ledger.relapses[1]]})
    told = told.model_copy(update={"ledger": ledger})
    said = "ada said at 14:19 UTC that it was over; it was still measured at 14:22 UTC; it was seen again at 14:27 UTC"
    assert what_ended_it(told) == f"{said}; what ended it then is not known"
    assert "detected at 14:25 UTC, still measured at 14:22 UTC, seen again at 14:27 UTC" in first_page(told).how_long


def test_two_relapses_in_one_minute_are_told_once(briefing: Briefing) -> None:
    told = came_back(ended(briefing, damage=RELAPSED), -3, -3)
    assert what_ended_it(told) == "it was seen again at 14:27 UTC; what ended it then is not known"


def test_a_change_between_two_relapses_is_told_of_the_last(briefing: Briefing) -> None:
    again = "it was seen again at 14:21 UTC and 14:27 UTC"
    told = came_back(ended(briefing, act(-5), damage=RELAPSED), -9, -3)
    assert what_ended_it(told).startswith(f"{again}, the last time after the restart of checkout at 14:25 UTC;")
    before = came_back(ended(briefing, act(-8), damage=RELAPSED), -9, -6, -3)
    assert "restart" not in what_ended_it(before)


def test_a_relapse_on_another_day_is_told_with_its_date_and_that_of_the_change(briefing: Briefing) -> None:
    day = 24 * 60
    told = came_back(ended(briefing, act(-1)), day)
    again = "it was seen again at 2026-03-03 14:30 UTC after the restart of checkout at 2026-03-02 14:29 UTC"
    assert what_ended_it(told).startswith(again)
