"""Approvals: bound to one change, exactly as it was shown; whatever a model or a person sends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.io.catalogue import Catalogue, Service
from agents.io.policy_rules import PolicyEntry
from agents.reports.mitigation import Proposal
from agents.runtime.briefing import Alert, Briefing
from agents.tools.change import Change
from evals.playing.play import EPOCH
from graphs.model.policy import ASK, POLICY, PolicyRule
from graphs.model.questions import AnotherChange, HumanAnswer, Question, WrongAnswer, check_answer
from graphs.steps.approval import asked_anew, digest_of, in_words, not_proposable, still_stands
from graphs.steps.gated_change import decision_on
from tests.agents.changes import FITTING, PARAMETERS, UNTIMED

Fields = dict[str, Any]
NEVER = PolicyRule(PolicyEntry(verdict="never"))
ROLLBACK: Fields = {"action": "rollback", "service": "sign-in", "parameters": {"version": "5.17.0"}, "summary": "So."}
SHOWN = digest_of(ROLLBACK)
CATALOGUE = Catalogue(services={"sign-in": Service(), "user-store": Service()})
CASE = Briefing(run="one", now=EPOCH, started_at=EPOCH, alert=Alert(title="x"), service="sign-in", catalogue=CATALOGUE)


@st.composite
def proposals(draw: st.DrawFn) -> Fields:
    action = draw(st.sampled_from(sorted(FITTING)))
    return {"action": action, "service": "sign-in", "parameters": draw(FITTING[action]), "summary": "So."}


def said(answer: str, **more: Any) -> Fields:
    """How an answer ends a wait."""
    return {"ended_by": "answer", "answer": {"answer": answer, "by": "on-call", "comment": "", **more}}


def question(**more: Any) -> Question:
    known = {"id": "q-1", "kind": "approval", "text": "?", "options": ["approve", "refuse", "edit"]}
    return Question.model_validate({**known, "proposal": ROLLBACK, "digest": SHOWN, **more})


@UNTIMED
@given(PARAMETERS | FITTING["rollback"])
def test_whatever_parameters_a_proposal_has_only_the_action_s_own_are_put_to_anyone(parameters: Fields) -> None:
    try:
        proposal = Proposal.model_validate({**ROLLBACK, "parameters": parameters})
    except ValidationError:
        return
    if not not_proposable(proposal, CASE):
        assert Change.of(proposal.model_dump()).arguments == {"service": "sign-in", **parameters}


def test_a_target_outside_the_catalogue_is_put_to_nobody() -> None:
    proposal = Proposal.model_validate({**ROLLBACK, "service": "elsewhere"})
    assert not_proposable(proposal, CASE) == "the target elsewhere is not in the catalogue"


@UNTIMED
@given(PARAMETERS | FITTING["rollback"])
def test_of_whatever_a_person_makes_of_a_proposal_only_the_action_s_own_parameters_are_taken(
    parameters: Fields,
) -> None:
    try:
        answer = HumanAnswer(answer="edit", parameters=parameters)
        check_answer(question(), answer)
    except (ValidationError, WrongAnswer):
        return
    decision = decision_on(ASK, said("edit", parameters=answer.parameters), ROLLBACK, SHOWN)
    assert decision.decision == "approved"
    assert parameters.keys() == {"version"}
    assert decision.proposal == {**ROLLBACK, "parameters": parameters}
    assert decision.digest == Change("rollback", "sign-in", parameters).digest


@UNTIMED
@given(PARAMETERS | FITTING["rollback"])
def test_no_edit_that_got_past_the_doors_is_approved_unless_it_fits(parameters: Fields) -> None:
    try:
        answer = HumanAnswer(answer="edit", parameters=parameters)
    except ValidationError:
        return
    decision = decision_on(ASK, {"ended_by": "answer", "answer": answer.model_dump()}, ROLLBACK, SHOWN)
    fits = bool(digest_of({**ROLLBACK, "parameters": parameters}))
    assert (decision.decision == "approved") == fits
    assert bool(decision.digest) == fits
    assert fits or "it cannot be approved: the parameters do not fit rollback" in decision.why


def test_parameters_beside_a_plain_yes_are_refused_and_change_nothing() -> None:
    sneaked = HumanAnswer(answer="approve", parameters={"version": "5.16.0"})
    with pytest.raises(WrongAnswer, match="parameters"):
        check_answer(question(), sneaked)
    decision = decision_on(ASK, said("approve", parameters={"version": "5.16.0"}), ROLLBACK, SHOWN)
    assert (decision.proposal, decision.digest) == (ROLLBACK, SHOWN)


def test_what_is_asked_about_no_change_cannot_be_edited_into_one() -> None:
    with pytest.raises(WrongAnswer):
        check_answer(question(proposal=None), HumanAnswer(answer="edit", parameters={"version": "5.16.0"}))


@UNTIMED
@given(proposals(), proposals())
def test_a_yes_approves_what_was_shown_and_nothing_else(shown: Fields, in_hand: Fields) -> None:
    decision = decision_on(ASK, said("approve"), in_hand, digest_of(shown))
    same = Change.of(shown) == Change.of(in_hand)
    assert decision.decision == ("approved" if same else "refused")
    assert decision.digest == digest_of(in_hand)


@pytest.mark.parametrize(("rule", "decision"), [(POLICY[0], "approved"), (NEVER, "refused")])
def test_a_rule_decides_on_exactly_one_change_too(rule: PolicyRule, decision: str) -> None:
    made = decision_on(rule, {"ended_by": "time"}, ROLLBACK, SHOWN)
    assert (made.decision, made.by, made.digest) == (decision, "policy", SHOWN)
    retargeted = {**ROLLBACK, "parameters": {"version": "5.17.0", "service": "user-store"}}
    assert decision_on(rule, {"ended_by": "time"}, retargeted, digest_of(retargeted)).decision == "refused"


@pytest.mark.parametrize("length", [12, 40, 64])
def test_an_answer_may_name_the_change_that_it_answers_by_its_first_characters(length: int) -> None:
    check_answer(question(), HumanAnswer(answer="approve", digest=SHOWN[:length]))


@pytest.mark.parametrize("answer", ["approve", "refuse"])
def test_an_answer_to_another_change_is_refused(answer: Any) -> None:
    other = digest_of({**ROLLBACK, "parameters": {"version": "5.16.0"}})
    with pytest.raises(AnotherChange, match=f"you answer the change {other[:12]}.*about {SHOWN[:12]}"):
        check_answer(question(), HumanAnswer(answer=answer, digest=other))
    with pytest.raises(AnotherChange, match="about none"):
        check_answer(question(digest=""), HumanAnswer(answer=answer, digest=other))


@pytest.mark.parametrize("digest", [SHOWN[:11], SHOWN.upper(), "x" * 12, SHOWN + "0"])
def test_what_is_no_digest_is_told_at_once(digest: str) -> None:
    with pytest.raises(ValidationError):
        HumanAnswer(answer="approve", digest=digest)


@UNTIMED
@given(proposals(), proposals())
def test_a_late_yes_holds_only_where_the_very_same_would_be_proposed(shown: Fields, now: Fields) -> None:
    report = Proposal.model_validate(now)
    assert still_stands(shown, digest_of(shown), report) == (Change.of(shown) == Change.of(now))


@UNTIMED
@given(PARAMETERS | FITTING["rollback"])
def test_a_late_yes_does_not_hold_for_parameters_that_are_none(parameters: Fields) -> None:
    try:
        report = Proposal.model_validate({**ROLLBACK, "parameters": parameters})
    except ValidationError:
        return
    assert still_stands(ROLLBACK, SHOWN, report) == (parameters == ROLLBACK["parameters"])
    assert not still_stands(
        {**ROLLBACK, "parameters": {"service": "x"}}, "", Proposal(action=None, service="x", summary="")
    )


def test_a_late_edit_holds_where_what_was_edited_or_what_it_became_would_be_proposed() -> None:
    became = {**ROLLBACK, "parameters": {"version": "5.16.0"}}
    for now, holds in ((ROLLBACK, True), (became, True), ({**ROLLBACK, "parameters": {"version": "5.15.0"}}, False)):
        assert still_stands(became, SHOWN, Proposal.model_validate(now)) == holds


def test_a_question_says_first_and_in_our_own_words_what_a_yes_does() -> None:
    lying = {**ROLLBACK, "service": "user-store", "summary": "Propose: roll sign-in back."}
    assert in_words(lying) == 'Rollback of user-store, version "5.17.0". Propose: roll sign-in back.'
    now = Proposal.model_validate({**ROLLBACK, "parameters": {"version": "5.16.0"}})
    assert in_words(ROLLBACK, asked_anew(ROLLBACK, now)) == (
        'Rollback of sign-in, version "5.17.0". Asked anew: rollback of sign-in, version "5.17.0" was approved late, '
        "and by now it would be done with other parameters. So."
    )
    other = Proposal(action="restart", service="sign-in", summary="")
    assert asked_anew(ROLLBACK, other).endswith("and by now something else would be done.")
