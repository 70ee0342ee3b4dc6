"""What was in vain: whether trouble went on after what a person did."""

from datetime import timedelta

from agents.reports.mitigation import Proposal
from agents.roles import workflow_optimizer
from agents.rules.writing.ending import what_ended_it
from agents.rules.writing.in_vain import aftermath, have_ended
from agents.rules.writing.post_mortem_summary import outcome
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import BY_HAND, Relapse
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_ending import FAILED, act, ended, handled

MINUTE = timedelta(minutes=1)


def test_a_check_says_nothing_of_what_was_done_before_a_recovery_that_was_measured(briefing: Briefing) -> None:
    by_hand = Proposal(action=None, service="checkout", summary="")
    tried = Attempt(cause="", component="", proposal=by_hand, outcome="did not help", at=NOW + 27 * MINUTE)
    goes_on = FAILED.model_copy(update={"is_open": True})
    told = ended(briefing, act(1, BY_HAND), said=(handled(1),), damage=(goes_on,))
    told = told.model_copy(update={"attempts": [tried]})
    assert aftermath(handled(1), told) == "; a check at 14:57 UTC found that it did not help"
    again = Relapse(at=NOW + 27 * MINUTE, over_since=NOW + 5 * MINUTE)
    recovered = told.model_copy(update={"ledger": told.ledger.model_copy(update={"relapses": [again]})})
    assert aftermath(handled(1), recovered) == ""


def test_a_check_long_after_the_harm_had_ended_does_not_refute_the_word_that_ended_it(briefing: Briefing) -> None:
    by_hand = Proposal(action=None, service="checkout", summary="")
    tried = Attempt(cause="", component="", proposal=by_hand, outcome="did not help", at=NOW + 27 * MINUTE)
    told = ended(briefing, act(1, BY_HAND), said=(handled(1),)).model_copy(update={"attempts": [tried]})
    assert aftermath(handled(1), told) == ""
    longer = FAILED.model_copy(update={"until": NOW + 8 * MINUTE})
    told = told.model_copy(update={"ledger": told.ledger.model_copy(update={"damage": [longer]})})
    assert aftermath(handled(1), told).endswith(" found that it did not help")


async def test_what_was_in_vain_is_not_what_ended_it_and_leaves_no_task(
    briefing: Briefing, context: DutyContext
) -> None:
    proposal = Proposal(action="restart", service="checkout", summary="", takes_effect_in_minutes=5)
    tried = Attempt(cause="", component="", proposal=proposal, outcome="did not help", at=NOW - 5 * MINUTE)
    told = ended(briefing, act(-15)).model_copy(update={"attempts": [tried]})
    in_vain = "what ended it is not known; the restart of checkout at 14:15 UTC did not help"
    assert what_ended_it(told) == in_vain
    assert outcome(told) == f"cause not known; {in_vain}"
    items = (await workflow_optimizer.assign_action_items.without_model(told, context)).items
    assert not [item for item in items if "restart" in item.action]


def test_what_goes_on_at_a_neighbour_does_not_speak_against_what_was_done_by_hand_at_the_service(
    briefing: Briefing,
) -> None:
    elsewhere = FAILED.model_copy(update={"service": "search", "is_open": True, "until": NOW + 30 * MINUTE})
    told = ended(briefing, act(1, BY_HAND), said=(handled(1),), damage=(FAILED, elsewhere))
    known = told.ledger.model_copy(update={"services": ["checkout", "search"]})
    told = told.model_copy(update={"ledger": known})
    assert aftermath(handled(1), told) == "; trouble with search went on after that"
    here = FAILED.model_copy(update={"until": NOW + 30 * MINUTE})
    longer = told.model_copy(update={"ledger": known.model_copy(update={"damage": [here, elsewhere]})})
    assert aftermath(handled(1), longer) == "; it went on after that"


def test_who_was_not_hurt_when_something_was_done_was_not_freed_by_it(briefing: Briefing) -> None:
    gap, again = 5 * MINUTE, FAILED.model_copy(update={"since": NOW + 60 * MINUTE, "until": NOW + 70 * MINUTE})
    assert have_ended(["checkout"], NOW, [FAILED], gap)
    assert have_ended(["checkout"], NOW, [FAILED, again], gap)
    assert not have_ended(["search"], NOW, [FAILED], gap)
    assert not have_ended(["checkout"], NOW + 6 * MINUTE, [FAILED], gap)
    assert not have_ended(["checkout"], NOW + 59 * MINUTE, [again], gap)
    assert not have_ended(["checkout"], NOW - 11 * MINUTE, [FAILED], gap)
    assert not have_ended(["checkout"], NOW, [FAILED.model_copy(update={"is_open": True})], gap)
