"""The timeline of a run's page: its lines folded by step, searched and filtered, as many as a page holds at once."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote

from api.narration.run_board import BoardEntry, RunBoard
from api.narration.vocabulary import TOPICS, topic_of

LINES_AT_ONCE = 80
"""A P0 from alert to post-mortem has some 60; more of them make the page slow to appear on a phone."""


class LineFilter(NamedTuple):
    """What a reader wants to see alone; empty: everything."""

    q: str = ""
    """Words of the line."""
    who: str = ""
    topic: str = ""

    def fits(self, entry: BoardEntry) -> bool:
        """Whether a line is shown."""
        line = entry.line
        return (
            self.q.lower() in f"{line.who} {line.what}".lower()
            and self.who in ("", line.who)
            and self.topic in ("", topic_of(line.kind))
        )

    def query(self, everything: bool) -> str:
        """The same filter as the beginning of an address's query."""
        asked = {"all": "1" if everything else "", **self._asdict()}
        return "".join(f"{quote(name)}={quote(text)}&" for name, text in asked.items() if text)

    def __bool__(self) -> bool:
        return any(self)


NO_FILTER = LineFilter()


class StepLines(NamedTuple):
    """The lines of one stretch of a step."""

    seq: int
    """Of the event with which it begins: it is found by it when older lines are put before."""
    heading: str
    entries: list[BoardEntry]
    is_open: bool


class Timeline(NamedTuple):
    """What is shown of it."""

    groups: list[StepLines]
    older: int
    """The sequence number of the first line shown; 0: there are no older ones."""
    people: list[str]
    """Whose lines there are."""
    topics: list[str]
    found: int
    """Lines that fit the filter."""


def timeline_of(board: RunBoard, everything: bool, before: int, wanted: LineFilter, is_over: bool) -> Timeline:
    """The newest lines, or those before an event. While the run goes on its last step is open; so is what is found."""
    visible = [entry for entry in board.entries if everything or wanted.topic or not entry.line.detail]
    fitting = [entry for entry in visible if wanted.fits(entry)] if wanted else visible
    chosen = [entry for entry in fitting if not before or entry.line.seq < before]
    shown = chosen[-LINES_AT_ONCE:]
    return Timeline(
        groups=_groups(shown, bool(wanted) or bool(before) or everything, is_over),
        older=shown[0].line.seq if len(shown) < len(chosen) else 0,
        people=_people(board.entries),
        topics=list(TOPICS),
        found=len(fitting),
    )


def _groups(shown: Sequence[BoardEntry], all_open: bool, is_over: bool) -> list[StepLines]:
    grouped: dict[tuple[int, str], list[BoardEntry]] = {}
    for entry in shown:
        grouped.setdefault(entry.group, []).append(entry)
    last = next(reversed(grouped), None)
    return [
        StepLines(*group, entries, all_open or (group == last and not is_over)) for group, entries in grouped.items()
    ]


def _people(entries: Iterable[BoardEntry]) -> list[str]:
    return sorted({entry.line.who for entry in entries if entry.line.who})
