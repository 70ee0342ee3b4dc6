"""Any JSON: what the names of its fields say about an alert, also inside the usual envelopes."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from agents.runtime.briefing import AlertStatus
from api.intake.parsing import reading, stable_key
from api.intake.parsing.field_names import (
    ACTION_TIMES_OVER,
    ACTIONS,
    DESCRIPTIONS,
    ENDS,
    ENVIRONMENTS,
    EXPORTERS,
    IF_FALSE,
    IF_TRUE,
    LABELS,
    LINKS,
    PLACES,
    REGIONS,
    SERVICES,
    SEVERITIES,
    STARTS,
    STATES,
    TESTS,
    TITLES,
    VALUES,
    WEAK_TITLES,
)
from api.intake.parsing.severities import WORDS as SEVERITY_WORDS
from api.intake.parsing.status_words import STATUS_WORDS, Words, headline, is_envelope_word, plain, status_in
from api.intake.parsing.views import Found, View, Views, best, named, states_of, text_of

MOST_LINKS = 20
MOST_LOOKED_AT = 2_000
"""Fields of a body that are looked at for want of a better title."""
TITLE_LABELS = ("alertname", "check", "rule", "monitor", "title", "name")
KINDS_OF_MESSAGE = "notification|alert|message|event|webhook"
TEST_TITLE = re.compile(rf"\W*(?:this is an? )?test(?:ing)? (?:{KINDS_OF_MESSAGE})\b", re.IGNORECASE)


class AnyJson:
    """Reads one alert out of a body of whatever shape. Whatever is not found is empty."""

    def __init__(self, told: Any, words: Words = STATUS_WORDS) -> None:
        self.told = told
        self.views = Views(told)
        self._words = words

    @cached_property
    def title(self) -> Found | None:
        """What is wrong, in a few words; a text that only says of which kind the message is does not count."""
        title = self._title(self._titled_views, TITLES) or self._label(TITLE_LABELS)
        title = title or self._title(self.views.outside_in, WEAK_TITLES)
        return title and Found(headline(title.text.strip().splitlines()[0]).title, title.place)

    @property
    def _titled_views(self) -> list[View]:
        views = self.views
        return [*views.events, *views.outermost, *reversed(views.wrappers), *views.things]

    def _title(self, views: list[View], names: tuple[str, ...]) -> Found | None:
        for view in views:
            for name in names:
                found = None if isinstance(view.fields.get(name, ("", None))[1], dict) else text_of(view, name)
                if found and _can_be_title(found.text):
                    return found
        return None

    @cached_property
    def guessed_title(self) -> str:
        """A title where no field is named like one: the first text, or the first number by its name."""
        return _likely_title(self.told)

    @cached_property
    def status(self) -> tuple[AlertStatus, str] | None:
        """The status, and where it was found: a state of its own, the name of the event, a flag, a time, the title."""
        return self._test() or self._worded() or self._flagged() or self._ended() or self._in_text()

    def _test(self) -> tuple[AlertStatus, str] | None:
        flags = ((view, name) for view in self.views.all for name in TESTS if name in view.fields)
        found = next((view.place(name) for view, name in flags if _is_true(view.fields[name][1])), None)
        title = self.title
        if found is None and title and TEST_TITLE.match(title.text):
            found = title.place
        return ("control", found) if found else None

    def _worded(self) -> tuple[AlertStatus, str] | None:
        """A state, the innermost first; only then what the event is called."""
        views = self.views.inside_out
        states = (found for view in views for name in STATES for found in states_of(view, name))
        actions = (found for view in views for name in ACTIONS for found in states_of(view, name))
        said = (*states, *(found for found in actions if plain(found.text) not in ACTION_TIMES_OVER))
        return next(((status, found.place) for found in said if (status := status_in(found.text, self._words))), None)

    def _flagged(self) -> tuple[AlertStatus, str] | None:
        for view in self.views.inside_out:
            for name in IF_TRUE:
                content = view.fields.get(name, ("", None))[1]
                if isinstance(content, bool) or (isinstance(content, str) and content.lower() in ("true", "false")):
                    is_so = _is_true(content)
                    status = IF_TRUE[name] if is_so else IF_FALSE.get(name)
                    if status:
                        return status, view.place(name)
        return None

    def _ended(self) -> tuple[AlertStatus, str] | None:
        found = self._moment(ENDS)
        return ("resolved", found[1]) if found else None

    def _in_text(self) -> tuple[AlertStatus, str] | None:
        """What stands in front of a title or of a message."""
        for view in self._titled_views:
            for name in (*TITLES, *WEAK_TITLES):
                found = text_of(view, name)
                status = headline(found.text[:300]).status if found else None
                if found and status:
                    return status, found.place
        return None

    @cached_property
    def severity(self) -> Found | None:
        """The sender's own word for how bad it is; a status such as CRITICAL serves too."""
        found = best(self.views.inside_out, SEVERITIES) or self._label(SEVERITIES)
        if found:
            return found
        states = (text_of(view, name) for view in self.views.inside_out for name in STATES)
        return next((state for state in states if state and plain(state.text) in SEVERITY_WORDS), None)

    @cached_property
    def service(self) -> Found | None:
        """The service, or the nearest to it that is named: an application, a component, at last a host."""
        views = self.views.outside_in
        service = named(views, SERVICES) or self._label(SERVICES)
        return service or named(views, PLACES) or self._label(PLACES) or _service_label(self.labels)

    @cached_property
    def environment(self) -> Found | None:
        """Production, staging and the like."""
        found = best(self.views.inside_out, ENVIRONMENTS) or self._label(ENVIRONMENTS)
        return found if found and plain(found.text) not in STATUS_WORDS else None

    @cached_property
    def region(self) -> Found | None:
        """Where it is."""
        return best(self.views.inside_out, REGIONS) or self._label(REGIONS)

    @cached_property
    def description(self) -> Found | None:
        """What is said beside the title."""
        for view in self.views.outside_in:
            for name in DESCRIPTIONS:
                said = reading.words(view.fields[name][1]) if name in view.fields else ""
                if said:
                    return Found(said, view.place(name))
        return None

    @cached_property
    def value(self) -> Found | None:
        """What was measured."""
        return best(self.views.inside_out, VALUES)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Labels and tags of every view."""
        kept: dict[str, str] = {}
        for view in self.views.outside_in:
            for name in LABELS:
                for label, content in reading.labels(view.fields.get(name, ("", None))[1]).items():
                    kept.setdefault(label, content)
        return dict(list(kept.items())[: reading.MOST_LABELS])

    @cached_property
    def links(self) -> list[str]:
        """Web addresses in fields that are named like links."""
        found: list[str] = []
        for view in self.views.outside_in:
            for name, (_, content) in view.fields.items():
                if name.endswith(LINKS) and (said := reading.text(content)).startswith(("https://", "http://")):
                    found.append(said)
        return list(dict.fromkeys(found))[:MOST_LINKS]

    @property
    def starts_at(self) -> datetime | None:
        """When it began."""
        found = self._moment(STARTS)
        return found[0] if found else None

    @property
    def ends_at(self) -> datetime | None:
        """When it ended."""
        found = self._moment(ENDS)
        return found[0] if found else None

    @cached_property
    def key(self) -> Found:
        """What tells this alert apart from others and is the same when it is over."""
        return stable_key.key_of(self.views, self.title.text if self.title else self.guessed_title)

    @cached_property
    def has_id(self) -> bool:
        """Whether the key is an id that the sender gives."""
        return not self.key.place.startswith(stable_key.MADE)

    @cached_property
    def delivery(self) -> Found | None:
        """The sender's name for this one message."""
        return best(self.views.outermost, stable_key.DELIVERY_IDS)

    def _label(self, names: tuple[str, ...]) -> Found | None:
        labels = {plain(label): (label, content) for label, content in self.labels.items()}
        return next((Found(labels[name][1], f"label {labels[name][0]}") for name in names if name in labels), None)

    def _moment(self, names: tuple[str, ...]) -> tuple[datetime, str] | None:
        for view in self.views.inside_out:
            for name in names:
                when = reading.moment(view.fields[name][1]) if name in view.fields else None
                if when:
                    return when, view.place(name)
        return None


