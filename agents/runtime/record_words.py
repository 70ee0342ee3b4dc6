"""Everything that a run's record says in words, and the statements of a report that are held against it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from pydantic import BaseModel

from agents.runtime.briefing import Briefing

ALERT = ("source", "title", "description", "service", "value", "environment", "region")
PARTS = ("acknowledgement", "scope", "findings", "conclusion", "attempts", "proposal", "history", "notes")
MORE_PARTS = ("ledger", "fix_confirmation", "regression", "post_mortem", "floor", "started_at", "now", "run")


def record_words(briefing: Briefing) -> str:
    """What the run has seen, concluded, done and been told so far; a line for each text."""
    told = briefing.model_dump(mode="json", include={*PARTS, *MORE_PARTS})
    alert = briefing.alert.model_dump(mode="json", include={*ALERT, "labels"})
    return "\n".join(texts([alert, told]))


def texts(value: Any) -> list[str]:
    """All texts in a value of plain JSON, in their order, but references."""
    if isinstance(value, Mapping):
        parts = cast(Mapping[str, Any], value)
        return [text for name, part in parts.items() if name != "cites" for text in texts(part)]
    if isinstance(value, list):
        return [text for part in cast(list[Any], value) for text in texts(part)]
    return [value] if isinstance(value, str) else []


def in_words(payload: Any, name: str = "") -> str:
    """An event's payload as words: each field by its name, and one that is nought or empty as "no" of it."""
    if isinstance(payload, Mapping):
        parts = cast(Mapping[str, Any], payload)
        return "\n".join(in_words(part, str(field)) for field, part in parts.items())
    if isinstance(payload, list) and payload:
        return "\n".join(in_words(part, name) for part in cast(list[Any], payload))
    plain = name.replace("_", " ")
    return f"no {plain}." if payload in (0, False, None, "", "no", []) else f"{plain}: {payload}."


class Statement(NamedTuple):
    """Something that a report states, where it stands, and what it cites."""

    where: str
    text: str
    cites: list[str]
    needs_evidence: bool


def statements(value: Any, where: str = "") -> Iterator[Statement]:
    """Everything in a report that cites, wherever it stands."""
    if isinstance(value, BaseModel):
        if isinstance(cites := getattr(value, "cites", None), list):
            text = str(getattr(value, "text", None) or getattr(value, "what", ""))
            unknown_or_normal = getattr(value, "verdict", "abnormal") != "abnormal"
            yield Statement(where, text, cast(list[str], cites), not unknown_or_normal)
        for name, part in value:
            yield from statements(part, f"{where}.{name}" if where else name)
    elif isinstance(value, list):
        for number, part in enumerate(cast(list[Any], value)):
            yield from statements(part, f"{where}.{number}")
