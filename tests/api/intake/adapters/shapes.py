"""What senders post when something fires and when it is over: the table in senders.yaml."""

from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml


class Shape(NamedTuple):
    """One documented shape, and what must be read from it."""

    name: str
    door: str
    fires: dict[str, Any]
    over: dict[str, Any] | None
    """The body that says that it is over; None where the sender says it of nothing."""
    expected: dict[str, str]

    @property
    def status(self) -> str:
        return self.expected.get("status", "firing")


FIELDS = {"title": "title", "severity": "severity", "service": "service", "environment": "environment"}
READ = {**FIELDS, "key": "dedup_key"}
"""Column of the table -> field of an alert."""


def shapes() -> list[Shape]:
    """Every row of the table."""
    rows: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "senders.yaml").read_text(encoding="utf-8"))
    return [_shape(row) for row in rows]


def _shape(row: dict[str, Any]) -> Shape:
    over = laid_over(row["fires"], row["over"]) if "over" in row else None
    expected = {name: said for name, said in row.items() if name not in ("name", "door", "fires", "over")}
    return Shape(row["name"], row["door"], row["fires"], over, expected)


def laid_over(body: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A body with some of its fields changed."""
    changed = deepcopy(body)
    for name, content in change.items():
        before = changed.get(name)
        inner = isinstance(content, dict) and isinstance(before, dict)
        changed[name] = laid_over(cast(dict[str, Any], before), cast(dict[str, Any], content)) if inner else content
    return changed
