"""The seam to a chat model: its answers, and the arguments that it writes."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from agents.io.outside_text import DEEPEST
from agents.io.settings import Settings
from agents.io.spending_limits import Price
from agents.llm.client import CUT_SHORT, OpenAIChatModel, as_message
from agents.llm.faults import FaultKind, ModelFault
from agents.llm.tool_calls import LONGEST_ARGUMENTS, read_arguments
from tests.agents.llm.asking import QUESTION, SEEN_AT_ONCE, Ask, asking, fault, settings
from tests.agents.surroundings import emptied
from tests.agents.tools.vendor import Answer as HttpAnswer
from tests.agents.tools.vendor import Asked, on_loopback
from tests.faults import ENDPOINT
from tests.model_server import Reply, Request, calls, completion, refuses, says, serving, usage_of


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


KEPT = 9


def with_kept(request: Request, message: dict[str, Any]) -> dict[str, Any]:
    return {**usage_of(request, message), "prompt_tokens_details": {"cached_tokens": KEPT}}


async def test_tokens_that_the_endpoint_had_kept_cost_their_own_price() -> None:
    with serving(lambda _: says("Twelve.")._replace(usage=with_kept)) as base_url:
        prices = {"gpt-5": Price(input=1, output=10, cached=0.1)}
        answer = await OpenAIChatModel(settings(base_url, model_prices=prices)).answer(QUESTION)
    anew = answer.tokens_in - KEPT
    assert answer.cached == KEPT
    assert answer.cost == pytest.approx((anew + 0.1 * KEPT + 10 * answer.tokens_out) / 1_000_000)


@pytest.mark.parametrize(("options", "sent"), [({}, None), ({"cache_key": True}, "run-1")], ids=str)
async def test_calls_of_a_run_are_sent_with_its_key_where_that_is_set(options: dict[str, Any], sent: Any) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return says("Twelve.")

    with serving(answer) as base_url:
        model = OpenAIChatModel(settings(base_url, model_options={"*": options}))
        await model.answer(QUESTION.model_copy(update={"run": "run-1"}))
    assert asked[0].get("prompt_cache_key") == sent


async def test_an_endpoint_that_does_not_take_the_key_is_asked_without_it() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        takes_it = "prompt_cache_key" not in request
        return says("Twelve.") if takes_it else refuses(400, "Unrecognized request argument supplied: prompt_cache_key")

    with serving(answer) as base_url:
        model = OpenAIChatModel(settings(base_url, model_options={"*": {"cache_key": True}}))
        for _ in range(2):
            await model.answer(QUESTION.model_copy(update={"run": "run-1"}))
    assert [request.get("prompt_cache_key") for request in asked] == ["run-1", None, None]


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


@pytest.mark.parametrize("said", ["inf", "nan", "1e999", "²"])
async def test_a_wait_that_is_no_number_of_seconds_is_not_read(ask: Ask, said: str) -> None:
    assert (await fault(ask, refuses(429, "slow down", **{"Retry-After": said}))).fault.retry_after is None


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


DEEP = '{"a":' * 5000 + "1" + "}" * 5000
NUMBERS = '{"n": [NaN, 1e400, ' + "9" * 5000 + "]}"
NOT_SO_DEEP = '{"service":' * 300 + "1" + "}" * 300


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    "arguments", [DEEP, NOT_SO_DEEP, "[" * 5000, '{"n": [NaN, 1e400, 1e5000]}', '{"n": ' + "9" * 5000 + "}"]
)
async def test_whatever_arguments_a_model_writes_can_be_kept(ask: Ask, arguments: str, streams: bool) -> None:
    heard: list[str] = []
    try:
        answer = await ask(calls(("usage", arguments)), heard.append if streams else None)
    except ModelFault as failed:
        assert failed.fault.kind == "unreadable"  # noqa: PT017 - either will do, but nothing else
    else:
        json.dumps(answer.model_dump(mode="json"), allow_nan=False).encode()


async def test_words_and_arguments_are_harmless(ask: Ask) -> None:
    answer = await ask(
        calls(("us\u200bage", {"ser\ud800vice": "\x1b[2Jcheck\xadout"}), text="\u202eroll\r\nback\ud800")
    )
    assert answer.text == "roll\nback\ufffd"
    assert answer.requests[0].name == "usage"
    assert answer.requests[0].arguments == {"ser\ufffdvice": "[2Jcheckout"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return emptied(monkeypatch)


@pytest.mark.parametrize("name", ["ALL_PROXY", "HTTP_PROXY", "http_proxy", "OPENAI_PROXY", "SSL_CERT_FILE"])
@pytest.mark.parametrize("said", ["http://127.0.0.1:1", "socks5://127.0.0.1:1", "nonsense://x", "/nowhere.pem"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_endpoint_of_this_machine_answers_whatever_proxies_and_certificates_are_named(
    environment: pytest.MonkeyPatch, name: str, said: str, host: str
) -> None:
    environment.setenv(name, said)
    with serving(lambda _: says("Twelve.")) as base_url:
        model = OpenAIChatModel(settings(base_url.replace("127.0.0.1", host)))
        assert (await model.answer(QUESTION)).text == "Twelve."


async def test_an_endpoint_outside_is_asked_through_the_proxy_that_is_named(environment: pytest.MonkeyPatch) -> None:
    with serving(lambda _: says("Twelve, says the proxy.")) as proxy:
        environment.setenv("HTTP_PROXY", proxy.removesuffix("/v1"))
        answer = await OpenAIChatModel(settings("http://model.example/v1")).answer(QUESTION)
    assert answer.text == "Twelve, says the proxy."


@pytest.mark.parametrize(
    ("named", "key", "kind", "said"),
    [
        (
            {"SSL_CERT_FILE": "/nowhere.pem"},
            "k",
            "no connection",
            "SSL_CERT_FILE names /nowhere.pem, which is not there",
        ),
        ({"ALL_PROXY": "nonsense://x"}, "k", "no connection", "ALL_PROXY is not the address of a proxy"),
        ({}, "one\ntwo", "unauthorized", "OPENAI_API_KEY cannot be sent: its character number 4"),
        ({}, "schlüssel", "unauthorized", "OPENAI_API_KEY cannot be sent: its character number 5"),
        ({}, "one\udcff", "unauthorized", "OPENAI_API_KEY cannot be sent: its character number 4"),
    ],
)
async def test_what_keeps_the_model_from_being_asked_is_a_fault_of_each_call_and_of_no_start(
    environment: pytest.MonkeyPatch, named: dict[str, str], key: str, kind: FaultKind, said: str
) -> None:
    for name, text in named.items():
        environment.setenv(name, text)
    model = OpenAIChatModel(settings("https://model.example/v1", openai_api_key=SecretStr(key)))
    for _ in range(2):
        with pytest.raises(ModelFault) as failed:
            await model.answer(QUESTION)
        assert failed.value.fault.kind == kind
        assert failed.value.fault.said.startswith(said)


async def test_once_the_hindrance_is_gone_the_model_is_asked(environment: pytest.MonkeyPatch) -> None:
    with serving(lambda _: says("Twelve.")) as proxy:
        environment.setenv("HTTP_PROXY", "nonsense://x")
        model = OpenAIChatModel(settings("http://model.example/v1"))
        with pytest.raises(ModelFault, match="HTTP_PROXY is not the address of a proxy"):
            await model.answer(QUESTION)
        environment.setenv("HTTP_PROXY", proxy.removesuffix("/v1"))
        assert (await model.answer(QUESTION)).text == "Twelve."


async def test_a_line_break_behind_the_key_is_not_sent(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OPENAI_API_KEY", "sk-1\n")
    seen: list[str] = []

    def endpoint(request: Asked) -> HttpAnswer:
        seen.append(request.headers["authorization"])
        return HttpAnswer(200, {**says("Twelve.").body, "usage": {"prompt_tokens": 1, "completion_tokens": 1}})

    with on_loopback(endpoint) as url:
        answer = await OpenAIChatModel(Settings.model_validate({"openai_base_url": f"{url}/v1"})).answer(QUESTION)
    assert (answer.text, seen) == ("Twelve.", ["Bearer sk-1"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize("nothing", ["", "  ", "null", "{}"])
def test_nothing_is_no_argument(nothing: str) -> None:
    assert read_arguments(nothing) == ({}, "")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('{"service": ', 'they are not JSON: {"service": '),
        ("[1, 2]", "they are no JSON object: [1, 2]"),
        ("7", "they are no JSON object: 7"),
        ('"service"', 'they are no JSON object: "service"'),
        ('{"minutes": NaN}', "NaN is no number"),
        ('{"minutes": -Infinity}', "-Infinity is no number"),
        ('{"minutes": 1e999}', "1e999 is larger than 1,000,000,000,000,000"),
        (f'{{"minutes": {"9" * 5000}}}', f"{'9' * 500} is larger than 1,000,000,000,000,000"),
        (nested(DEEPEST + 1), f"they are nested more than {DEEPEST} levels deep"),
        (nested(100_000 // 6 - 1), f"they are nested more than {DEEPEST} levels deep"),
        (
            json.dumps({"service": "x" * LONGEST_ARGUMENTS}),
            "they have 100,015 characters, and at most 100,000 are read",
        ),
    ],
    ids=lambda text: str(text)[:30],
)
def test_what_cannot_be_read_is_said(written: str, why: str) -> None:
    assert read_arguments(written) == ({}, why)


def test_what_a_report_needs_is_read() -> None:
    wanted = {"summary": "5xx \u2013 all", "of": [0.25, 20_185, -3, 1e-7], "none": None, "ok": True}
    assert read_arguments(json.dumps(wanted)) == (wanted, "")
    assert read_arguments(nested(DEEPEST))[1] == ""


@given(JSON)
def test_whatever_json_is_written_gives_arguments_that_can_be_written_again_or_a_reason(value: Any) -> None:
    found, why = read_arguments(json.dumps(value))
    json.dumps(found, allow_nan=False)
    assert not (found and why)
    if not isinstance(value, str):  # a text may hold an object, encoded once more
        assert bool(why) == (bool(value) and (not isinstance(value, dict) or found != value))


@given(st.text())
def test_any_text_is_read_or_not_without_an_error(written: str) -> None:
    found, why = read_arguments(written)
    assert not (found and why)


def test_a_model_is_asked_on_one_event_loop_after_another_though_its_endpoint_keeps_connections() -> None:
    with serving(lambda _: says("Twelve.")) as base_url:
        model = OpenAIChatModel(settings(base_url))
        assert [asyncio.run(model.answer(QUESTION)).text for _ in range(3)] == ["Twelve."] * 3


def test_event_loops_at_the_same_time_do_not_use_each_other_s_connections() -> None:
    with serving(lambda _: says("Twelve.")) as base_url, asyncio.Runner() as first, asyncio.Runner() as second:
        model = OpenAIChatModel(settings(base_url))
        taken = [runner.run(model.answer(QUESTION)).text for runner in (first, second, first, second)]
    assert taken == ["Twelve."] * 4
