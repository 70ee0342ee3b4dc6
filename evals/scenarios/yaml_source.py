"""Written: a scenario's file as a person wrote it; what is wrong in it is told by line, with what was expected."""

import json
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple, TypeVar, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Part = TypeVar("Part", bound=BaseModel)
Place = Sequence[str | int]
"""The way to a place in a file, such as ("services", "orders", "tier")."""
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast one, where it was built."""
SHOWN = 60
"""So much of a wrong value is quoted."""


class ScenarioError(ValueError):
    """A scenario cannot be played: the file, the line, the place in it, and what was expected there."""


class YamlSource(NamedTuple):
    """The content of a file, and where in it each thing stands."""

    file: Traversable
    content: dict[str, Any]
    node: yaml.Node | None

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
        line = _line(self.node, place) if self.node else None
        where = f"{self.file}:{line}" if line else f"{self.file}"
        return f"{where}: {'.'.join(map(str, place)) or 'the file'}: {said}"

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
    text = _text(file)
    try:
        loader = LOADER(text)
        node: yaml.Node | None = loader.get_single_node()
        content: Any = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ScenarioError(f"{file}{f':{mark.line + 1}' if mark else ''}: expected YAML ({error.problem})") from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"{file}: expected YAML ({error})") from error
    if not isinstance(content, dict) or node is None:
        raise ScenarioError(f"{file}:1: expected a mapping at the top")
    written = YamlSource(file, cast(dict[str, Any], content), node)
    _nothing_twice(written, node, ())
    return written


def read_json(file: Traversable) -> YamlSource:
    """Read a JSON file with one object; raises ScenarioError."""
    text = _text(file)
    try:
        content: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise ScenarioError(f"{file}:{error.lineno}: expected JSON ({error.msg})") from error
    if not isinstance(content, dict):
        raise ScenarioError(f"{file}:1: expected one JSON object")
    return YamlSource(file, cast(dict[str, Any], content), _as_yaml(text))


def _text(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{file}: expected a readable file ({error})") from error


def _as_yaml(text: str) -> yaml.Node | None:
    """Find the lines of a JSON text: nearly all JSON is YAML; the rest (indented by tabs) is told without lines."""
    try:
        return LOADER(text).get_single_node()
    except yaml.YAMLError:
        return None


def _entries(node: yaml.Node) -> list[tuple[str | int, yaml.Node, yaml.Node]]:
    """Give the entries below a node: the name or number, where it stands, what stands there."""
    if isinstance(node, yaml.MappingNode):
        pairs = cast(list[tuple[yaml.Node, yaml.Node]], node.value)
        return [(str(key.value), key, value) for key, value in pairs]
    if isinstance(node, yaml.SequenceNode):
        return [(number, item, item) for number, item in enumerate(cast(list[yaml.Node], node.value))]
    return []


def _line(node: yaml.Node, place: Place) -> int:
    """Give the line of a place; of the nearest thing around it where the place itself is not written."""
    line = node.start_mark.line + 1
    for name in place:
        found = next(((at, below) for key, at, below in _entries(node) if key == name), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _nothing_twice(written: YamlSource, node: yaml.Node, place: tuple[str | int, ...]) -> None:
    seen: set[str | int] = set()
    for key, at, below in _entries(node):
        if key in seen:
            line = at.start_mark.line + 1
            raise ScenarioError(
                f"{written.file}:{line}: {'.'.join(map(str, [*place, key]))}: expected once, is there twice"
            )
        seen.add(key)
        _nothing_twice(written, below, (*place, key))


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
