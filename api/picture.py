"""The picture: the runbook's graph as it is drawn from the code, laid out for the page, with the nodes at work lit."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple

from graphs.drawing import BEGIN, END, drawn, fold, step_of, words
from graphs.facts import STEPS

BOX_WIDTH, BOX_HEIGHT, ROW, COLUMN, TOP, LEFT = 172, 24, 31, 232, 44, 8


class Box(NamedTuple):
    """A node in its place."""

    name: str
    words: str
    x: int
    y: int
    state: str
    """current, visited or nothing."""
    visits: int


class Way(NamedTuple):
    """An edge as a path of an SVG."""

    path: str
    choice: bool
    ahead: bool
    """It leads on from where the run is."""


class Picture(NamedTuple):
    """All that is drawn."""

    width: int
    height: int
    columns: list[tuple[str, int]]
    boxes: list[Box]
    ways: list[Way]
    now: str
    """The nodes at work, in words."""


@cache
def _places() -> dict[str, tuple[int, int]]:
    """A column per step, the nodes in the order of the runbook; the two ends stand over the first and the last."""
    places: dict[str, tuple[int, int]] = {}
    rows = [0] * (len(STEPS) + 1)
    for name in drawn().nodes:
        column = {BEGIN: 1, END: len(STEPS)}.get(name) or step_of(name)
        places[name] = (LEFT + (column - 1) * COLUMN, TOP + rows[column] * ROW)
        rows[column] += 1
    return places


@cache
def _paths() -> list[tuple[str, str, str, bool]]:
    places = _places()
    return [(a, b, _path(places[a], places[b]), choice) for a, b, choice in drawn().edges]


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    """Between steps from side to side, within a step around the boxes' right side."""
    (x1, y1), (x2, y2) = start, end
    y1, y2 = y1 + BOX_HEIGHT // 2, y2 + BOX_HEIGHT // 2
    if x1 == x2 and 0 < y2 - y1 <= ROW:
        middle = x1 + BOX_WIDTH // 2
        return f"M{middle} {y1 + BOX_HEIGHT // 2}V{y2 - BOX_HEIGHT // 2}"
    if x1 == x2:
        out = x1 + BOX_WIDTH + min(44, 8 + abs(y2 - y1) // 10)
        return f"M{x1 + BOX_WIDTH} {y1}C{out} {y1} {out} {y2} {x1 + BOX_WIDTH} {y2}"
    if x2 > x1:
        bend = (x1 + BOX_WIDTH + x2) // 2
        return f"M{x1 + BOX_WIDTH} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"
    bend = (x1 + x2 + BOX_WIDTH) // 2
    return f"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2 + BOX_WIDTH} {y2}"


def picture(current: Collection[str], visited: Mapping[str, int]) -> Picture:
    """Draw the graph as it stands for a run."""
    lit = {fold(name) for name in current}
    places = _places()
    boxes = [Box(name, words(name), *places[name], _state(name, lit, visited), visited.get(name, 0)) for name in places]
    ways = [Way(path, choice, before in lit) for before, _, path, choice in _paths()]
    columns = [(f"{number} {step}", LEFT + (number - 1) * COLUMN) for number, step in enumerate(STEPS, 1)]
    height = max(y for _, y in places.values()) + BOX_HEIGHT + 8
    now = ", ".join(box.words for box in boxes if box.state == "current")
    return Picture(LEFT + len(STEPS) * COLUMN, height, columns, boxes, ways, now)


def _state(name: str, lit: Collection[str], visited: Mapping[str, int]) -> str:
    if name in lit:
        return "current"
    return "visited" if visited.get(name) or name == BEGIN else ""
