"""Which attempts count when a change is proposed, and what a run is known by from one event to the next."""

from datetime import timedelta
from typing import Any

import pytest

from agents.runtime.briefing import Attempt
from evals.playing.play import EPOCH
from graphs.model.state import State
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts
from graphs.transcript.projections import fold, take_in
from tests.graphs.transcript.test_ledger_projections import event

MINUTE = timedelta(minutes=1)


def attempt(outcome: str, minute: int) -> Attempt:
    proposal: dict[str, Any] = {"action": "restart", "service": "search", "parameters": {}, "summary": "Restart it."}
    more: dict[str, Any] = {"reasons": [], "risk": "None.", "undo": "None."}
    told = {"cause": "infrastructure", "component": "search", "outcome": outcome, "at": EPOCH + minute * MINUTE}
    return Attempt.model_validate({**told, "proposal": {**proposal, **more}})


ALL = [attempt("refused", 5), attempt("did not help", 6), attempt("expired", 7), attempt("refused", 30)]


def test_what_was_refused_counts_while_nobody_has_named_the_cause() -> None:
    assert Facts(attempts=ALL).binding_attempts == ALL


def test_once_a_person_has_named_the_cause_only_later_refusals_count() -> None:
    facts = Facts(attempts=ALL, directed_at=EPOCH + 10 * MINUTE)
    assert facts.binding_attempts == ALL[1:]
    assert facts.attempts == ALL


@pytest.mark.parametrize("outcome", ["did not help", "failed", "expired"])
def test_what_was_tried_counts_also_after_a_person_has_named_the_cause(outcome: str) -> None:
    tried = [attempt(outcome, 5)]
    assert Facts(attempts=tried, directed_at=EPOCH + 10 * MINUTE).binding_attempts == tried


def test_the_state_keeps_nothing_that_the_facts_say() -> None:
    """But for the reference to the look at the scope, which says which of several is meant."""
    assert set(State.__annotations__) & set(Facts.model_fields) == {"scope_ref"}


def test_the_words_of_the_last_update_are_known_as_they_were_published() -> None:
    fields = {"status": "Investigating", "impact": "Search is slower than usual.", "current_action": "We look."}
    told: dict[str, Any] = {"lane": "communication", "role": "", "duty": "", "rows": [], "ref": "0", "key": "0"}
    payload = {"port": "publish_status", "fields": fields, "done": True}
    event = Event(seq=1, at=EPOCH, kind="outbound", payload=payload, **told)
    assert fold([event]).last_update_words == ["Search is slower than usual.", "We look."]


@pytest.mark.parametrize("by_word", [{}, {"is_vouched": True, "by": "grace"}])
def test_a_word_that_it_is_over_was_too_early_where_a_recovery_that_rested_on_it_is_taken_back(
    by_word: dict[str, Any],
) -> None:
    told: dict[str, Any] = {
        "lane": "main",
        "role": "",
        "duty": "",
        "rows": [],
        "ref": "0",
        "key": "main/s4_watch#1/x.1",
    }
    said = {"question": "q-1", "answer": {"answer": "over", "by": "grace", "comment": ""}}
    events = [Event(seq=1, at=EPOCH, kind="answer", payload=said, **told)]
    for minute, status in ((1, "Monitoring"), (2, "Investigating")):
        payload = {"status": status, "why": "", **by_word}
        events.append(Event(seq=1 + minute, at=EPOCH + minute * MINUTE, kind="status", payload=payload, **told))
    ledger = fold(events).ledger
    assert ledger.last_relapse is not None
    assert ledger.last_relapse.at == EPOCH + 2 * MINUTE
    assert ledger.last_relapse.said_over == (ledger.said_over if by_word else None)


def test_a_deed_that_a_refusal_tells_of_is_kept_and_a_refusal_without_one_is_none() -> None:
    def refused(number: int, comment: str) -> Event:
        given = {"answer": "refuse", "by": "lena", "comment": comment}
        return event(number, "answer", {"question": f"q-{number}", "answer": given})

    facts = Facts()
    take_in(facts, refused(1, "not now"))
    take_in(facts, refused(2, "I started it again"))
    assert [said.words for said in facts.ledger.statements] == ["I started it again"]


@pytest.mark.parametrize(("comment", "is_told"), [("CardNet has recovered", True), ("no idea", False)])
def test_a_recovery_that_an_answer_tells_of_is_kept_and_is_no_recovery_by_itself(comment: str, is_told: bool) -> None:
    facts, calm = Facts(), {"verdict": "recovered by itself", "summary": "It is over."}
    answer = {"answer": "look again", "by": "lena", "comment": comment}
    take_in(facts, event(1, "answer", {"question": "q-1", "answer": answer}))
    take_in(facts, event(2, "conclusion", {"conclusion": calm}))
    assert [said.words for said in facts.ledger.statements] == ([comment] if is_told else [])
    assert ("recovered by itself" in facts.history[-1].what) != is_told


def test_when_a_look_last_found_a_service_in_trouble_or_failing_is_kept_by_when_it_began() -> None:
    facts = Facts()
    scope: dict[str, Any] = {"summary": "", "data_at_risk": "no", "users_affected": None, "users_share": None}
    ill: dict[str, Any] = {
        "services": ["shop", "fares", "seats"],
        "abnormal": True,
        "down": ["fares"],
        "error_rates": {"seats": 0.1},
    }
    well: dict[str, Any] = {"services": [], "abnormal": False}
    for number, found in ((1, ill), (3, well)):
        take_in(facts, event(number, "duty_started", {"summary": ""}, "assess_scope"))
        report = {"by": "book", "report": {**scope, **found}}
        take_in(facts, event(number + 1, "duty_finished", report, "assess_scope"))
    began = event(1, "duty_started", {"summary": ""}).at
    assert facts.ledger.troubled_at == dict.fromkeys(["shop", "fares", "seats"], began)
    assert facts.ledger.failed_at == dict.fromkeys(["fares", "seats"], began)
