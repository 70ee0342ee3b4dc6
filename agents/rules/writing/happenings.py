"""What happened, for the post-mortem's timeline: each thing once, in as few words as say it."""

import re
from collections import Counter
from collections.abc import Sequence

from agents.reports.post_mortem import TimelineEntry
from agents.runtime.unaided import is_called_unaided

FIGURE = re.compile(r"\d[\d.,:]*")
DECIDED = r"(?:approved|refused|expired) by "
WHO = re.compile(rf"^(?!{DECIDED})[a-z ]+: ")
"""The role that says it; who decided is what a decision says."""
KEEPS_ITS_HEAD = re.compile(rf"status |{DECIDED}")
TOLD_BY = re.compile(r"^(?P<head>status \w+|conclusion, [\w ]+|[a-z ]+): (?P<words>.+)$")
LONG = re.compile(r"^(?:[a-z ]+: |status )")
"""Lines that may list readings."""
KIND_LENGTH = 60
"""Characters, without figures, by which two lines are of one kind."""
CLAUSES = 2
"""Of a long list of readings in one line, so many are kept; the rest stands in the event that it cites."""
ENDED = re.compile(r"^(?P<who>.{1,200}?) (?:answered|instructed,) (?P<how>handled|over): (?P<words>.+)$")
"""Who says that it is over, whichever button they pressed."""
SAID_AGAIN = re.compile(
    r"^(?:resolved$|.{1,200}? answered (?:approve|refuse)\b"
    r"|conclusion, [a-z ]+: .{1,200}? says that it is (?:handled|over))"
)
"""Lines whose neighbour says the same: the status, the decision, the person."""
A_LOOK = re.compile(r"^[a-z ]+: (?:Most likely|Metrics are|(?:Not c|C)onfirmed|(?:Not p|P)assed|(?:Not r|R)ecovered)\b")
"""A role's single look: the conclusion and the status that follow from it are lines of their own."""
INSTEAD = (
    (re.compile(r"proposes: Propose: "), "proposes: "),
    (re.compile(r" Propose: .*"), ""),
    (
        re.compile(r"^(another alert joined this run: .*\()same service (\S+), (?:less than )?\d+ min apart\)$"),
        r"\1after another alert on \2)",
    ),
)
"""What the proposal and its question both say; and an alert of the same service as one before it: any of the run's."""


def that_matter(history: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """The lines that a reader needs: of what was seen or said time and again, the first and the last."""
    told = [_plain(e) for e in history if not (SAID_AGAIN.search(e.what) or A_LOOK.search(e.what))]
    kept = _without_echoes(told)
    first = {_kind(entry.what): number for number, entry in reversed(list(enumerate(kept)))}
    last = {_kind(entry.what): number for number, entry in enumerate(kept)}
    counts = Counter(entry.what for entry in told)
    ends = [
        _counted(entry, counts[entry.what]) if number == first[_kind(entry.what)] else entry
        for number, entry in enumerate(kept)
        if number in (first[_kind(entry.what)], last[_kind(entry.what)])
    ]
    return _without_echoes(ends)


def _counted(entry: TimelineEntry, times: int) -> TimelineEntry:
    """Say of a line that came more than twice how often it came, with the same figures."""
    return entry if times <= 2 else entry.model_copy(update={"what": f"{entry.what} ({times} times in all)"})


def _plain(entry: TimelineEntry) -> TimelineEntry:
    words = entry.what.removesuffix(": no comment")
    if found := ENDED.match(words):
        how = "over" if is_called_unaided(found["words"]) else found["how"]
        words = f"{found['who']} says that it is {how}: {found['words']}"
    if LONG.match(words):
        clauses = words.split("; ")
        words = "; ".join(clauses[:CLAUSES]) + (" …" if len(clauses) > CLAUSES else "")
    for pattern, instead in INSTEAD:
        words = pattern.sub(instead, words)
    return entry.model_copy(update={"what": words})


def _kind(what: str) -> str:
    """What a line says, whoever says it and with whatever figures."""
    return FIGURE.sub("0", WHO.sub("", what))[:KIND_LENGTH]


def _without_echoes(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    """Of a line that says what the one before it has said, a status or decision keeps its head; the rest goes."""
    told, shown = "", list[TimelineEntry]()
    for entry in entries:
        found = TOLD_BY.match(entry.what)
        words = found["words"] if found else entry.what
        if words != told:
            shown.append(entry)
        elif found and KEEPS_ITS_HEAD.match(found["head"]):
            shown.append(entry.model_copy(update={"what": found["head"]}))
        told = words
    told_once = [entry for number, entry in enumerate(shown) if number == 0 or _is_new(entry, shown[number - 1])]
    return [
        entry
        for number, entry in enumerate(told_once)
        if not (number and entry.what.startswith("asked people: ") and " proposes: " in told_once[number - 1].what)
    ]


def _is_new(entry: TimelineEntry, before: TimelineEntry) -> bool:
    return entry.at.replace(second=0, microsecond=0) != before.at.replace(second=0, microsecond=0) or (
        _kind(entry.what) != _kind(before.what)
    )