def _can_be_title(text: str) -> bool:
    """Whether a text can be a title: it is no status, no address, and not only the kind of a message."""
    return not is_envelope_word(text) and not text.isdecimal() and _can_be_what_happened(text)


def _is_true(content: Any) -> bool:
    return content is True or (isinstance(content, str) and content.lower() == "true")


def _service_label(labels: Mapping[str, str]) -> Found | None:
    """`job` and `instance`, which are a service only where nothing better is there."""
    job, instance = labels.get("job", ""), labels.get("instance", "")
    if job and not is_exporter(job) and not instance.startswith("http"):
        return Found(job, "label job")
    return Found(instance, "label instance") if instance else (Found(job, "label job") if job else None)


def is_exporter(job: str) -> bool:
    """Whether a job is one that looks at other services."""
    return plain(job).endswith(EXPORTERS) or plain(job).startswith(EXPORTERS)


def _likely_title(told: Any) -> str:
    """The most likely title: the first text that says something, else the first text, else the first number."""
    texts = list(_texts(told))
    says_most = next((text for text in texts if _can_be_what_happened(text) and not is_envelope_word(text)), "")
    return (
        says_most or next(filter(_can_be_what_happened, texts), "") or next(iter(texts), "") or next(_numbers(told), "")
    )


def _can_be_what_happened(text: str) -> bool:
    """Whether a text can be what happened: no status, no time, no address."""
    return plain(text) not in STATUS_WORDS and not reading.moment(text) and not text.startswith("http")


def _texts(told: Any) -> Iterator[str]:
    return (said for _, content in _scalars(told) if isinstance(content, str) and (said := reading.text(content)))


def _numbers(told: Any) -> Iterator[str]:
    return (f"{name}: {reading.text(content)}" for name, content in _scalars(told) if reading.text(content))


def _scalars(told: Any) -> Iterator[tuple[str, Any]]:
    """Names and contents, the outer ones first."""
    level: list[tuple[str, Any]] = [("", told)]
    seen = 0
    while level and seen < MOST_LOOKED_AT:
        inner: list[tuple[str, Any]] = []
        for name, content in level[:MOST_LOOKED_AT]:
            seen += 1
            if isinstance(content, dict):
                inner += list(cast(dict[str, Any], content).items())
            elif isinstance(content, list):
                inner += [(name, each) for each in cast(list[Any], content)[:MOST_LOOKED_AT]]
            else:
                yield name, content
        level = inner
