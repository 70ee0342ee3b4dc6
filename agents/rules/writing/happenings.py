"""What happened, for the post-mortem's timeline: each thing once, in as few words as say it."""

import re
from collections.abc import Sequence

from agents.reports.post_mortem import TimelineEntry

FIGURE = re.compile(r"\d[\d.,:]*")
WHO = re.compile(r"^[a-z ]+: ")
"""The role that says it."""
TOLD_BY = re.compile(r"^(?P<head>status \w+|conclusion, [\w ]+|[a-z ]+): (?P<words>.+)$")
KIND_LENGTH = 60
"""Characters, without figures, by which two lines are of one kind."""
SAID_AGAIN = re.compile(r"^(?:resolved$|\S+ answered (?:approve|refuse)\b)")
"""Lines whose neighbour says the same: the status, the decision."""
REPEATS = ((re.compile(r"proposes: Propose: "), "proposes: "), (re.compile(r" Propose: .*"), ""))
"""In the proposal and the question that it becomes."""


def that_matter(history: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """The lines that a reader needs: of what was seen or said time and again, the first and the last."""
    kept = [_plain(entry) for entry in history if not SAID_AGAIN.search(entry.what)]
    first = {_kind(entry.what): number for number, entry in reversed(list(enumerate(kept)))}
    last = {_kind(entry.what): number for number, entry in enumerate(kept)}
    ends = [entry for number, entry in enumerate(kept) if number in (first[_kind(entry.what)], last[_kind(entry.what)])]
    return _without_echoes(ends)


def _plain(entry: TimelineEntry) -> TimelineEntry:
    words = entry.what.removesuffix(": no comment")
    for pattern, instead in REPEATS:
        words = pattern.sub(instead, words)
    return entry.model_copy(update={"what": words})


def _kind(what: str) -> str:
    """What a line says, whoever says it and with whatever figures."""
    return FIGURE.sub("0", WHO.sub("", what))[:KIND_LENGTH]


def _without_echoes(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    """Of a line that says what the one before it has said, a status keeps its head, and anything else goes."""
    told, shown = "", list[TimelineEntry]()
    for entry in entries:
        found = TOLD_BY.match(entry.what)
        words = found["words"] if found else entry.what
        if words != told:
            shown.append(entry)
        elif found and found["head"].startswith("status "):
            shown.append(entry.model_copy(update={"what": found["head"]}))
        told = words
    return [entry for number, entry in enumerate(shown) if number == 0 or _is_new(entry, shown[number - 1])]


def _is_new(entry: TimelineEntry, before: TimelineEntry) -> bool:
    return entry.at.replace(second=0, microsecond=0) != before.at.replace(second=0, microsecond=0) or (
        _kind(entry.what) != _kind(before.what)
    )
