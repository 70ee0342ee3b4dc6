"""A conversation as an endpoint is sent it: with all that its own answers held and that it demands back."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from agents.io.redaction import GONE
from agents.llm.dialect import OUTPUT_ITEMS, SENT_BACK

Message = dict[str, Any]
CUT = "characters left out"
"""Stands in what was shortened when it was kept."""
PLAIN = ("role", "content", "tool_calls", "tool_call_id")
PLAIN_CALL = ("id", "type", "function")


def without_extras(message: Mapping[str, Any]) -> Message:
    """A message in the fields of OpenAI's chat completions alone."""
    plain = {name: value for name, value in message.items() if name in PLAIN}
    if "tool_calls" in plain:
        plain["tool_calls"] = [{name: call[name] for name in PLAIN_CALL} for call in plain["tool_calls"]]
    return plain


def as_asked(built: Sequence[Message], asked: Sequence[Message], left_out: Collection[str]) -> list[Message]:
    """The messages of a chat completion, with what the endpoint's own answers held beside words and calls."""
    return [_with_extras(plain, own, left_out) for plain, own in zip(built, asked, strict=True)]


def _with_extras(plain: Message, own: Mapping[str, Any], left_out: Collection[str]) -> Message:
    if own["role"] != "assistant":
        return plain
    extras = {n: own[n] for n in SENT_BACK if n in own and n not in left_out and is_whole(own[n])}
    if "tool_calls" not in own:
        return {**plain, **extras}
    calls = [_call(call, left_out) for call in own["tool_calls"]]
    return {**plain, **extras, "tool_calls": calls}


def _call(call: Mapping[str, Any], left_out: Collection[str]) -> Message:
    return {n: value for n, value in call.items() if n in PLAIN_CALL or (n not in left_out and is_whole(value))}


def is_whole(value: Any) -> bool:
    """Whether a value is as the endpoint wrote it: signatures that were redacted or shortened are worth nothing."""
    if isinstance(value, str):
        return GONE not in value and CUT not in value
    parts: Any = cast(dict[str, Any], value).values() if isinstance(value, dict) else value
    return all(map(is_whole, cast(list[Any], parts))) if isinstance(value, list | dict) else True


def as_input(asked: Sequence[Message]) -> list[Message]:
    """The same conversation as the Responses API takes it."""
    return [item for message in asked for item in _items(message)]


def _items(message: Mapping[str, Any]) -> list[Message]:
    if message["role"] == "tool":
        return [{"type": "function_call_output", "call_id": message["tool_call_id"], "output": str(message["content"])}]
    if message["role"] != "assistant":
        return [{"type": "message", "role": message["role"], "content": message["content"]}]
    calls = {call["id"]: _function_call(call) for call in message.get("tool_calls", [])}
    said = [{"type": "message", "role": "assistant", "content": message["content"]}] if message["content"] else []
    found: list[Message] = []
    for item in message.get(OUTPUT_ITEMS, []):
        if item["type"] == "reasoning" and is_whole(item) and item.get("encrypted_content"):
            found.append(item)
        elif item["type"] == "message" and said:
            found.append(said.pop())
        elif item["type"] == "function_call" and item["call_id"] in calls:
            found.append(calls.pop(item["call_id"]))
    return [*found, *said, *calls.values()]


def _function_call(call: Mapping[str, Any]) -> Message:
    function = call["function"]
    return {
        "type": "function_call",
        "call_id": call["id"],
        "name": function["name"],
        "arguments": function["arguments"],
    }
