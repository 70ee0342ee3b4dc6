"""A flame graph: which calls the CPU time of runs goes through, drawn as SVG.

Each bar is a call, as wide as its share of the time, under the call that made it; a point at it tells the share.
Consecutive calls inside one library are one bar. `python -m tests.benchmarks.flame TO.svg --runs 500 --plays 1`.
"""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from tests.benchmarks.where import PARTS, Call, part_of, stacks

WIDTH, ROW, LETTER, THINNEST = 1200, 17, 6.4, 1.5
"""Pixels: of the picture, of a row, of a letter, and of the thinnest bar that is drawn."""
OURS = re.compile(r"/((?:agents|graphs|evals|api|prompts)/.+)\.py$")
LIBRARY = re.compile(r".*/(?:site-packages|python3\.\d+)/([^/.]+)")
STYLE = """
text { font: 11px ui-monospace, monospace; fill: #111; pointer-events: none }
rect { stroke: #fff; stroke-width: .5 }
"""


@dataclass
class Bar:
    """A call, with what it called."""

    file: str = ""
    looks: int = 0
    inside: dict[str, "Bar"] = field(default_factory=dict[str, "Bar"])

    @property
    def depth(self) -> int:
        return 1 + max((bar.depth for bar in self.inside.values()), default=0)


def grown(looks: Mapping[tuple[Call, ...], int]) -> Bar:
    """All stacks as one tree, from the loop that runs everything to what was at work."""
    root = Bar()
    for stack, times in looks.items():
        at, last = root, ""
        root.looks += times
        for file, function in reversed(stack[: _loop(stack)]):
            name = name_of(file, function)
            if name == last:
                continue
            at, last = at.inside.setdefault(name, Bar(file)), name
            at.looks += times
    return root


def _loop(stack: tuple[Call, ...]) -> int:
    """Where in a stack the event loop begins: what called it is the same for all."""
    return next((n for n, (file, _) in enumerate(stack) if file.endswith("/asyncio/events.py")), len(stack))


def name_of(file: str, function: str) -> str:
    """A call of ours by its module and function, one of a library by the library's name."""
    if ours := OURS.search(file):
        return f"{ours[1].replace('/', '.')}: {function.rpartition('<locals>.')[2]}"
    library = LIBRARY.match(file)
    return library[1] if library else Path(file).stem


def drawn(root: Bar, title: str) -> str:
    """The tree as SVG."""
    shapes: list[str] = []
    _draw(root, 0.0, 1, root.looks, shapes)
    height = ROW * (root.depth + 1)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    said = f"<title>{escape(title)}</title><style>{STYLE}</style>"
    label = f'<text x="2" y="12">{escape(title)}, {root.looks:,} looks at the process</text>'
    return "\n".join([head, said, label, *shapes, "</svg>", ""])


def _draw(bar: Bar, left: float, row: int, whole: int, shapes: list[str]) -> None:
    for name, one in sorted(bar.inside.items()):
        width = WIDTH * one.looks / whole
        if width >= THINNEST:
            shapes.append(_shape(name, one, left, row, width, one.looks / whole))
            _draw(one, left, row + 1, whole, shapes)
        left += width


def _shape(name: str, bar: Bar, left: float, row: int, width: float, share: float) -> str:
    parts = [*PARTS, "the rest"]
    hue = 360 * parts.index(part_of([bar.file])) // len(parts)
    room = int((width - 4) / LETTER)
    short = name if len(name) <= room else name.rpartition(": ")[2]
    text = short if len(short) <= room else f"{short[: room - 1]}…" if room > 3 else ""
    words = f'<text x="{left + 2:.1f}" y="{row * ROW + 12}">{escape(text)}</text>' if text else ""
    box = f'<rect x="{left:.1f}" y="{row * ROW}" width="{width:.1f}" height="{ROW}" fill="hsl({hue} 65% 80%)"/>'
    return f"<g><title>{escape(name)}: {share:.1%}</title>{box}{words}</g>"


def main() -> None:
    """Play, and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("to", type=Path)
    parser.add_argument("--runs", type=int, default=1, help="P0 that are played at once")
    parser.add_argument("--plays", type=int, default=12, help="times that they are played, one after the other")
    asked = parser.parse_args()
    title = f"CPU time of {asked.runs} P0 at once" if asked.runs > 1 else "CPU time of one P0"
    asked.to.write_text(drawn(grown(stacks(asked.plays, asked.runs)), title), encoding="utf-8")


if __name__ == "__main__":
    main()
