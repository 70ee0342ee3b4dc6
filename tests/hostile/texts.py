"""The hostile texts, as they are kept in texts.yaml."""

from pathlib import Path

import yaml
from pydantic import BaseModel


class Hostile(BaseModel, extra="forbid"):
    """A hostile text."""

    kind: str
    text: str
    secret: str = ""


def texts() -> list[Hostile]:
    """Read every text."""
    written = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
    return [Hostile.model_validate(one) for one in written]
