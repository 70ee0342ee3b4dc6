"""The picture: the runbook's graph as it is drawn from the code, laid out for the page, with the nodes at work lit."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from graphs.engine.incident_graph import DRAWN_BEGIN, END, drawn, fold, step_of, words
from graphs.intake.incident_service import IncidentService
from graphs.transcript.events import LANES_BESIDE
from graphs.transcript.facts import STEPS

BOX_WIDTH, BOX_HEIGHT, ROW, COLUMN, TOP, LEFT = 186, 24, 31, 232, 44, 8


IN_FRONT = re.compile(r"^(s\d_\d|esc_\d)_")
"""What stands in a node's name before its words."""
BESIDE_WIDTH = 222
"""Of the boxes of the lanes beside the main one: each is entered from its lane's wait, and leads back to it."""


class DrawnNode(NamedTuple):
    """A node in its place."""

    name: str
    words: str
    x: int
    y: int
    width: int
    visits: int
    is_current: bool

    @property
    def state(self) -> str:
        """current, visited or nothing."""
        if self.is_current:
            return "current"
        return "visited" if self.visits or self.name == DRAWN_BEGIN else ""


class DrawnEdge(NamedTuple):
    """An edge as a path of an SVG."""

    path: str
    choice: bool
    ahead: bool
    """It leads on from where the run is."""


class GraphSvg(NamedTuple):
    """All that is drawn."""

    width: int
    height: int
    headings: list[tuple[str, int, int]]
    """Words and where they stand."""
    boxes: list[DrawnNode]
    ways: list[DrawnEdge]
    now: str
    """The nodes at work, in words."""


@cache
def _places() -> dict[str, tuple[int, int]]:
    """A column per step, the nodes in the order of the runbook; the two ends stand over the first and the last."""
    places: dict[str, tuple[int, int]] = {}
    rows = [0] * (len(STEPS) + 1)
    for name in drawn().nodes:
        column = {DRAWN_BEGIN: 1, END: len(STEPS)}.get(name) or step_of(name)
        places[name] = (LEFT + (column - 1) * COLUMN, TOP + rows[column] * ROW)
        rows[column] += 1
    return places


@cache
def _paths() -> list[tuple[str, str, str, bool]]:
    places = _places()
    return [(a, b, edge_path(places[a], places[b]), choice) for a, b, choice in drawn().edges]


def edge_path(start: tuple[int, int], end: tuple[int, int], height: int = BOX_HEIGHT) -> str:
    """Between columns from side to side, within a column around the boxes' right side."""
    (x1, y1), (x2, y2) = start, end
    y1, y2 = y1 + height // 2, y2 + height // 2
    if x1 == x2 and 0 < y2 - y1 <= ROW:
        middle = x1 + BOX_WIDTH // 2
        return f"M{middle} {y1 + height // 2}V{y2 - height // 2}"
    if x1 == x2:
        out = x1 + BOX_WIDTH + min(44, 8 + abs(y2 - y1) // 10)
        return f"M{x1 + BOX_WIDTH} {y1}C{out} {y1} {out} {y2} {x1 + BOX_WIDTH} {y2}"
    if x2 > x1:
        bend = (x1 + BOX_WIDTH + x2) // 2
        return f"M{x1 + BOX_WIDTH} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"
    bend = (x1 + x2 + BOX_WIDTH) // 2
    return f"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2 + BOX_WIDTH} {y2}"


def placed(lane: str, node: str) -> str:
    """The name under which a lane's node stands in the picture."""
    return fold(node) if lane == "main" else f"{lane}/{fold(node)}"


async def picture(incidents: IncidentService, run: str, visited: Mapping[str, int]) -> GraphSvg:
    """Draw the graph as it stands for a run, and below it the lanes beside it."""
    lit = {placed(lane, node) for lane in ("main", *LANES_BESIDE) for node in await incidents.current_nodes(run, lane)}
    below = max(y for _, y in _places().values()) + BOX_HEIGHT
    beside, headings, height = _beside(below)
    places = {**_places(), **beside}
    boxes = [
        DrawnNode(
            name, _said(name), *place, BESIDE_WIDTH if name in beside else BOX_WIDTH, visited.get(name, 0), name in lit
        )
        for name, place in places.items()
    ]
    ways = [DrawnEdge(path, choice, before in lit) for before, _, path, choice in _paths()]
    steps = [(f"{number} {step}", LEFT + (number - 1) * COLUMN, TOP // 2) for number, step in enumerate(STEPS, 1)]
    now = ", ".join(box.words for box in boxes if box.is_current and box.name not in beside)
    return GraphSvg(LEFT + len(STEPS) * COLUMN, height, [*steps, *headings], boxes, ways, now)


def _beside(top: int) -> tuple[dict[str, tuple[int, int]], list[tuple[str, int, int]], int]:
    """Places and headings of the lanes beside the main one, row by row, and where they end."""
    places, headings = dict[str, tuple[int, int]](), list[tuple[str, int, int]]()
    for lane in LANES_BESIDE:
        headings.append((f"beside it: {lane}", LEFT, top + TOP - 12))
        names = [name for name in drawn(lane).nodes if name not in (DRAWN_BEGIN, END)]
        for number, name in enumerate(names):
            row, column = divmod(number, len(STEPS))
            places[placed(lane, name)] = (LEFT + column * COLUMN, top + TOP + row * ROW)
        top = max(y for _, y in places.values()) + BOX_HEIGHT
    return places, headings, top + LEFT


def _said(name: str) -> str:
    lane, _, node = name.rpartition("/")
    row = re.match(r"esc_(\d)_", node)
    return f"{f'ESC-{row[1]} ' if row else ''}{re.sub(IN_FRONT, '', node).replace('_', ' ')}" if lane else words(name)
