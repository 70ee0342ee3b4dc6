"""The gateway and its circuit breaker: when the model is left alone and tried again, and what a day may cost."""

from datetime import timedelta
from typing import Any

import pytest

from agents.io.settings import Settings
from agents.io.spending_limits import Limits, Spent
from agents.llm.chat import WordListener
from agents.llm.client import ModelAnswer, ModelRequest
from agents.llm.faults import Fault, ModelFault, Usage
from agents.llm.gateway import (
    FAILURES_BEFORE_REST,
    REFUSALS_BEFORE_REST,
    REST,
    Breaker,
    CallOutcome,
    ModelGateway,
)
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.performing import perform
from tests.agents.conftest import NOW, Answers, MemoryLog
from tests.agents.scripted import CLASSIFY, Jumping, Scripted, asks, at_floor, fails, hands_in

DOWN = Fault(kind="server error", said="503")
QUESTION = ModelRequest(strength="quick", messages=[], tools=[])
WORDS = ModelAnswer(text="Yes.", tokens_in=80, tokens_out=20)


@pytest.fixture
def clock() -> Jumping:
    return Jumping(NOW)


@pytest.fixture
def breaker(clock: Jumping) -> Breaker:
    return Breaker(clock)


def broken(breaker: Breaker) -> Breaker:
    for _ in range(FAILURES_BEFORE_REST):
        breaker.take_in(DOWN)
    return breaker


def test_a_model_that_fails_now_and_then_is_asked_on(breaker: Breaker) -> None:
    for _ in range(10):
        said = [breaker.take_in(DOWN) for _ in range(FAILURES_BEFORE_REST - 1)] + [breaker.take_in(None)]
        assert said == [""] * FAILURES_BEFORE_REST
    assert breaker.refusal() == ""


def test_after_repeated_failure_it_is_left_alone(breaker: Breaker) -> None:
    for _ in range(FAILURES_BEFORE_REST - 1):
        breaker.take_in(DOWN)
    assert breaker.take_in(DOWN).startswith("open: 5 failures in a row, the last one server error; ")
    assert "rests until 14:35:00 UTC" in breaker.refusal()


def test_after_its_rest_one_call_tries_it(breaker: Breaker, clock: Jumping) -> None:
    broken(breaker)
    clock.time += REST
    assert breaker.refusal() == ""
    assert breaker.refusal() != ""


def test_a_trial_that_succeeds_ends_the_rest(breaker: Breaker, clock: Jumping) -> None:
    broken(breaker)
    clock.time += REST
    breaker.refusal()
    assert breaker.take_in(None) == "closed: the model answers again"
    assert (breaker.refusal(), breaker.refusal()) == ("", "")


def test_a_trial_that_fails_is_followed_by_another_rest(breaker: Breaker, clock: Jumping) -> None:
    broken(breaker)
    clock.time += REST
    breaker.refusal()
    assert breaker.take_in(DOWN).startswith("open: 6 failures")
    assert breaker.refusal() != ""


def test_a_bad_answer_of_a_healthy_endpoint_is_no_failure(breaker: Breaker) -> None:
    for _ in range(3 * FAILURES_BEFORE_REST):
        breaker.take_in(Fault(kind="refusal", said="no"))
    assert breaker.refusal() == ""


def refused(words: str) -> Fault:
    return Fault(kind="bad request", said=words)


def test_a_refusal_that_comes_again_and_again_will_not_pass_and_the_model_is_left_alone(breaker: Breaker) -> None:
    told = [breaker.take_in(refused(f"no tools, request req_{number}a7")) for number in range(REFUSALS_BEFORE_REST)]
    assert told[:-1] == [""] * (REFUSALS_BEFORE_REST - 1)
    assert told[-1].startswith("open: 3 failures in a row, the last one bad request: no tools, request req_2a7; ")
    assert breaker.refusal() != ""


def test_refusals_of_different_things_are_refusals_of_single_requests_and_count_as_failures(breaker: Breaker) -> None:
    words = ["too hot", "too cold", "too wide", "too high", "too late"]
    told = [breaker.take_in(refused(said)) for said in words]
    assert [bool(said) for said in told] == [False] * 4 + [True]


def test_between_answers_the_same_refusal_is_one_of_single_requests(breaker: Breaker) -> None:
    for _ in range(3 * REFUSALS_BEFORE_REST):
        assert breaker.take_in(refused("no tools")) == ""
        breaker.take_in(None)
    assert breaker.refusal() == ""


def test_an_endpoint_that_asks_for_a_long_wait_gets_it_at_once(breaker: Breaker, clock: Jumping) -> None:
    assert breaker.take_in(Fault(kind="rate limited", said="429", retry_after=900)) != ""
    clock.time += timedelta(seconds=899)
    assert breaker.refusal() != ""
    clock.time += timedelta(seconds=1)
    assert breaker.refusal() == ""


@pytest.mark.parametrize(
    ("limits", "spent", "words"),
    [
        ({}, {"tokens": 10**12}, ""),
        ({"tokens": 100}, {"tokens": 99}, ""),
        ({"tokens": 100}, {"tokens": 100}, "100 tokens of 100"),
        ({"money": 2.5}, {"money": 2.75}, "2.75 of money of 2.5"),
        ({"model_calls": 0}, {}, "0 model calls of 0"),
    ],
    ids=str,
)
def test_a_limit_is_reached_when_it_is_spent(limits: dict[str, Any], spent: dict[str, Any], words: str) -> None:
    assert Limits.model_validate(limits).reached(Spent.model_validate(spent)) == words


