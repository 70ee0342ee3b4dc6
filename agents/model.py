"""The one seam to a chat model: ask a question, get words or tool requests back."""

# pyright: reportUnknownMemberType=false
# langchain leaves the type of `bind_tools` partly unknown.

import json
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from agents.settings import Settings

Strength = Literal["strong", "quick"]


class ModelFault(Exception):
    """The model gave no usable answer."""


class ToolRequest(BaseModel):
    """The model asks for a tool, or hands in its report."""

    id: str
    name: str
    arguments: dict[str, Any]
    unreadable: str = ""
    """The arguments as written, where they are not JSON."""


class Answer(BaseModel):
    """What the model said."""

    text: str = ""
    requests: list[ToolRequest] = []
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


class Question(BaseModel):
    """A conversation so far, and the tools the model may ask for."""

    strength: Strength
    messages: list[dict[str, Any]]
    """In the shape of OpenAI's chat completions."""
    tools: list[dict[str, Any]]

    def request(self) -> dict[str, Any]:
        """All that the answer depends on."""
        return self.model_dump()

    def shown(self) -> dict[str, Any]:
        """What the transcript keeps: the words that are new in this call, and the names of the tools."""
        last = max((i for i, m in enumerate(self.messages) if m["role"] == "assistant"), default=-1)
        names = [tool["function"]["name"] for tool in self.tools]
        return {"strength": self.strength, "new_messages": self.messages[last + 1 :], "tools": names}


class Model(Protocol):
    """Anything that answers questions. Raises ModelFault, and nothing else."""

    async def answer(self, question: Question) -> Answer: ...


class OpenAIModel:
    """OpenAI, or any endpoint that speaks its chat completions, through ChatOpenAI."""

    def __init__(self, settings: Settings) -> None:
        import httpx2
        from langchain_openai import ChatOpenAI

        def chat(name: str) -> ChatOpenAI:
            return ChatOpenAI(
                model=name,
                base_url=settings.openai_base_url,
                api_key=settings.openai_api_key or "none",  # type: ignore[arg-type]
                timeout=httpx2.Timeout(settings.model_seconds, connect=5, pool=2),
                max_retries=0,
                use_responses_api=False,
                stream_usage=True,
            )

        self._chats = {"strong": chat(settings.strong_model), "quick": chat(settings.quick_model)}

    async def answer(self, question: Question) -> Answer:
        from langchain_core.exceptions import LangChainException
        from openai import OpenAIError

        chat = self._chats[question.strength].bind_tools(question.tools, tool_choice="auto")
        try:
            said = await chat.ainvoke(question.messages)
        except (OpenAIError, LangChainException, ValueError, OSError) as error:
            raise ModelFault(f"{type(error).__name__}: {error}"[:500]) from error
        usage = said.usage_metadata or {}
        requests = [ToolRequest(id=c["id"] or "", name=c["name"], arguments=c["args"]) for c in said.tool_calls]
        requests += [
            ToolRequest(id=c["id"] or "", name=c["name"] or "", arguments={}, unreadable=c["args"] or "")
            for c in said.invalid_tool_calls
        ]
        return Answer(
            text=str(said.text),
            requests=requests,
            model=str(said.response_metadata.get("model_name", "")),
            tokens_in=usage.get("input_tokens", 0),
            tokens_out=usage.get("output_tokens", 0),
        )


def as_message(answer: Answer) -> dict[str, Any]:
    """The model's own answer, as the next message of the conversation."""
    calls = [
        {
            "id": r.id,
            "type": "function",
            "function": {"name": r.name, "arguments": r.unreadable or json.dumps(r.arguments)},
        }
        for r in answer.requests
    ]
    return {"role": "assistant", "content": answer.text, **({"tool_calls": calls} if calls else {})}
