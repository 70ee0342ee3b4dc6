"""Written: a scenario's file as a person wrote it; what is wrong in it is told by line, with what was expected."""

from collections.abc import Callable
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple, TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from prompts import notation
from prompts.notation import Document, Place, Unreadable

Part = TypeVar("Part", bound=BaseModel)
SHOWN = 60
"""So much of a wrong value is quoted."""


class ScenarioError(ValueError):
    """A scenario cannot be played: the file, the line, the place in it, and what was expected there."""


class YamlSource(NamedTuple):
    """The content of a file, one mapping, and where in it each thing stands."""

    document: Document

    @property
    def content(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.document.content)

    def fit(self, part: type[Part]) -> Part:
        """Check the content against a model; raises ScenarioError with every fault that it finds."""
        try:
            return part.model_validate(self.content)
        except ValidationError as error:
            faults = [self._told(fault, part) for fault in error.errors(include_url=False)]
            raise ScenarioError("\n".join(faults)) from error

    def wrong(self, place: Place, expected: str) -> ScenarioError:
        """Say what was expected at a place."""
        return ScenarioError(self._say(place, expected))

    def _say(self, place: Place, said: str) -> str:
        return f"{self.document.at(place)}: {said}"

    def _told(self, fault: ErrorDetails, part: type[BaseModel]) -> str:
        place, got = fault["loc"], repr(fault["input"])
        shown = got if len(got) <= SHOWN else f"{got[: SHOWN - 1]}…"
        match fault["type"]:
            case "missing":
                return self._say(place[:-1], f"expected `{place[-1]}`, which is missing")
            case "extra_forbidden":
                return self._say(place, f"expected only {', '.join(_fields(part, place[:-1]))}")
            case "value_error":
                return self._say(place, fault["msg"].removeprefix("Value error, "))
            case _:
                return self._say(place, f"{fault['msg'].replace('Input should be', 'expected')}, found {shown}")


def read_yaml(file: Traversable) -> YamlSource:
    """Read a YAML file with a mapping at its top; raises ScenarioError."""
    return _written(file, notation.read_yaml)


def read_json(file: Traversable) -> YamlSource:
    """Read a JSON file with one object; raises ScenarioError."""
    return _written(file, notation.read_json)


def _written(file: Traversable, read: Callable[[str, str], Document]) -> YamlSource:
    try:
        document = read(notation.text_of(file), str(file))
    except Unreadable as error:
        raise ScenarioError(str(error)) from error
    if not isinstance(document.content, dict):
        raise ScenarioError(f"{file}:1: expected names and values at the top")
    return YamlSource(document)


def _fields(part: Any, place: Place) -> list[str]:
    """Give the fields that may stand at a place."""
    for name in place:
        if _is_model(part) and name in part.model_fields:
            part = _innermost(part.model_fields[name].annotation)
    return sorted(part.model_fields) if _is_model(part) else []


def _innermost(kind: Any) -> Any:
    """`list[X]`, `dict[str, X]` and `X | None` -> X."""
    while not _is_model(kind) and get_args(kind):
        kind = next((inner for inner in reversed(get_args(kind)) if inner is not type(None)), None)
    return kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
