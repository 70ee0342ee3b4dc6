"""Spans: the names that OpenTelemetry's conventions give, and no text of an incident in any of them."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agents.llm import tracing
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.performing import perform
from tests.agents.scripted import CLASSIFY, Scripted, asks, at_floor, fails, give, hands_in


class Span:
    """A span that remembers."""

    def __init__(self, name: str, attributes: Mapping[str, Any]) -> None:
        self.name = name
        self.attributes = dict(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        self.attributes[key] = value

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        self.attributes |= attributes


class Tracer:
    """A tracer that keeps its spans."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    @contextmanager
    def start_as_current_span(self, name: str, attributes: Mapping[str, Any]) -> Generator[Span]:
        self.spans.append(Span(name, attributes))
        yield self.spans[-1]


@pytest.fixture
def tracer(monkeypatch: pytest.MonkeyPatch) -> Tracer:
    kept = Tracer()
    monkeypatch.setattr(tracing, "tracer", lambda: kept)
    return kept


async def test_a_duty_its_model_calls_and_its_tool_calls_are_spans(
    context: DutyContext, briefing: Briefing, tracer: Tracer
) -> None:
    usage = asks(("usage", {"service": "checkout"}), model="loopback", tokens_in=80, tokens_out=20)
    give(context, Scripted(usage, hands_in()))
    await perform(CLASSIFY, at_floor(briefing), context)
    assert [span.name for span in tracer.spans] == [
        "invoke_agent infrastructure_maintainer",
        "chat gpt-5",
        "execute_tool usage",
        "chat gpt-5",
    ]
    duty, chat, tool, _ = (span.attributes for span in tracer.spans)
    assert duty["gen_ai.conversation.id"] == briefing.run
    assert (duty["warroom.duty"], duty["warroom.by"]) == ("classify", "model")
    assert (chat["gen_ai.request.model"], chat["gen_ai.response.model"]) == ("gpt-5", "loopback")
    assert (chat["gen_ai.usage.input_tokens"], chat["gen_ai.usage.output_tokens"]) == (80, 20)
    assert tool["gen_ai.tool.name"] == "usage"


async def test_a_fault_is_named_on_its_span(context: DutyContext, briefing: Briefing, tracer: Tracer) -> None:
    give(context, Scripted(fails("unauthorized")))
    await perform(CLASSIFY, at_floor(briefing), context)
    assert tracer.spans[1].attributes["error.type"] == "unauthorized"
    assert tracer.spans[0].attributes["warroom.by"] == "book"


async def test_no_span_carries_a_text_of_the_incident(context: DutyContext, briefing: Briefing, tracer: Tracer) -> None:
    give(context, Scripted(hands_in()))
    await perform(CLASSIFY, at_floor(briefing), context)
    written = str([span.attributes for span in tracer.spans])
    assert briefing.alert.title not in written
    assert "summary" not in written


def test_without_an_sdk_nothing_is_recorded() -> None:
    tracing.tracer.cache_clear()
    with tracing.chat("gpt-5") as span:
        assert span is None or not span.is_recording()


async def test_the_real_sdk_gets_them_nested(
    context: DutyContext, briefing: Briefing, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "tracer", lambda: provider.get_tracer("warroom"))
    usage = asks(("usage", {"service": "checkout"}), model="loopback", tokens_in=80, tokens_out=20)
    give(context, Scripted(usage, hands_in()))
    await perform(CLASSIFY, at_floor(briefing), context)
    found = {span.name: span for span in exporter.get_finished_spans()}
    duty = found["invoke_agent infrastructure_maintainer"]
    assert duty.context and duty.parent is None
    assert {span.parent.span_id for span in found.values() if span.parent} == {duty.context.span_id}
    attributes = {name: dict(span.attributes or {}) for name, span in found.items()}
    assert attributes["execute_tool usage"]["gen_ai.operation.name"] == "execute_tool"
    assert attributes["chat gpt-5"]["gen_ai.operation.name"] == "chat"
    assert briefing.alert.title not in exporter.get_finished_spans()[0].to_json()
    provider.shutdown()
