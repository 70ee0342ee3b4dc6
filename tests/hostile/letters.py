"""Letters that nobody sees: where they may still stand after a hostile text was planted; and how many were tried."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from agents.io.catalogue import Catalogue, CatalogueError, load
from api.narration.event_lines import line_of
from graphs.transcript.event import Event
from tests.any_text import harms, harms_of_json


def unseen(events: list[Event], asked: list[str]) -> list[str]:
    """Letters that nobody sees, or that steer what shows them: in the record, a line, or what a model was sent."""
    found = [f"unseen letters in {e.kind} {e.key}" for e in events if harms_of_json(e.payload)]
    found += [f"unseen letters in the line of {e.kind}" for e in events if harms(line_of(e).what)]
    found += [f"{e.kind} {e.key} cannot be read" for e in events if not e.is_readable]
    return found + ["unseen letters sent to the model" for sent in asked if harms_of_json(json.loads(sent))]


def owned(catalogue: Catalogue, text: str) -> Catalogue:
    """The catalogue as it is read from a file, its owners with a text behind their names; or as it is, where such a
    file is refused at the start and no run ever sees it."""
    told = catalogue.model_dump(mode="json")
    for service in told["services"].values():
        service["owner"] += f" {text}"
    with TemporaryDirectory() as directory:
        file = Path(directory) / "catalogue.yaml"
        file.write_text(json.dumps(told))  # JSON is YAML, with every escape
        try:
            return load(file)
        except CatalogueError:
            return catalogue


def counted(done: Counter[tuple[str, str]]) -> Iterator[str]:
    """The table of how many were tried, of each kind at each place."""
    kinds, places = dict.fromkeys(kind for kind, _ in done), dict.fromkeys(place for _, place in done)
    yield _row("tried, of each kind", [*places, "in all"])
    for kind in kinds:
        yield _row(kind, [*(done[kind, place] for place in places), sum(done[kind, place] for place in places)])
    yield _row("in all", [*(sum(done[kind, place] for kind in kinds) for place in places), done.total()])


def _row(name: str, cells: list[str | int]) -> str:
    return f"{name:<24}" + "".join(f"{cell:<18}" for cell in cells)
