"""What the API description is not played with: texts whose invisible characters Warroom takes out before it counts.

Without them such a text may be as long as is allowed; tests/api/test_any_text.py tries these texts.
"""

from typing import Any

import schemathesis

from agents.io.outside_text import sanitize_json


@schemathesis.hook  # pyright: ignore[reportUnknownMemberType] - its own annotations are partial
def filter_body(_: Any, body: Any) -> bool:
    """Whether every text of a body is counted as it was sent."""
    return not isinstance(body, dict | list | str) or sanitize_json(body) == body
