"""JSON of any size, read and written in such small steps that other threads can work meanwhile.

The json module's reader and writer in C let no other thread do anything until they are done. The same in Python, which
the module has too, takes some ten times as long and stops nobody.
"""

import json
from collections.abc import Callable
from json import scanner
from typing import Any, TypedDict, Unpack

LARGE = 64 * 1024
"""Characters; what is shorter is read and written in a millisecond."""
MOST_CONTAINERS = 100_000
"""Lists and objects of one text: looking for what is no longer needed among many more would stop everybody."""


class TooManyParts(ValueError):
    """It has more than 100,000 lists and objects."""


class Hooks(TypedDict, total=False):
    """What is made of the parts of a text, as the json module lets one say it."""

    parse_int: Callable[[str], Any]
    parse_float: Callable[[str], Any]
    parse_constant: Callable[[str], Any]
    object_pairs_hook: Callable[[list[tuple[str, Any]]], Any]


class InSmallSteps(json.JSONDecoder):
    """Reads JSON in Python. Raises TooManyParts."""

    def __init__(self, hooks: Hooks) -> None:
        super().__init__(**hooks)
        reader: Any = self
        self._left = MOST_CONTAINERS
        reader.parse_array = self._counted(reader.parse_array)
        reader.parse_object = self._counted(reader.parse_object)
        python: Any = scanner
        reader.scan_once = python.py_make_scanner(reader)

    def _counted(self, parse: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise TooManyParts(TooManyParts.__doc__)
            return parse(*arguments)

        return counted


def read(text: str, **hooks: Unpack[Hooks]) -> Any:
    """Read JSON as `json.loads` does, with its hooks. Raises JSONDecodeError, RecursionError and TooManyParts."""
    return json.loads(text, **hooks) if len(text) <= LARGE else InSmallSteps(hooks).decode(text)


def written(value: Any, size: int) -> str:
    """Write JSON of about so many characters, as `json.dumps` does."""
    return json.dumps(value) if size <= LARGE else "".join(json.JSONEncoder().iterencode(value))
