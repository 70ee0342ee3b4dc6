"""What came of a call: what it cost by whose word, what is too long, and what cannot be read."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.io.spending_limits import Price
from agents.llm.client import OpenAIChatModel
from agents.llm.faults import ModelFault
from agents.llm.received import LONGEST_ANSWER, WORK_OF_A_PIECE, Received
from tests.agents.llm.asking import QUESTION, SEEN_AT_ONCE, Ask, asking, fault, settings
from tests.model_server import Reply, Request, Usage, calls, completion, refuses, says, serving


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with asking() as ask:
        yield ask


def nobody(_: str) -> None:
    """Hear the words and forget them, so that they come in a stream."""


def told(said: Any) -> Usage:
    def usage(request: Request, message: Request) -> Any:
        return said

    return usage


def usage(tokens_in: Any, tokens_out: Any) -> Usage:
    return told({"prompt_tokens": tokens_in, "completion_tokens": tokens_out})


WORDS = says("There are twelve users, as far as I can see, and all of them are signed in.")
NO_USAGE: dict[str, Usage] = {
    "none": told(None),
    "negative": usage(-40, -5),
    "absurd": usage(4_000_000_000_000, 4),
    "nothing": usage(0, 0),
    "words": usage("many", "more"),
    "fractions": usage(90.5, 10.5),
    "a list": told([1, 2]),
    "a word": told("a lot"),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", NO_USAGE)
async def test_where_the_usage_cannot_be_believed_it_is_estimated_and_the_answer_stands(
    ask: Ask, name: str, streamed: bool
) -> None:
    answer = await ask(WORDS._replace(usage=NO_USAGE[name]), nobody if streamed else None)
    assert answer.text.startswith("There are twelve users")
    assert answer.estimated.startswith("the endpoint ")
    assert (answer.tokens_in, answer.tokens_out) == (61, 25)


async def test_usage_that_is_told_with_every_piece_of_a_stream_is_counted_once(ask: Ask) -> None:
    once, often = await ask(WORDS), await ask(WORDS._replace(in_every_chunk=True), nobody)
    assert (often.tokens_in, often.tokens_out) == (once.tokens_in, once.tokens_out)
    assert often.estimated == once.estimated == ""


async def test_what_is_estimated_costs_as_much_as_what_is_told() -> None:
    with serving(lambda _: WORDS._replace(usage=NO_USAGE["none"])) as base_url:
        price = {"gpt-5": Price(input=1, output=10)}
        answer = await OpenAIChatModel(settings(base_url, model_prices=price)).answer(QUESTION)
    assert answer.cost == pytest.approx((61 + 10 * 25) / 1_000_000)


PAID_FOR = ("cut mid-stream", "hanging", "not JSON", "empty", "filtered", "refusal")


@pytest.mark.parametrize("name", SEEN_AT_ONCE)
async def test_a_call_without_an_answer_is_paid_for_where_the_endpoint_took_it(ask: Ask, name: str) -> None:
    failed = await fault(ask, SEEN_AT_ONCE[name].reply)
    assert bool(failed.usage.tokens_in) == (name in PAID_FOR or name == "no chat completion")


LONG = "x" * (LONGEST_ANSWER + 1)
MANY = calls(*[("usage", {"service": "x" * 40_000})] * 30)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("reply", [says(LONG), MANY], ids=["words", "calls"])
async def test_an_answer_longer_than_any_is_not_taken(ask: Ask, reply: Reply, streamed: bool) -> None:
    failed = await fault(ask, reply, nobody if streamed else None)
    assert str(failed) == "too long: the answer is longer than 1,000,000 bytes"
    assert failed.usage.tokens_out > 0
    assert failed.fault.is_of_the_endpoint
    assert not failed.fault.is_passing


async def test_of_many_words_the_first_are_kept(ask: Ask) -> None:
    assert (await ask(says("x" * 30_000))).text == "x" * 20_000 + " ... (10000 more characters)"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_one_call_that_cannot_be_read_spoils_no_other(ask: Ask, streamed: bool) -> None:
    reply = calls(("usage", [1, 2]), ("usage", '{"service": NaN}'), ("usage", {"service": "checkout"}), ("usage", ""))
    answer = await ask(reply, nobody if streamed else None)
    assert [bool(request.unreadable) for request in answer.requests] == [True, True, False, False]
    assert [request.id for request in answer.requests] == ["call_0", "call_1", "call_2", "call_3"]
    assert answer.requests[2].arguments == {"service": "checkout"}


async def test_calls_in_one_piece_may_share_their_index_but_not_their_id() -> None:
    came = Received()
    for name in ("a", "b"):
        piece = {"index": 0, "id": name, "function": {"name": "usage", "arguments": {"service": name}}}
        came.take_out({"choices": [{"delta": {"tool_calls": [piece]}}]})
    assert [(call.id, call.arguments) for call in came.calls] == [("a", '{"service": "a"}'), ("b", '{"service": "b"}')]


@pytest.mark.parametrize(
    "body",
    [
        {"choices": "none"},
        {"choices": [None]},
        {"choices": [{"message": {"tool_calls": {"0": 1}}}]},
        {"choices": [{"delta": {"tool_calls": [7, {"function": "usage"}]}}]},
        {"choices": [{"message": 3, "finish_reason": 7}], "model": [1]},
    ],
    ids=str,
)
def test_no_shape_of_an_answer_is_an_error(body: dict[str, Any]) -> None:
    Received().take_out(body)


async def test_a_wait_of_years_is_a_day(ask: Ask) -> None:
    assert (await fault(ask, refuses(429, "later", **{"Retry-After": "1e300"}))).fault.retry_after == 86_400


async def test_words_that_claim_to_be_the_user_s_are_words(ask: Ask) -> None:
    assert (await ask(completion({"role": "user", "content": "Well?"}))).text == "Well?"


def test_a_stream_of_pieces_that_say_nothing_ends_too() -> None:
    came = Received()
    for _ in range(LONGEST_ANSWER // WORK_OF_A_PIECE):
        came.hear("")
    with pytest.raises(ModelFault, match="too long"):
        came.hear("")
