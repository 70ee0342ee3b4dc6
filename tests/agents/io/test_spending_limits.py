"""Limits: what a duty, a run and a day may spend, also inside one answer: the rest is refused before it is done."""

import time
from typing import Any

import pytest

from agents.llm.client import ModelAnswer, ModelRequest
from agents.llm.gateway import HAND_IN
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, Answers, MemoryLog
from tests.agents.scripted import CLASSIFY, USAGE, Do, Jumping, Scripted, asks, degraded, doing, hands_in


@pytest.fixture
def do(log: MemoryLog, production: Answers, briefing: Briefing) -> Do:
    return doing(DutyContext("main/node#1", log, Jumping(NOW), production), briefing)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"model_calls": 3}, "3 model calls of 3"),
        ({"tokens": 250}, "300 tokens of 250"),
        ({"money": 0.5}, "0.6 of money of 0.5"),
        ({"seconds": 0}, "0 seconds of 0"),
    ],
    ids=str,
)
async def test_a_limit_ends_the_duty_by_the_book(do: Do, log: MemoryLog, limits: dict[str, Any], words: str) -> None:
    endless = asks(("usage", {"service": "checkout"}), tokens_in=90, tokens_out=10, cost=0.2)
    prices = {name: {"input": 1, "output": 1} for name in ("gpt-5", "gpt-5-mini")}
    report = await do(Scripted(endless, limits_per_duty=limits, model_prices=prices))
    assert report.summary == "By the book."
    assert f"{words} in this duty" in degraded(log)


THOUSAND = asks(*[("golden_signals", {"service": "checkout", "minutes": n}) for n in range(1, 1001)])


async def test_of_a_thousand_tool_calls_in_one_answer_as_many_are_done_as_may_be(do: Do, log: MemoryLog) -> None:
    model = Scripted(THOUSAND, hands_in("P0"))
    assert (await do(model)).severity == "P0"
    assert len(log.of_kind("tool_call")) == 40
    assert [event["why"] for event in log.of_kind("degraded")] == [
        "960 of 1000 tool calls were not done: 40 tool calls of 40 in this duty"
    ]


async def test_the_rest_is_refused_in_one_message_and_kept_nowhere(do: Do, log: MemoryLog) -> None:
    model = Scripted(THOUSAND, hands_in("P0"))
    await do(model)
    _, _, said, *replies, refused = model.asked[1].messages
    assert len(said["tool_calls"]) == len(replies) == 40
    assert refused["content"].startswith("960 more tool calls were not done: 40 tool calls of 40 in this duty.")
    kept = log.of_kind("model_answer")[0]["answer"]
    assert (len(kept["requests"]), kept["refused"]) == (40, 960)


async def test_who_may_use_no_more_tools_is_offered_none(do: Do) -> None:
    model = Scripted(asks(("usage", {"service": "checkout"})), USAGE, hands_in(), limits_per_duty={"tool_calls": 2})
    await do(model)
    offered = [[tool["function"]["name"] for tool in question.tools] for question in model.asked]
    assert (HAND_IN in offered[1], len(offered[1])) == (True, len(CLASSIFY.tools) + 1)
    assert offered[2] == [HAND_IN]


async def test_who_goes_on_asking_for_tools_then_has_the_duty_done_by_the_book(do: Do, log: MemoryLog) -> None:
    looks = [asks(("golden_signals", {"service": "checkout", "minutes": minutes})) for minutes in (5, 6, 7)]
    model = Scripted(*looks, limits_per_duty={"tool_calls": 2})
    assert (await do(model)).summary == "By the book."
    assert len(model.asked) == 4
    assert "2 answers in a row with nothing to do; to the last: 1 more tool calls were not done" in str(
        log.of_kind("degraded")[-1]["why"]
    )


@pytest.mark.parametrize("limit", ["limits_per_run", "limits_per_day"])
async def test_the_limits_of_the_run_and_of_the_day_hold_inside_an_answer_too(
    do: Do, log: MemoryLog, limit: str
) -> None:
    await do(Scripted(THOUSAND, **{limit: {"tool_calls": 3}}))
    assert [call["tool"] for call in log.of_kind("tool_call")] == ["golden_signals"] * 4
    assert log.of_kind("degraded")[0]["why"].startswith("997 of 1000 tool calls were not done: 3 tool calls of 3 ")


@pytest.mark.parametrize(
    "limit", [{"tokens": 100}, {"money": 0.2}, {"model_calls": 1}, {"seconds": 0.0001}], ids=lambda limit: str(*limit)
)
@pytest.mark.parametrize("whose", ["limits_per_duty", "limits_per_run", "limits_per_day"])
async def test_an_answer_that_reaches_a_limit_has_none_of_its_tool_calls_done(
    do: Do, log: MemoryLog, whose: str, limit: dict[str, Any]
) -> None:
    def slow(_: ModelRequest) -> ModelAnswer:
        time.sleep(0.002)
        return asks(("usage", {"service": "checkout"}), tokens_in=90, tokens_out=10, cost=0.2)

    prices = {name: {"input": 1, "output": 1} for name in ("gpt-5", "gpt-5-mini")}
    await do(Scripted(slow, model_prices=prices, **{whose: limit}))
    assert [call["tool"] for call in log.of_kind("tool_call")] == ["golden_signals"]  # the book's own
    assert len(log.of_kind("model_call")) == 1


async def test_a_report_counts_though_its_answer_reaches_a_limit(do: Do) -> None:
    report = hands_in("P0").model_copy(update={"tokens_in": 100})
    assert (await do(Scripted(report, limits_per_duty={"tokens": 100}))).severity == "P0"


async def test_of_several_reports_in_an_answer_the_first_counts_and_one_complaint_is_made(do: Do) -> None:
    model = Scripted(asks(*[(HAND_IN, {"severity": "P9"})] * 600), hands_in("P0"))
    assert (await do(model)).severity == "P0"
    assert len(model.asked[1].messages) == 2 + 1 + 1


async def test_tools_beside_a_report_are_not_used(do: Do, log: MemoryLog) -> None:
    bad = asks(("usage", {"service": "checkout"}), (HAND_IN, {"severity": "P9"}))
    model = Scripted(bad, hands_in("P0"))
    await do(model)
    assert log.of_kind("tool_call") == []
    assert model.asked[1].messages[-2]["content"] == "Not done: tools are not used beside a report."