async def test_a_run_s_limit_ends_the_asking(clock: Jumping) -> None:
    gateway = ModelGateway(Scripted(WORDS, limits_per_run={"tokens": 100}), clock)
    assert gateway.refusal(Spent(tokens=99)) is None
    refused = gateway.refusal(Spent(tokens=100))
    assert refused == Fault(kind="limit reached", said="100 tokens of 100 in this run")


async def test_a_day_s_limit_counts_all_runs_and_ends_at_midnight(clock: Jumping) -> None:
    gateway = ModelGateway(Scripted(WORDS, limits_per_day={"tokens": 200}), clock)
    await gateway.ask(QUESTION)
    assert gateway.refusal(Spent()) is None
    await gateway.ask(QUESTION)
    refused = gateway.refusal(Spent())
    assert refused is not None
    assert refused.said == "200 tokens of 200 today"
    clock.time += timedelta(days=1)
    assert gateway.refusal(Spent()) is None


async def test_a_restart_does_not_forget_what_the_day_has_cost(clock: Jumping) -> None:
    kept = [CallOutcome(call="c", answer=WORDS).model_dump(mode="json")] * 3
    gateway = ModelGateway(Scripted(WORDS, limits_per_day={"tokens": 300}), clock, lambda _: kept)
    assert gateway.spent_today() == Spent(model_calls=3, tokens=300)
    assert gateway.refusal(Spent()) is not None


async def test_a_call_that_brought_no_answer_counts_with_what_it_took(clock: Jumping) -> None:
    refused = fails("refusal")
    refused.usage = Usage(tokens_in=90, tokens_out=10, cost=0.25, estimated="the endpoint did not say")
    gateway = ModelGateway(Scripted(refused, limits_per_day={"tokens": 100}), clock)
    outcome = await gateway.ask(QUESTION)
    assert outcome.spent.model_copy(update={"seconds": 0}) == Spent(
        model_calls=1, tokens=100, tokens_estimated=100, money=0.25
    )
    assert gateway.refusal(Spent()) is not None


async def test_tokens_that_are_estimated_count_and_are_told_apart() -> None:
    guessed = WORDS.model_copy(update={"estimated": "the endpoint did not say"})
    spent = CallOutcome(answer=WORDS).spent + CallOutcome(answer=guessed).spent
    assert (spent.tokens, spent.tokens_estimated) == (200, 100)


async def test_tool_calls_that_are_refused_are_not_counted(clock: Jumping) -> None:
    many = asks(*[("usage", {"service": "checkout"})] * 600)
    gateway = ModelGateway(Scripted(many, limits_per_day={"tool_calls": 100}), clock)
    for _ in range(3):
        await gateway.ask(QUESTION)
    assert gateway.spent_today().tool_calls == 100


async def test_asking_nobody_costs_nothing() -> None:
    assert CallOutcome(fault=Fault(kind="resting", said="until later")).spent == Spent()
    assert CallOutcome(fault=DOWN, seconds=2).spent == Spent(model_calls=1, seconds=2)


async def test_a_trial_that_is_cancelled_does_not_block_the_next(clock: Jumping) -> None:
    class Cancelled(Exception):
        """Comes from outside."""

    class Gone(Scripted):
        async def answer(self, question: ModelRequest, hear: WordListener | None = None) -> ModelAnswer:
            raise Cancelled

    gateway = ModelGateway(Scripted(fails("server error")), clock)
    for _ in range(FAILURES_BEFORE_REST):
        await gateway.ask(QUESTION)
    clock.time += REST
    assert gateway.refusal(Spent()) is None
    gateway._model = Gone()  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(Cancelled):
        await gateway.ask(QUESTION)
    assert gateway.refusal(Spent()) is None


async def test_the_breaker_s_changes_are_events_and_the_run_goes_on_by_the_book(
    briefing: Briefing, production: Answers, log: MemoryLog, clock: Jumping
) -> None:
    line = [fails("unauthorized")] * FAILURES_BEFORE_REST + [hands_in("P0")]
    model = Scripted(*line)
    gateway = ModelGateway(model, clock)

    async def do(number: int) -> str:
        await perform(CLASSIFY, at_floor(briefing), DutyContext(f"main/node#{number}", log, clock, production, gateway))
        return log.of_kind("duty_finished")[-1]["by"]

    assert [await do(n) for n in range(FAILURES_BEFORE_REST + 2)] == ["book"] * (FAILURES_BEFORE_REST + 2)
    assert len(model.asked) == FAILURES_BEFORE_REST
    assert [event["state"].partition(":")[0] for event in log.of_kind("breaker")] == ["open"]
    assert len(log.of_kind("model_call")) == FAILURES_BEFORE_REST
    assert "resting: the model failed 5 times in a row" in log.of_kind("degraded")[-1]["why"]
    clock.time += REST
    assert [await do(100), await do(101)] == ["model", "model"]
    assert [event["state"].partition(":")[0] for event in log.of_kind("breaker")] == ["open", "closed"]


def test_a_limit_of_money_needs_prices() -> None:
    with pytest.raises(ValueError, match="a limit of money needs WARROOM_MODEL_PRICES for gpt-5, gpt-5-mini"):
        Settings.model_validate({"limits_per_day": {"money": 10}})


def test_limits_are_read_from_the_environment_and_keep_what_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_LIMITS_PER_DUTY", '{"tokens": 1000, "seconds": null}')
    limits = Settings().limits_per_duty
    assert (limits.tokens, limits.seconds, limits.model_calls) == (1000, None, 12)


def test_a_fault_is_an_error_with_a_name() -> None:
    assert str(ModelFault("rate limited", "slow down")) == "rate limited: slow down"
