"""The seam: ChatOpenAI against an endpoint on loopback, in whole answers and in streams, well and unwell."""

from collections.abc import Iterator

import pytest

from agents.io.spending_limits import Price
from agents.llm.client import CUT_SHORT, OpenAIChatModel, as_message
from agents.llm.faults import ModelFault
from tests.agents.endpoint import QUESTION, SEEN_AT_ONCE, Ask, asking, fault, settings
from tests.faults import ENDPOINT
from tests.model_server import Reply, calls, completion, refuses, says, serving


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with asking() as ask:
        yield ask


async def test_an_answer_in_words_comes_with_its_tokens(ask: Ask) -> None:
    answer = await ask(says("Twelve users."))
    assert (answer.text, answer.requests, answer.model) == ("Twelve users.", [], "loopback")
    assert answer.tokens_in > answer.tokens_out > 0


async def test_a_request_for_tools_is_read(ask: Ask) -> None:
    answer = await ask(calls(("usage", {"service": "checkout"}), ("usage", {"service": "shop"})))
    assert [request.arguments["service"] for request in answer.requests] == ["checkout", "shop"]


async def test_the_words_are_heard_as_they_come_and_the_answer_is_the_same(ask: Ask) -> None:
    heard: list[str] = []
    reply = calls(("usage", {"service": "checkout"}), text="Let me see how many users there are.")
    streamed = await ask(reply, heard.append)
    assert len(heard) > 1
    assert "".join(heard) == streamed.text
    assert streamed == await ask(reply)


async def test_the_cost_follows_from_the_price_of_the_model_that_was_asked() -> None:
    with serving(lambda _: says("Twelve.")) as base_url:
        model = OpenAIChatModel(settings(base_url, model_prices={"gpt-5": Price(input=1, output=10)}))
        strong = await model.answer(QUESTION)
        quick = await model.answer(QUESTION.model_copy(update={"strength": "quick"}))
    assert strong.cost == pytest.approx((strong.tokens_in + 10 * strong.tokens_out) / 1_000_000)
    assert quick.cost is None


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", SEEN_AT_ONCE)
async def test_every_fault_has_a_name(ask: Ask, name: str, streamed: bool) -> None:
    failed = await fault(ask, SEEN_AT_ONCE[name].reply, (lambda _: None) if streamed else None)
    assert failed.fault.kind == SEEN_AT_ONCE[name].kind
    assert failed.fault.is_of_the_endpoint == (name in ENDPOINT)


async def test_a_slow_answer_is_an_answer(ask: Ask) -> None:
    assert (await ask(says("At last.")._replace(seconds=0.1))).text == "At last."


async def test_how_long_to_wait_is_read_from_the_header(ask: Ask) -> None:
    assert (await fault(ask, refuses(429, "slow down", **{"Retry-After": "2.5"}))).fault.retry_after == 2.5
    assert (
        await fault(ask, refuses(503, "down", **{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}))
    ).fault.retry_after is None


async def test_nobody_there_is_a_fault() -> None:
    with serving(lambda _: says("")) as base_url:
        model = OpenAIChatModel(settings(base_url))
    with pytest.raises(ModelFault) as failed:
        await model.answer(QUESTION)
    assert failed.value.fault.kind == "no connection"


async def test_an_answer_cut_off_at_its_longest_cannot_be_taken_for_a_whole_one(ask: Ask) -> None:
    request = {"id": "c", "type": "function", "function": {"name": "usage", "arguments": "{}"}}
    reply = completion({"role": "assistant", "content": None, "tool_calls": [request]}, "length")
    assert [r.unreadable for r in (await ask(reply)).requests] == [CUT_SHORT]


async def test_the_model_s_own_answer_goes_back_as_json_even_where_it_was_none(ask: Ask) -> None:
    answer = await ask(calls(("usage", '{"service": ')))
    assert answer.requests[0].unreadable
    assert as_message(answer)["tool_calls"][0]["function"]["arguments"] == "{}"


async def test_the_key_and_the_names_of_the_models_reach_the_endpoint() -> None:
    seen: list[str] = []

    def answer(request: dict[str, str]) -> Reply:
        seen.append(request["model"])
        return says("Yes.")

    with serving(answer) as base_url:
        model = OpenAIChatModel(settings(base_url, strong_model="llama-large", quick_model="llama-small"))
        await model.answer(QUESTION)
        await model.answer(QUESTION.model_copy(update={"strength": "quick"}))
    assert seen == ["llama-large", "llama-small"]
