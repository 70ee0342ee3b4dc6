"""Whole incidents through ChatOpenAI and our own tool loop, against a model on loopback. `make model` plays more."""

import re
from datetime import timedelta
from typing import Any

import pytest

from evals.playing.play import Played, play
from evals.scenarios.loading import load
from evals.simulation.acts import PRODUCTION_ACTS
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts
from tests.faults import FAULTS
from tests.model_plays import HURRIED, LEVELS, faults, model_calls, shares, switched_off, through, unsteady
from tests.model_server import Reply, Request
from tests.model_tape import Tape
from tests.model_tokens import account, noting


@pytest.fixture(scope="module")
def by_the_book() -> dict[str, Played]:
    return {level: play(load(LEVELS[level])) for level in ("P0", "P2", "P3")}


OF_ANOTHER_MINUTE = re.compile(r"the model's words add|.*Cite the event that holds it|.*data cites nothing", re.DOTALL)
"""The recorded run had other times and durations, and one more look: words that say them must not leave."""


MOST_SENT = {"P0": 320_000, "P3": 18_000}
"""Tokens in, all calls of a run together, the second tries of refused reports included."""
LEAST_SHARED = {"P0": 0.53, "P3": 0.4}
"""The share of them that stands at the beginning of an earlier call, too."""


def book_s_share(played: Played) -> float:
    done = list(shares([played]))
    return sum(share.by_book for share in done) / sum(share.done for share in done)


def is_asked(finished: Event, played: Played) -> bool:
    """Whether a model had a say in a duty; it has none where the rules found the worst there is."""
    under = f"{finished.key.removesuffix('finished')}model/"
    found = any(event.key.startswith(under) for event in played.events)
    assert found or finished.payload["report"]["state"] == "not recovered"
    return found


def outcome(facts: Facts) -> tuple[object, ...]:
    found = facts.conclusion
    return facts.status, facts.severity, found and found.verdict, found and found.cause, found and found.component


@pytest.mark.parametrize("level", ["P0", "P3"])
def test_every_duty_is_done_by_the_model(by_the_book: dict[str, Played], level: str) -> None:
    book = by_the_book[level]
    asked: list[Request] = []
    played = through(load(LEVELS[level]), noting(Tape(book.events), asked))
    sent = account(asked).total
    assert sent.whole <= MOST_SENT[level]
    assert sent.share >= LEAST_SHARED[level]
    reasons = [event.payload["why"] for event in played.events if event.kind == "degraded"]
    assert [why for why in reasons if not OF_ANOTHER_MINUTE.match(why)] == []
    by_model = ("with what the model saw worse", "stands without what its checks refused")
    left = [why for why in reasons if not any(words in why for words in by_model)]
    done = [event for event in played.events if event.kind == "duty_finished"]
    assert book_s_share(played) == (len(left) + sum(not is_asked(event, played) for event in done)) / len(done)
    assert outcome(played.facts) == outcome(book.facts)
    assert {row for event in played.events for row in event.rows} == {row for e in book.events for row in e.rows}
    assert played.facts.spent.model_calls == model_calls(played)
    assert played.facts.spent.tokens == played.facts.tokens_in + played.facts.tokens_out > 1000


def test_with_a_third_of_the_calls_failing_in_every_way_the_run_is_done(by_the_book: dict[str, Played]) -> None:
    scenario, book = load(LEVELS["P2"]), by_the_book["P2"]
    played = through(scenario, unsteady(Tape(book.events), 0, "P2"), model_seconds=HURRIED)
    assert outcome(played.facts) == outcome(book.facts)
    assert 0 < book_s_share(played) < 0.6  # words of another minute do not leave either
    assert len(faults(played)) > 5


