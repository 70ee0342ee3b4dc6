"""Views: the body of an alert and the usual envelopes inside it, such as `data.attributes` or `incident`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from api.intake.parsing import reading
from api.intake.parsing.status_words import plain, tokens

EVENTS = (
    *("incident", "issue", "problem", "alert", "alarm", "outage", "item", "error", "fault", "finding", "ticket"),
    *("metricalert", "episode", "maintenance", "workflowrun", "alertgroup", "incidentupdate"),
)
"""What happened, as an object of its own; the best first."""
THINGS = (
    *("monitor", "check", "heartbeat", "checkin", "rule", "condition", "policy", "detector", "component", "test"),
    *("trigger", "site", "probe", "componentupdate", "monitoringservice"),
)
"""What is watched, or by which rule."""
WRAPPERS = (
    *("data", "attributes", "payload", "event", "detail", "details", "object", "objectattributes", "content", "body"),
    *("message", "params", "context", "activitylog", "essentials", "alertcontext", "result", "search", "input", "info"),
    *("alertdata", "properties", "record", "notification", "eventdata", "alertdetails", "eventmeta", "extra", "source"),
    *("alertinfo", "custompayload", "customdetails", "fields", "annotations", "commonannotations", "attachments"),
    *("embeds", "metadata"),
)
PREFIXED = re.compile(
    "(?:alert|incident|issue|problem|event|alarm|ticket|monitor|check|trigger|outage|item|finding)"
    "(title|name|summary|status|state|severity|priority|message|description|level)"
)
"""Names such as alert_title, which say the same as the short name where that is not there itself."""
MOST_VIEWS, DEEPEST_VIEW, MOST_NAMES = 40, 6, 500


@dataclass(frozen=True)
class View:
    """One object of a body: where it stands, under which name, and its fields."""

    path: str
    name: str
    depth: int
    told: Mapping[str, Any]

    @cached_property
    def fields(self) -> dict[str, tuple[str, Any]]:
        """Plain name -> the name as it is written, and its content."""
        named: dict[str, tuple[str, Any]] = {}
        for given, content in list(self.told.items())[:MOST_NAMES]:
            named.setdefault(plain(given), (given, content))
        for name, field in list(named.items()):
            short = PREFIXED.fullmatch(name)
            if short:
                named.setdefault(short[1], field)
        return named

    def place(self, name: str) -> str:
        """The path of one of its fields, by its plain name."""
        return f"{self.path}.{self.fields[name][0]}" if self.path else self.fields[name][0]


@dataclass(frozen=True)
class Found:
    """A text, and where it was found."""

    text: str
    place: str


class Views:
    """All views of one body, in the orders in which its fields are looked for."""

    def __init__(self, told: Any) -> None:
        self.told = told
        self.all: tuple[View, ...] = tuple(_views(told))

    @cached_property
    def events(self) -> list[View]:
        """What happened: the best kind first, of a kind the innermost first."""
        return sorted((view for view in self.all if view.name in EVENTS), key=lambda view: EVENTS.index(view.name))

    @cached_property
    def things(self) -> list[View]:
        """What is watched, the best kind first."""
        return sorted((view for view in self.all if view.name in THINGS), key=lambda view: THINGS.index(view.name))

    @cached_property
    def wrappers(self) -> list[View]:
        """The envelopes, the innermost first."""
        inner = [view for view in self.all if view.depth and view.name not in (*EVENTS, *THINGS)]
        return sorted(inner, key=lambda view: -view.depth)

    @property
    def outermost(self) -> list[View]:
        """The body itself; none where it is no object."""
        return [view for view in self.all if not view.depth]

    @property
    def inside_out(self) -> list[View]:
        """What happened, the envelopes from within, the body, and what is watched."""
        return [*self.events, *self.wrappers, *self.outermost, *self.things]

    @property
    def outside_in(self) -> list[View]:
        """What happened, the body, the envelopes from outside, and what is watched."""
        return [*self.events, *self.outermost, *reversed(self.wrappers), *self.things]


def _views(told: Any) -> Iterator[View]:
    level = [View("", "", 0, cast(dict[str, Any], told))] if isinstance(told, dict) else []
    seen = 0
    while level and seen < MOST_VIEWS:
        inner: list[View] = []
        for view in level:
            seen += 1
            yield view
            if view.depth < DEEPEST_VIEW:
                inner += _inside(view)
        level = inner[: MOST_VIEWS - seen]


ENVELOPES = frozenset((*EVENTS, *THINGS, *WRAPPERS))


def _inside(view: View) -> Iterator[View]:
    for name, (given, content) in view.fields.items():
        kind = _envelope(name, given)
        inner = _object(content) if kind else None
        if inner:
            yield View(view.place(name), kind, view.depth + 1, inner)


def _envelope(name: str, given: str) -> str:
    """Which kind of envelope stands under a name; one may be called like an event: `public.incident_created_v2`."""
    if name in ENVELOPES:
        return name
    if "." in given:
        return next((word for word in reversed(tokens(given)) if word in EVENTS), "")
    return "data" if name.endswith(("eventdata", "alertdata", "payload")) else ""


def _object(content: Any) -> Mapping[str, Any] | None:
    """An object; also the first of a list, and one that is written as JSON in a text."""
    if isinstance(content, str):
        return reading.object_in(content)
    if isinstance(content, list) and content:
        content = cast(list[Any], content)[0]
    return cast(dict[str, Any], content) if isinstance(content, dict) else None


SAYING = ("name", "summary", "displayname", "value", "title", "label", "slug", "key", "id", "type", "status", "code")
"""Of an object or list where a text was expected: which of its fields says it."""


NAMES = SAYING[:7]
"""Those that are a name."""


def first(views: Sequence[View], names: Sequence[str]) -> Found | None:
    """The first of these fields that holds a text: all names in one view before the next view."""
    return next((found for view in views for name in names if (found := text_of(view, name))), None)


def best(views: Sequence[View], names: Sequence[str]) -> Found | None:
    """The first of these names that holds a text in any of the views."""
    return next((found for name in names for view in views if (found := text_of(view, name))), None)


def named(views: Sequence[View], names: Sequence[str]) -> Found | None:
    """The first of these names that holds a name, in any of the views; an object has one, and its id is none."""
    found = ((view, name) for name in names for view in views if name in view.fields)
    texts = ((text_in(view.fields[name][1], NAMES), view, name) for view, name in found)
    return next((Found(text, view.place(name)) for text, view, name in texts if text), None)


def text_of(view: View, name: str) -> Found | None:
    """A field's text, also where it is an object or a list that names itself."""
    if name not in view.fields:
        return None
    said = text_in(view.fields[name][1])
    return Found(said, view.place(name)) if said else None


