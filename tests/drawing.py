"""Write the drawing of the graph into the README: `make drawing`."""

import re
from pathlib import Path

from graphs.engine.drawing import draw

README = Path(__file__).parents[1] / "README.md"
PLACE = re.compile(r"(<!-- drawing -->\n).*?(<!-- /drawing -->)", re.DOTALL)


def drawn(text: str) -> str:
    """The text with the graph as it is now."""
    return PLACE.sub(lambda place: f"{place[1]}```mermaid\n{draw()}```\n{place[2]}", text)


if __name__ == "__main__":
    README.write_text(drawn(README.read_text(encoding="utf-8")), encoding="utf-8")
