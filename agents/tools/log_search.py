"""Log search: from all lines that a log gave to the few that were asked for, without secrets and within limits."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from agents.io.redaction import GONE, beginning, without_keys
from agents.readings.searches import LEVELS_IN_ORDER, LogLevel, LogLine, LogLines, LogSearch
from agents.tools.log_lines import LEVELS, fields_of

MOST_LINES = 60
LONGEST_LINE = 400
"""Characters of a line that are shown."""
LONGEST_READ = 10_000
"""Characters of a line that are looked through."""
MOST_CHARACTERS = 12_000
"""Of all lines together: so much of a tool's answer is shown to a model."""
LOOKED_THROUGH = 5_000
"""Newest lines of a window that a driver reads, where its system cannot pick them out itself."""
QUIETER: dict[str, LogLevel] = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "information": "info",
    "notice": "info",
}
"""What a label, a field or a line says of its level -> ours; with the graver ones of an error log."""
KNOWN_LEVELS: dict[str, LogLevel] = {**QUIETER, **LEVELS}
SPOKEN = re.compile(rf"(?i)\b({'|'.join(KNOWN_LEVELS)})\b")
INSTANCE_FIELDS = ("instance", "pod", "host", "hostname", "node", "service_instance_id")
"""The labels, or fields of a line in JSON, that name who wrote it."""
LOOKED_AT = 300
"""Characters at the beginning of a line in which it says its level."""
OF_A_KEY = re.compile(r"(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+/]{40,}={0,2}")
"""A line of a private key, of which a search may have found that line alone."""


class FoundLine(NamedTuple):
    """One line, with what its log says of it."""

    at: datetime
    text: str
    labels: Mapping[str, Any]


def lines_of(
    search: LogSearch,
    window: tuple[datetime, datetime],
    found: Iterable[FoundLine],
    version_label: str = "version",
    unread: str = "",
) -> LogLines:
    """The newest of these lines that fit a search; a text is looked for in what is left of a line without secrets.

    `unread`: what of the window's lines is not among them; empty: they are all.
    """
    in_order = sorted(found, key=lambda line: line.at)
    texts = without_keys(line.text for line in in_order)
    chosen: list[LogLine] = []
    characters, is_full = 0, False
    for line, text in zip(reversed(in_order), reversed(texts), strict=True):
        read = _read(line, text, search, version_label) if search.text.casefold() in text.casefold() else None
        if read is None or not _fits(read, search):
            continue
        characters += len(read.text)
        is_full = len(chosen) == MOST_LINES or characters > MOST_CHARACTERS
        if is_full:
            break
        chosen.append(read)
    return LogLines(
        service=search.service,
        since=window[0],
        until=window[1],
        lines=chosen[::-1],
        earlier_left_out=is_full or bool(unread),
        note=unread,
    )


def _read(line: FoundLine, text: str, search: LogSearch, version_label: str) -> LogLine | None:
    """A line without its secrets; None where what was looked for is a part of one."""
    whole = beginning(OF_A_KEY.sub(GONE, text), LONGEST_READ)
    place = whole.casefold().find(search.text.casefold())
    if place < 0:
        return None
    fields = {**line.labels, **fields_of(text)}
    instance = next((str(fields[name]) for name in INSTANCE_FIELDS if fields.get(name)), "")
    return LogLine(
        at=line.at,
        text=_around(whole, place + len(search.text)),
        level=level_of(text, fields),
        version=beginning(str(fields.get(version_label) or ""), 100),
        instance=beginning(instance, 100),
    )


def _around(text: str, end: int) -> str:
    """The beginning of a line, or of a long one the part that ends with what was looked for."""
    if end <= LONGEST_LINE:
        return text[:LONGEST_LINE]
    return f"... {text[end - LONGEST_LINE + 4 : end]}"


def level_of(text: str, fields: Mapping[str, Any]) -> LogLevel:
    """The level that a line has by its labels and fields, or else by its first word for one; empty: it has none."""
    named = str(fields.get("level") or fields.get("severity") or fields.get("detected_level") or "").lower()
    spoken = SPOKEN.search(text[:LOOKED_AT])
    return KNOWN_LEVELS.get(named) or (KNOWN_LEVELS[spoken[1].lower()] if spoken else "")


def _fits(line: LogLine, search: LogSearch) -> bool:
    order: Sequence[LogLevel] = LEVELS_IN_ORDER
    return (
        order.index(line.level) >= order.index(search.level)
        and search.version in ("", line.version)
        and search.instance in ("", line.instance)
    )