def test_with_the_model_switched_off_in_the_middle_the_book_takes_over(by_the_book: dict[str, Played]) -> None:
    scenario, book = load(LEVELS["P2"]), by_the_book["P2"]
    played = through(scenario, switched_off(Tape(book.events), 40, "P2"))
    assert outcome(played.facts) == outcome(book.facts)
    assert 0 < book_s_share(played) < 1
    assert faults(played)["resting"] > faults(played)["server error"] > 0
    assert [event.payload["state"][:4] for event in played.events if event.kind == "breaker"][:1] == ["open"]


def test_every_fault_there_is_ends_no_run(by_the_book: dict[str, Played]) -> None:
    tape, left = Tape(by_the_book["P3"].events), [wrong.reply for wrong in FAULTS.values()]

    def answer(request: Request) -> Reply:
        return left.pop() if left else tape(request)

    while left:
        played = through(load(LEVELS["P3"]), answer, model_seconds=HURRIED)
        assert played.facts.status == "closed"
        assert played.facts.degraded > 0


def proposing(events: list[Event], **other: Any) -> list[Event]:
    """A record whose rollback is proposed otherwise."""
    return [
        event.model_copy(update={"payload": {**event.payload, "report": {**event.payload["report"], **other}}})
        if (event.kind, event.duty) == ("duty_finished", "propose_rollback")
        else event
        for event in events
    ]


LATER = [pytest.param(other, marks=pytest.mark.long) for other in ({"Service": "catalogue-api"}, {"service": ["a"]})]


@pytest.mark.parametrize("other", [{"service": "catalogue-api"}, *LATER])
def test_a_proposal_of_a_model_with_another_service_among_its_parameters_is_refused_and_the_run_goes_on(
    by_the_book: dict[str, Played], other: dict[str, Any]
) -> None:
    book = by_the_book["P0"]
    (proposed,) = [event.payload["proposal"] for event in book.events if event.kind == "proposal"]
    retargeted = proposing(book.events, parameters={**proposed["parameters"], **other})
    played = through(load(LEVELS["P0"]), Tape(retargeted), patience=timedelta(hours=12))
    assert outcome(played.facts) == outcome(book.facts)
    said = [e.payload["why"] for e in played.events if (e.kind, e.duty) == ("degraded", "propose_rollback")]
    assert len(said) == 1 and "propose_rollback is done by the book: invalid report" in said[0]
    assert [e.payload["proposal"]["parameters"] for e in played.events if e.kind == "proposal"] == [
        proposed["parameters"]
    ]
    acts = [act for act in played.production.journal.acts() if act.port in PRODUCTION_ACTS]
    assert [(act.port, act.of("service")) for act in acts] == [("rollback", "sign-in")]


def test_a_model_that_says_one_service_and_means_another_is_shown_to_the_person_who_decides(
    by_the_book: dict[str, Played],
) -> None:
    lying = proposing(by_the_book["P0"].events, service="catalogue-api")
    silent = load(LEVELS["P0"])._replace(on_call=[])
    played = through(silent, Tape(lying), patience=timedelta(minutes=30))
    asked = next(event.payload["question"] for event in played.events if event.kind == "question")
    assert asked["proposal"]["summary"].startswith("Propose: roll sign-in back")
    assert asked["text"].startswith("Rollback of catalogue-api, version ")
    told = next(e for e in played.events if e.kind == "outbound" and e.payload["arguments"].get("question"))
    assert "Rollback of catalogue-api" in told.payload["arguments"]["text"]
    assert not [act for act in played.production.journal.acts() if act.port in PRODUCTION_ACTS]


def test_a_run_that_has_spent_its_money_goes_on_by_the_book(by_the_book: dict[str, Played]) -> None:
    prices = {name: {"input": 1.0, "output": 10.0} for name in ("gpt-5", "gpt-5-mini")}
    limits: dict[str, Any] = {"model_prices": prices, "limits_per_run": {"money": 0.01}}
    played = through(load(LEVELS["P3"]), Tape(by_the_book["P3"].events), **limits)
    assert played.facts.status == "closed"
    assert 0 < book_s_share(played) < 1
    assert 0.01 <= played.facts.spent.money < 0.03
    assert faults(played)["limit reached"] > 0
