"""The inbox: what an adapter made of a sender's body."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, ValidationError

from agents.runtime.briefing import Alert
from api.intake.parsing import reading
from api.intake.parsing.completion import completed
from api.intake.parsing.delivery import Delivery

LONGEST_TITLE = 500
MOST_LINKS, LONGEST_LINK = 50, 2_000
LONGEST_LABELS = 50_000
"""Characters of all labels of an alert."""
MOST_UNREAD = 20
MOST_FAULTS = 20
"""Of a body, that are told."""
MOST_ALERTS = 20_000
"""In one body."""


class UnusableAlert(ValueError):
    """The body holds no alert that a run can be started from."""


class Refused(BaseModel):
    """An alert of a group that could not be read."""

    alert: int
    """Its place in the body, from 0."""
    why: str


class Inbox(NamedTuple):
    """The alerts of one body, and those that could not be read."""

    alerts: list[Alert]
    refused: list[Refused]


Adapter = Callable[[Delivery], Inbox]


def each(read: Callable[[Mapping[str, Any]], Alert]) -> Adapter:
    """Read a body that is one alert, or a list of them."""
    return lambda delivery: gather(entries(delivery.told), read)


def entries(told: Any) -> list[Any]:
    """The alerts of a body that is one alert or a list of them."""
    return cast(list[Any], told) if isinstance(told, list) else [told]


def gather(told: list[Any], read: Callable[[Mapping[str, Any]], Alert]) -> Inbox:
    """Read every alert; one that cannot be read does not keep the others out. Raises UnusableAlert without any."""
    if len(told) > MOST_ALERTS:
        raise UnusableAlert(f"alerts: {len(told)} in one body; send at most {MOST_ALERTS}")
    inbox = Inbox([], [])
    for number, entry in enumerate(told):
        try:
            inbox.alerts.append(whole(read(_fields(entry)), entry))
        except UnusableAlert as error:
            inbox.refused.append(Refused(alert=number, why=str(error)))
    if not inbox.alerts:
        said = "; ".join(f"alerts.{refused.alert}: {refused.why}" for refused in inbox.refused[:10])
        raise UnusableAlert(said or "alerts: there is none in the body")
    return inbox


def _fields(entry: Any) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise UnusableAlert("expected a JSON object")
    return cast(dict[str, Any], entry)


def whole(alert: Alert, told: Any) -> Alert:
    """Give the alert with what its sender's table did not find, read as in any JSON. Raises UnusableAlert."""
    alert = completed(alert, told)
    if not alert.title.strip():
        raise UnusableAlert("no title: there is nothing in it that could serve as one")
    return usable(alert)


def usable(alert: Alert) -> Alert:
    """Give the alert with a title of one short line and a time with a zone. Raises UnusableAlert without a title."""
    title = " ".join(reading.clean(alert.title).split())
    if not title:
        raise UnusableAlert("title: is empty; say in a few words what is wrong")
    times = {"starts_at": reading.sane(alert.starts_at), "ends_at": reading.sane(alert.ends_at)}
    cleaned = {name: _cleaned(content) for name, content in alert}
    labels, links = _fitting(alert.labels), alert.links[:MOST_LINKS]
    left_out = [f"{len(alert.labels) - len(labels)} labels too many"] if len(labels) < len(alert.labels) else []
    left_out += [f"{len(alert.links) - len(links)} links too many"] if len(links) < len(alert.links) else []
    return alert.model_copy(
        update={
            **cleaned,
            "title": title[:LONGEST_TITLE],
            "labels": labels,
            "links": [reading.clean(link)[:LONGEST_LINK] for link in links],
            "unread": [*cleaned["unread"][:MOST_UNREAD], *left_out],
            **times,
        }
    )


def _fitting(labels: Mapping[str, str]) -> dict[str, str]:
    """So many labels that an alert stays one: thousands of them would keep everybody waiting."""
    kept: dict[str, str] = {}
    left = LONGEST_LABELS
    for name, content in labels.items():
        short = reading.clean(name)[: reading.LONGEST_LABEL], reading.clean(content)[: reading.LONGEST_LABEL]
        left -= len(short[0]) + len(short[1])
        if left < 0 or len(kept) == reading.MOST_LABELS:
            break
        kept[short[0]] = short[1]
    return kept


def _cleaned(content: Any) -> Any:
    if isinstance(content, str):
        return reading.clean(content)
    return [reading.clean(each) for each in cast(list[str], content)] if isinstance(content, list) else content


def faults(error: ValidationError) -> str:
    """Put what is wrong with a body into one line."""
    told = error.errors()[:MOST_FAULTS]
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in told)
