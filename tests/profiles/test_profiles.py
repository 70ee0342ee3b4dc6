"""On every endpoint profile a well-behaved model does every duty of a P3; `make profiles` plays a P0 on each."""

from dataclasses import replace
from typing import Any

import pytest

from agents.llm.client import ModelAnswer, ModelRequest, OpenAIChatModel, as_message
from agents.llm.faults import ModelFault
from tests.model_server import Reply, Request, calls, completion, serving
from tests.profiles.dialects import Asked, Profile, serving_as
from tests.profiles.openai import CHAT, UNSET, OpenAI
from tests.profiles.table import PROFILES, WAYS, played, settings

ON_EACH = pytest.mark.parametrize("profile", PROFILES, ids=[profile.name for profile in PROFILES])
IN_SHORT = ("overflow", "cut off")
P3 = "north_wind"
TOOL = {"type": "function", "function": {"name": "usage", "description": "Users.", "parameters": {"type": "object"}}}
QUESTION = {"role": "user", "content": "How many users?"}


def nobody(_: str) -> None:
    """Hear the words and forget them, so that they come in a stream."""


def ways() -> list[Any]:
    return [name if name in IN_SHORT else pytest.param(name, marks=pytest.mark.long) for name in WAYS]


@pytest.mark.parametrize("way", ways())
@ON_EACH
def test_a_well_behaved_model_does_every_duty(profile: Profile, way: str) -> None:
    result = played(profile, WAYS[way], P3)
    assert (result.lost, result.by_rules, result.by_model) == ([], 0, 5)


async def conversed(profile: Profile, rounds: int = 3, **more: Any) -> tuple[list[ModelAnswer], list[Asked]]:
    """A conversation in which the model uses two tools in every answer; the answers, and what was asked."""

    def model(request: Request) -> Reply:
        return calls(("usage", {"service": "shop"}), ("usage", {"service": "checkout"}), text="Let me look.")

    with serving_as(profile, model) as (url, server):
        client = OpenAIChatModel(settings(profile, url, **more))
        messages: list[dict[str, Any]] = [{"role": "system", "content": "Look."}, QUESTION]
        answers: list[ModelAnswer] = []
        for number in range(rounds):
            hear = nobody if number % 2 else None
            answers.append(await client.answer(ModelRequest(strength="strong", messages=messages, tools=[TOOL]), hear))
            replies = [{"role": "tool", "tool_call_id": r.id, "content": "{}"} for r in answers[-1].requests]
            messages = [*messages, as_message(answers[-1]), *replies]
    return answers, server.asked


@ON_EACH
async def test_calls_are_understood_and_a_conversation_goes_on_whole_or_streamed(profile: Profile) -> None:
    answers, _ = await conversed(profile)
    wanted = [("usage", {"service": "shop"}), ("usage", {"service": "checkout"})]
    for answer in answers:
        assert [(request.name, request.arguments) for request in answer.requests] == wanted
        assert answer.text == "Let me look."
    ids = [request.id for answer in answers for request in answer.requests]
    assert len(set(ids)) == len(ids)
    assert all(ids)


async def test_what_an_endpoint_asked_to_change_is_remembered() -> None:
    answers, asked = await conversed(UNSET)
    assert [one.path for one in asked] == ["/v1/chat/completions", *["/v1/responses"] * 3]
    assert {tuple(answer.changes) for answer in answers} == {("by the Responses API",)}


async def test_nothing_is_kept_at_the_endpoint_and_what_was_thought_is_sent_back() -> None:
    _, asked = await conversed(UNSET)
    last = asked[-1].body
    assert (last["store"], last["include"]) == (False, ["reasoning.encrypted_content"])
    kinds = [item["type"] for item in last["input"]]
    answered = ["reasoning", "message", "function_call", "function_call"]
    assert kinds == ["message", "message", *[*answered, "function_call_output", "function_call_output"] * 2]
    assert all(tool["strict"] is False for tool in last["tools"])


async def test_who_insists_on_chat_completions_gets_them_without_reasoning() -> None:
    answers, asked = await conversed(replace(CHAT, options={"api": "chat"}))
    assert {one.path for one in asked} == {"/v1/chat/completions"}
    assert [one.body.get("reasoning_effort") for one in asked] == [None, "none", "none", "none"]
    assert answers[-1].changes == ["with reasoning effort none"]


async def test_a_parameter_of_the_settings_is_sent_unless_it_is_refused() -> None:
    class Refusing(OpenAI):
        def refuses(self, asked: Asked) -> Reply | None:
            return self.refuses_parameter() if "top_k" in asked.body else super().refuses(asked)

    answers, asked = await conversed(Refusing("refuses top_k", options=CHAT.options), top_k=5, seed=7)
    assert [(one.body.get("top_k"), one.body.get("seed")) for one in asked] == [(5, 7), *[(None, 7)] * 3]
    assert answers[-1].changes == ["without top_k"]


async def test_every_answer_must_call_a_tool_unless_the_settings_say_otherwise() -> None:
    _, asked = await conversed(CHAT)
    assert {one.body["tool_choice"] for one in asked} == {"required"}
    freely = replace(CHAT, options={**CHAT.options, "tool_choice": "auto"})
    _, asked = await conversed(freely)
    assert {one.body["tool_choice"] for one in asked} == {"auto"}


async def test_where_nothing_is_streamed_the_words_are_heard_at_the_end() -> None:
    class Whole(OpenAI):
        def refuses(self, asked: Asked) -> Reply | None:
            refused = Reply(400, {"error": {"message": "Streaming is not supported with tools", "param": "stream"}})
            return refused if asked.body.get("stream") else super().refuses(asked)

    answers, asked = await conversed(Whole("streams nothing", options=CHAT.options))
    assert [bool(one.body.get("stream")) for one in asked] == [False, True, False, False]
    assert [answer.text for answer in answers] == ["Let me look."] * 3


@pytest.mark.parametrize("reason", ["model_length", "model_context_window_exceeded"])
async def test_an_answer_that_ended_for_lack_of_room_tells_of_a_conversation_that_is_too_long(reason: str) -> None:
    with serving(lambda _: completion({"role": "assistant", "content": "The"}, reason)) as url:
        model = OpenAIChatModel(settings(CHAT, url))
        with pytest.raises(ModelFault) as failed:
            await model.answer(ModelRequest(strength="strong", messages=[QUESTION], tools=[TOOL]))
    assert failed.value.fault.kind == "context too long"
