"""Spans: what a duty, a model call and a tool call are called in OpenTelemetry. No span is made until an SDK is set up.

The names are those of OpenTelemetry's semantic conventions for generative AI. No span carries a text."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from agents.llm.client import ModelAnswer

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
CONVERSATION = "gen_ai.conversation.id"
AGENT = "gen_ai.agent.name"
TOOL = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
TOKENS_IN = "gen_ai.usage.input_tokens"
TOKENS_OUT = "gen_ai.usage.output_tokens"
ERROR = "error.type"
ESTIMATED = "warroom.usage_estimated"
"""Set where the tokens are our own estimate."""
DUTY = "warroom.duty"
BY = "warroom.by"


@cache
def tracer() -> "Tracer | None":
    """OpenTelemetry's tracer; None where its API is not installed."""
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace.get_tracer("warroom")


@contextmanager
def _span(name: str, attributes: dict[str, Any]) -> "Generator[Span | None]":
    traced = tracer()
    if traced is None:
        yield None
    else:
        with traced.start_as_current_span(name, attributes=attributes) as span:
            yield span


@contextmanager
def duty(run: str, role: str, name: str) -> "Generator[Span | None]":
    """A duty, from its start to its report."""
    attributes = {OPERATION: "invoke_agent", AGENT: role, CONVERSATION: run, DUTY: name}
    with _span(f"invoke_agent {role}", attributes) as span:
        yield span


@contextmanager
def chat(model: str) -> "Generator[Span | None]":
    """A model call."""
    with _span(f"chat {model}", {OPERATION: "chat", PROVIDER: "openai", REQUEST_MODEL: model}) as span:
        yield span


@contextmanager
def tool(name: str) -> "Generator[Span | None]":
    """A tool call."""
    with _span(f"execute_tool {name}", {OPERATION: "execute_tool", TOOL: name, TOOL_TYPE: "function"}) as span:
        yield span


def answered(span: "Span | None", answer: ModelAnswer) -> None:
    """Note on a model call's span what it took."""
    if span is not None:
        span.set_attributes({RESPONSE_MODEL: answer.model, TOKENS_IN: answer.tokens_in, TOKENS_OUT: answer.tokens_out})
        if answer.estimated:
            span.set_attribute(ESTIMATED, True)


def failed(span: "Span | None", kind: str) -> None:
    """Note on a span what went wrong."""
    if span is not None:
        span.set_attribute(ERROR, kind)


def done(span: "Span | None", by: str) -> None:
    """Note on a duty's span who did it: book or model."""
    if span is not None:
        span.set_attribute(BY, by)
