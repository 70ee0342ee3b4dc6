"""Notation: the YAML and JSON that people write, read strictly. Nothing may stand twice, and nothing be endless."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple, cast

import yaml
from yaml.constructor import ConstructorError

DEEPEST = 40
"""Levels of nesting; nothing that is meant to be read has half as many."""
MOST_VALUES = 500_000
"""Values in one file, each alias counted as often as it is used: a few lines of aliases could stand for billions."""
BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast one, where it was built."""
MANY_SPELLINGS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null"))
"""Kinds of names that are the same though they are written differently: yes and true, 1 and 0x1."""
Place = Sequence[str | int]
"""The way to a place in a file, such as ("services", "orders", "tier")."""


class Unreadable(ValueError):
    """A file cannot be read: its name, the line, and what was expected there."""


class Document(NamedTuple):
    """The content of a file, and where in it each thing stands."""

    name: str
    content: Any
    node: yaml.Node | None

    def at(self, place: Place) -> str:
        """Name a place with its file and line; the line is that of the nearest thing around what is not written."""
        line = f":{_line(self.node, place)}" if self.node else ""
        return f"{self.name}{line}: {'.'.join(map(str, place)) or 'the file'}"


class _Loader(BASE):
    """Tells every value that cannot be read with its line: Python's own errors know of none."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return BASE.construct_object(self, node, deep)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
            raise ConstructorError(None, None, str(error), node.start_mark) from error


def text_of(file: Traversable) -> str:
    """Read a file's text; raises Unreadable."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Unreadable(f"{file}: expected a readable file ({error})") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Unreadable(f"{file}:{line}: expected text in UTF-8 ({error.reason})") from error


def read_yaml(text: str, name: str) -> Document:
    """Read YAML; `name` is the file's, for errors. Raises Unreadable."""
    try:
        loader, node = _put_together(text, name)
        return Document(name, loader.construct_document(node) if node else None, node)
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise Unreadable(f"{name}:{line}: expected YAML ({error.reason})") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Unreadable(f"{name}{f':{mark.line + 1}' if mark else ''}: expected YAML ({error.problem})") from error


def read_json(text: str, name: str) -> Document:
    """Read JSON; `name` is the file's, for errors. Raises Unreadable."""
    try:
        _, node = _put_together(text, name)
    except yaml.YAMLError:
        node = None  # nearly all JSON is YAML; the rest is told without lines
    try:
        return Document(name, strict_json(text), node)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{name}:{error.lineno}: expected JSON ({error.msg})") from error
    except ValueError as error:
        raise Unreadable(f"{name}: expected JSON ({error})") from error


def _put_together(text: str, name: str) -> tuple[Any, yaml.Node | None]:
    """Give a text's nodes, and what makes values of them. Raises Unreadable and YAMLError."""
    _demand_bounds(text, name)
    loader = _Loader(text)
    node: yaml.Node | None = loader.get_single_node()
    if node:
        _demand_once(name, loader, node)
    return loader, node


def strict_json(text: str | bytes) -> Any:
    """Read JSON in which no name stands twice, and no number is none. Raises ValueError."""
    try:
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for name, value in pairs:
        if name in content:
            raise ValueError(f"{name}: expected once, is there twice")
        content[name] = value
    return content


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _demand_bounds(text: str, name: str) -> None:
    """Look at a text part by part before it is put together: to put together what is too deep ends the process.

    Raises Unreadable.
    """
    bounds, parser = _Bounds(), BASE(text)
    while parser.check_event():
        event: yaml.Event = parser.get_event()
        if fault := bounds.take_in(event):
            raise Unreadable(f"{name}:{event.start_mark.line + 1}: {fault}")


@dataclass
class _Part:
    """A list or a mapping that is being read."""

    anchor: str | None
    begun: int
    """How many values there were before it."""
    levels: int = 1


class _Bounds:
    """Counts the values of a text and its levels, with every alias written out."""

    def __init__(self) -> None:
        self._values = 0
        self._open: list[_Part] = []
        self._anchored: dict[str, tuple[int, int]] = {}
        """Anchor -> how many values stand under it, on how many levels."""

    def take_in(self, event: yaml.Event) -> str:
        """Take the next part in; says what is wrong with it, and nothing where all is well."""
        levels = 0
        match event:
            case yaml.AliasEvent():
                if any(part.anchor == event.anchor for part in self._open):
                    return f"*{event.anchor}: expected something that it does not stand in itself"
                values, levels = self._anchored.get(event.anchor, (1, 0))
                self._values += values
            case yaml.ScalarEvent():
                self._values += 1
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._open.append(_Part(event.anchor, self._values))
                self._values += 1
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                levels = self._close(self._open.pop())
            case _:
                pass
        if self._open:
            self._open[-1].levels = max(self._open[-1].levels, levels + 1)
        return self._fault(levels)

    def _close(self, part: _Part) -> int:
        if part.anchor:
            self._anchored[part.anchor] = self._values - part.begun, part.levels
        return part.levels

    def _fault(self, levels: int) -> str:
        if len(self._open) + levels > DEEPEST:
            return f"expected at most {DEEPEST} levels of nesting"
        return f"expected at most {MOST_VALUES:,} values, aliases written out" if self._values > MOST_VALUES else ""


def _demand_once(name: str, loader: _Loader, node: yaml.Node) -> None:
    """Demand that no name stands twice in one mapping, in whatever spelling. Raises Unreadable."""
    looked_at: set[int] = set()
    waiting: list[tuple[tuple[str | int, ...], yaml.Node]] = [((), node)]
    while waiting:
        place, node = waiting.pop()
        if id(node) in looked_at:
            continue
        looked_at.add(id(node))
        seen: set[Any] = set()
        for key, at, below in _entries(node):
            if isinstance(node, yaml.MappingNode) and isinstance(at, yaml.ScalarNode):
                spellings = {key, loader.construct_object(at) if at.tag in MANY_SPELLINGS else key}
                if seen & spellings:
                    where = ".".join(map(str, (*place, key)))
                    raise Unreadable(f"{name}:{at.start_mark.line + 1}: {where}: expected once, is there twice")
                seen |= spellings
            waiting.append(((*place, key), below))


def _entries(node: yaml.Node) -> list[tuple[str | int, yaml.Node, yaml.Node]]:
    """Give the entries below a node: the name or number, where it stands, what stands there."""
    if isinstance(node, yaml.MappingNode):
        pairs = cast(list[tuple[yaml.Node, yaml.Node]], node.value)
        return [(str(key.value), key, value) for key, value in pairs]
    if isinstance(node, yaml.SequenceNode):
        return [(number, item, item) for number, item in enumerate(cast(list[yaml.Node], node.value))]
    return []


def _line(node: yaml.Node, place: Place) -> int:
    """Give the line of a place. What a mapping says itself stands after what is merged into it, and counts."""
    line = node.start_mark.line + 1
    for name in place:
        found = next(((at, below) for key, at, below in reversed(_entries(node)) if key == name), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
