"""Write the drawing of the graph into docs/architecture.md: `make drawing`."""

import re
from pathlib import Path

from graphs.engine.incident_graph import draw

PAGE = Path(__file__).parents[1] / "docs/architecture.md"
PLACE = re.compile(r"(<!-- drawing -->\n).*?(<!-- /drawing -->)", re.DOTALL)


def drawn(text: str) -> str:
    """The text with the graph as it is now."""
    return PLACE.sub(lambda place: f"{place[1]}```mermaid\n{draw()}```\n{place[2]}", text)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
