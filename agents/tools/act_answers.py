"""Act answers: what a program or an address says of a change that it was asked for, as JSON or in other words."""

from typing import Any, cast

from pydantic import ValidationError

from agents.io.outside_text import NotJson, read_json
from agents.io.redaction import ending
from agents.readings.production import ActionResult

LONGEST = 500
"""Characters of words that are no JSON."""


def result_of_success(said: str) -> ActionResult:
    """A change that succeeded, as its exit code or status says: it is done, unless its JSON says that it is not."""
    words = ending(said.strip(), LONGEST)
    try:
        told = cast(dict[str, Any], value) if isinstance(value := read_json(said), dict) else {}
    except NotJson:
        told = {}
    try:
        return ActionResult.model_validate({"done": True, "detail": words or "done", **told})
    except ValidationError:
        return ActionResult(done=told.get("done", True) is True, detail=words)
