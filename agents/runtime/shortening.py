"""Shortening: a large tool result as the model gets it, with a pointer to the whole in the transcript."""

import json
from collections.abc import Mapping
from typing import Any, cast

LONGEST = 12_000
"""Characters of one tool result; about 3,500 tokens of figures."""
STAGES = ((120, 1000), (60, 500), (30, 300), (12, 200), (4, 100), (1, 40))
"""How many items a list keeps and how many characters a text, tried one after another."""


def told(ref: str, value: Mapping[str, Any], longest: int = LONGEST) -> str:
    """Write a tool's answer for the model, cut where it is too long."""
    whole = _written({"ref": ref, **value})
    if len(whole) <= longest:
        return whole
    pointer = f"cut; the whole, {len(whole)} characters, is event {ref} of the transcript. Ask for less where you can"
    for items, letters in STAGES:
        text = _written({"ref": ref, "shortened": pointer, **_cut(value, items, letters)})
        if len(text) <= longest:
            return text
    return _written({"ref": ref, "shortened": pointer})


def halved(message: Mapping[str, Any]) -> dict[str, Any]:
    """Cut a tool's answer in an overlong conversation to half its length; other messages stay."""
    content = str(message["content"])
    if message["role"] != "tool" or len(content) < 1000 or not content.startswith('{"ref"'):
        return dict(message)
    value = json.loads(content)
    return {**message, "content": told(value.pop("ref"), value, len(content) // 2)}


def _cut(value: Any, items: int, letters: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= letters else f"{value[:letters]} ... ({len(value) - letters} more characters)"
    if isinstance(value, Mapping):
        known = cast(Mapping[str, Any], value)
        return {name: _cut(part, items, letters) for name, part in known.items()}
    if isinstance(value, list):
        parts = cast(list[Any], value)
        left_out = len(parts) - items
        kept = parts if left_out <= 0 else [*parts[: items // 2], *parts[len(parts) - (items - items // 2) :]]
        cut = [_cut(part, items, letters) for part in kept]
        return cut if left_out <= 0 else [*cut[: items // 2], f"... {left_out} left out ...", *cut[items // 2 :]]
    return value


def _written(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
