"""A trial of the models for `warroom doctor --model`: a real round trip to each, with a tool call and its answer."""

import asyncio
import json
from time import monotonic
from typing import Any

from agents.io.settings import Settings
from agents.llm.client import ModelAnswer, ModelRequest, OpenAIChatModel, Strength, as_message
from agents.llm.faults import Fault, ModelFault
from agents.llm.gateway import HAND_IN
from agents.llm.health import models_of, place_of, reason
from graphs.maintenance.doctor import Finding

NAME = "trial"
LOOK = "read_number"
NUMBER = 4711
STEPS = 3
"""Calls that a model may take: one for the tool, one for the report, one for a detour."""
WHAT_TO_DO = (
    f"Call the tool {LOOK} once. Then call {HAND_IN} with the number that it answers. Answer by tool calls only."
)
DO: dict[str, str] = {
    "unauthorized": "put the right key into OPENAI_API_KEY, or name the header that the endpoint wants",
    "unknown model": "name models that the endpoint has in WARROOM_STRONG_MODEL and WARROOM_QUICK_MODEL",
    "rate limited": "wait, or raise the limit at the endpoint",
    "no connection": "see whether the endpoint runs there, and whether OPENAI_BASE_URL is right",
    "too slow": "raise WARROOM_MODEL_SECONDS, or name a quicker model",
}
"""What to do about a fault, by its kind."""
ELSE = "see docs/models.md for what this endpoint needs in WARROOM_MODEL_OPTIONS"


def try_models(settings: Settings) -> list[Finding]:
    """Let each model use a tool and hand in what it answered; costs a few hundred tokens."""
    if not settings.has_model:
        return [Finding(NAME, "warning", "no model is set up", "set OPENAI_API_KEY or OPENAI_BASE_URL")]
    strengths: dict[str, Strength] = {settings.strong_model: "strong", settings.quick_model: "quick"}
    names = dict.fromkeys(models_of(settings))
    return [asyncio.run(_tried(settings, name, strengths[name])) for name in names]


async def _tried(settings: Settings, name: str, strength: Strength) -> Finding:
    """One model's trial."""
    who, begun = f"{name} at {place_of(settings)}", monotonic()
    try:
        answers = await _round_trip(OpenAIChatModel(settings), strength)
    except ModelFault as failed:
        return Finding(NAME, "warning", f"{who} fails: {reason(failed.fault)}", _what_to_do(failed.fault))
    last = answers[-1]
    asked = f"; asked {', '.join(last.changes)}, as the endpoint wants" if last.changes else ""
    took = f"{len(answers)} calls, {monotonic() - begun:.1f} s, {sum(a.tokens_in for a in answers):,} tokens in"
    handed_in = [request.arguments.get("number") for request in last.requests if request.name == HAND_IN]
    if handed_in[:1] != [NUMBER]:
        says = f"{who} answers, but does not hand in what its tool answered ({took}{asked})"
        return Finding(NAME, "warning", says, "name a model that can call tools")
    return Finding(NAME, "ok", f"{who} used a tool and handed in a report ({took}{asked})")


async def _round_trip(model: OpenAIChatModel, strength: Strength) -> list[ModelAnswer]:
    """The model's answers until it hands something in, or has had its calls. Raises ModelFault."""
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "You are a part of a self-test."},
        {"role": "user", "content": WHAT_TO_DO},
    ]
    answers: list[ModelAnswer] = []
    while len(answers) < STEPS:
        answer = await model.answer(ModelRequest(strength=strength, messages=messages, tools=TOOLS))
        answers.append(answer)
        if not answer.requests or any(request.name == HAND_IN for request in answer.requests):
            break
        said = json.dumps({"number": NUMBER})
        replies = [{"role": "tool", "tool_call_id": request.id, "content": said} for request in answer.requests]
        messages = [*messages, as_message(answer), *replies]
    return answers


def _what_to_do(fault: Fault) -> str:
    return f"{DO.get(fault.kind, ELSE)}; until then every duty is done by the rules"


def _tool(name: str, description: str, properties: dict[str, Any]) -> dict[str, Any]:
    form = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": form}}


TOOLS = [
    _tool(LOOK, "Answers a number.", {}),
    _tool(HAND_IN, "Hands in the number.", {"number": {"type": "integer"}}),
]
