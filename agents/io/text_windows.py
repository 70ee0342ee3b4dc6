"""Windows: long texts are read piece by piece, for while one regular expression reads, no other thread can work."""

import re
from collections.abc import Iterable, Iterator

WINDOW = 64 * 1024
"""Characters that are read in one go, a few milliseconds' work."""
OVERLAP = 16 * 1024
"""Characters beyond a window that are read with it: what begins in it is seen whole up to this length."""
Span = tuple[int, int]
"""From where to where something stands in a text."""
REST = re.compile(r"[^\s\"'<>]*+")
"""Of a word."""


def read(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Find a pattern window by window."""
    start = 0
    while start < len(text):
        stop, start_of_next = start + WINDOW, start + WINDOW
        for found in pattern.finditer(text, start, min(stop + OVERLAP, len(text))):
            if found.start() >= stop:
                break
            start_of_next = max(stop, found.end())
            yield found
        start = start_of_next


def end_of_word(found: re.Match[str], stop: int) -> int:
    """Where a part of a match ends: where the match says it, or, where it was read no further, at the word's end."""
    rest = REST.match(found.string, stop) if stop == found.endpos else None
    return rest.end() if rest else stop


def replaced(text: str, spans: Iterable[Span], by: str) -> str:
    """Put a word in the place of each span; those that touch or overlap become one."""
    pieces: list[str] = []
    done = 0
    for start, end in _joined(spans):
        pieces += (text[done:start], by)
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    ordered = iter(sorted(spans))
    start, end = next(ordered, (0, 0))
    for later_start, later_end in ordered:
        if later_start > end:
            yield start, end
            start = later_start
        end = max(end, later_end)
    if end > start:
        yield start, end
