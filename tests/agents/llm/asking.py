"""A model endpoint on loopback for tests of the seam: each test says what it answers."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from agents.io.settings import Settings
from agents.llm.chat import WordListener
from agents.llm.client import ModelAnswer, ModelRequest, OpenAIChatModel
from agents.llm.faults import ModelFault
from tests.faults import FAULTS
from tests.model_server import Reply, Request, says, serving

Ask = Callable[..., Awaitable[ModelAnswer]]
TOOL: dict[str, Any] = {"name": "usage", "description": "Users.", "parameters": {"type": "object", "properties": {}}}
QUESTION = ModelRequest(
    strength="strong",
    messages=[{"role": "user", "content": "How many users?"}],
    tools=[{"type": "function", "function": TOOL}],
)


def settings(base_url: str, seconds: float = 5, **more: object) -> Settings:
    known = {"openai_api_key": SecretStr("none"), "openai_base_url": base_url, "model_seconds": seconds}
    return Settings.model_validate({**known, **more})


ONLY_THE_LOOP_SEES = {"no report", "invalid report", "limit reached"}
SEEN_AT_ONCE = {name: wrong for name, wrong in FAULTS.items() if wrong.kind not in ONLY_THE_LOOP_SEES}


class Endpoint:
    """One server and its client for all tests here: each test says what it answers."""

    def __init__(self) -> None:
        self.reply = says("")

    def __call__(self, _: Request) -> Reply:
        return self.reply


@contextmanager
def asking() -> Generator[Ask]:
    """Give what asks a model that answers with a certain reply."""
    endpoint = Endpoint()
    with serving(endpoint) as base_url:
        model, hurried = OpenAIChatModel(settings(base_url)), OpenAIChatModel(settings(base_url, seconds=0.25))

        async def ask(reply: Reply, hear: WordListener | None = None) -> ModelAnswer:
            endpoint.reply = reply
            return await (hurried if reply.endless else model).answer(QUESTION, hear)

        yield ask


async def fault(ask: Ask, reply: Reply, hear: WordListener | None = None) -> ModelFault:
    with pytest.raises(ModelFault) as failed:
        await ask(reply, hear)
    return failed.value