def text_in(content: Any, fields: Sequence[str] = SAYING, depth: int = 0) -> str:
    """A text; of a list its first, of an object the field by which it names itself."""
    if isinstance(content, list) and content and depth < DEEPEST_VIEW:
        return text_in(cast(list[Any], content)[0], fields, depth + 1)
    if isinstance(content, dict) and depth < DEEPEST_VIEW:
        own = {plain(name): inner for name, inner in list(cast(dict[str, Any], content).items())[:MOST_NAMES]}
        inner = (text_in(own[name], fields, depth + 1) for name in ("data", "attributes", "metadata") if name in own)
        return next((said for name in fields if (said := reading.text(own.get(name)))), "") or next(inner, "")
    return "" if isinstance(content, bool) else reading.text(content)


def states_of(view: View, name: str) -> Iterator[Found]:
    """Everything that a field says of a state: its text, or every text of an object such as {category, name}."""
    content = view.fields[name][1] if name in view.fields else None
    if isinstance(content, dict):
        fields = list(cast(dict[str, Any], content).items())[:MOST_NAMES]
        texts = {plain(given): (given, reading.text(inner)) for given, inner in fields}
        for saying in ("category", *SAYING):
            if texts.get(saying, ("", ""))[1]:
                yield Found(texts[saying][1], f"{view.place(name)}.{texts[saying][0]}")
    elif found := text_of(view, name):
        yield found
