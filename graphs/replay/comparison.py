"""Comparing: whether what a replay writes is what the record holds, and where the two first part."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, cast

from pydantic import BaseModel

from agents.io.redaction import written
from graphs.transcript.event import Event
from graphs.transcript.events import Draft

JITTER = timedelta(seconds=20)
"""A time that is counted from the clock, and not from an event, may differ by so much between two plays: simulated time
runs hundreds of times as fast as the clock, and the clock runs on between the counting and the writing."""
COUNTED_FROM_THE_CLOCK = frozenset({"expires_at"})
WRITTEN_SINCE = {"decision": frozenset({"rule"})}
"""Kind -> fields of its payload that an older Warroom did not write; where a record lacks them, they may differ."""
NUMBERS = frozenset({"seen"})
"""Places in a run's order: two plays of one run may interleave differently."""
SCARS = re.compile(r"/(again|unknown|by_book)$|/error |^question/fault-")
"""Events that only a crash or a failing process leaves; a replay has neither."""
SHOWN = 160
"""How many characters around the first differing one are shown."""


class Difference(BaseModel):
    """Where a replay first parts from its record."""

    kind: Literal["differs", "not in the record", "not in the replay", "another order"]
    occurrence: str
    lane: str
    role: str
    duty: str
    call: str
    """What was done there, such as model call, tool golden_signals or duty finished."""
    seq: int | None = None
    """The event of the record, where there is one."""
    where: str = ""
    """The place in the event."""
    recorded: str = ""
    replayed: str = ""


class Diverged(Exception):
    """The replay is not the record."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(f"{difference.kind}: {difference.occurrence}, {difference.call}")
        self.difference = difference


class Divergence(NamedTuple):
    """The first place at which two values differ."""

    where: str
    recorded: Any
    replayed: Any


def is_scar(event: Event) -> bool:
    """Whether only a crash can have left it."""
    return SCARS.search(event.key) is not None


def group(event: Event | Draft) -> str:
    """Within what the order counts: a visit of a node, or the lane beside them."""
    found = re.match(r"[a-z]+/[^/]+#\d+", event.key)
    return found.group() if found else (event.lane if isinstance(event, Event) else event.author.lane)


def call(kind: str, payload: Mapping[str, Any]) -> str:
    """What an event is, in a few words."""
    of = payload.get("tool") or payload.get("port") or ""
    return f"{kind.replace('_', ' ')} {of}".strip()


def compare(recorded: Event, draft: Draft) -> None:
    """Raise Diverged where an event of a replay is not that of the record."""
    unknown = WRITTEN_SINCE.get(recorded.kind, frozenset()) - set(recorded.payload)
    mine = {
        "kind": draft.kind,
        "lane": draft.author.lane,
        "role": draft.author.role,
        "duty": draft.author.duty,
        "rows": list(draft.rows),
        "payload": {name: value for name, value in plain(draft.payload).items() if name not in unknown},
    }
    theirs = recorded.model_dump(include=set(mine))
    parting = next(differing(theirs, mine), None)
    if parting:
        raise Diverged(_told("differs", recorded, parting))


def stray(expected: Event | None, draft: Draft) -> Diverged:
    """Say that the record holds no such event; against what it holds next, where that is of the same kind."""
    payload = plain(draft.payload)
    alike = expected if expected and expected.kind == draft.kind else None
    parting = next(differing(alike.payload, payload, "payload"), None) if alike else None
    where, recorded, replayed = parting or Divergence("", call(expected.kind, expected.payload) if expected else "", "")
    return Diverged(
        Difference(
            kind="not in the record",
            occurrence=group(draft),
            lane=draft.author.lane,
            role=draft.author.role,
            duty=draft.author.duty,
            call=call(draft.kind, payload),
            seq=expected.seq if expected else None,
            where=where,
            **_shown(recorded, replayed if parting else call(draft.kind, payload)),
        )
    )


def missing(expected: Event) -> Diverged:
    """Say that the replay never came to an event of the record."""
    return Diverged(_told("not in the replay", expected, Divergence("", expected.payload, "")))


def another_order(expected: Event, found: Event) -> Diverged:
    """Say that two events of one visit came in another order."""
    names = (call(one.kind, one.payload) for one in (expected, found))
    return Diverged(_told("another order", expected, Divergence("", *names)))


def plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload as a transcript keeps it."""
    return json.loads(written(payload))


def differing(recorded: Any, replayed: Any, where: str = "") -> Iterator[Divergence]:
    """Every place at which two plain values differ, in the order of the record."""
    if isinstance(recorded, dict) and isinstance(replayed, dict):
        one, other = cast(dict[str, Any], recorded), cast(dict[str, Any], replayed)
        for name in _names(one, other):
            yield from _field(name, one.get(name), other.get(name), where)
    elif isinstance(recorded, list) and isinstance(replayed, list):
        yield from _items(cast(list[Any], recorded), cast(list[Any], replayed), where)
    elif recorded != replayed:
        yield Divergence(where, recorded, replayed)


def _names(recorded: Mapping[str, Any], replayed: Mapping[str, Any]) -> list[str]:
    return [name for name in dict.fromkeys([*recorded, *replayed]) if name not in NUMBERS]


def _field(name: str, recorded: Any, replayed: Any, where: str) -> Iterator[Divergence]:
    if name in COUNTED_FROM_THE_CLOCK and recorded and replayed:
        apart = datetime.fromisoformat(recorded) - datetime.fromisoformat(replayed)
        if abs(apart) <= JITTER:
            return
    yield from differing(recorded, replayed, f"{where}.{name}" if where else name)


def _items(recorded: list[Any], replayed: list[Any], where: str) -> Iterator[Divergence]:
    for place, (one, other) in enumerate(zip(recorded, replayed, strict=False)):
        yield from differing(one, other, f"{where}[{place}]")
    if len(recorded) != len(replayed):
        shorter = min(len(recorded), len(replayed))
        yield Divergence(f"{where}[{shorter}:]", recorded[shorter:], replayed[shorter:])


def _told(kind: Literal["differs", "not in the replay", "another order"], event: Event, at: Divergence) -> Difference:
    return Difference(
        kind=kind,
        occurrence=group(event),
        lane=event.lane,
        role=event.role,
        duty=event.duty,
        call=call(event.kind, event.payload),
        seq=event.seq,
        where=at.where,
        **_shown(at.recorded, at.replayed),
    )


def _shown(recorded: Any, replayed: Any) -> dict[str, str]:
    """Two values from shortly before the first character that differs."""
    one, other = (value if isinstance(value, str) else json.dumps(value, default=str) for value in (recorded, replayed))
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, same - SHOWN // 4)
    return {"recorded": _cut(one, start), "replayed": _cut(other, start)}


def _cut(text: str, start: int) -> str:
    return ("..." if start else "") + text[start : start + SHOWN] + ("..." if len(text) > start + SHOWN else "")
