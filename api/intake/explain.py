"""Explains how a body is read: what each of its alerts would become, field by field with where it was found."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from agents.runtime.briefing import Alert
from api.intake.accepted import numbered
from api.intake.parsing import reading
from api.intake.parsing.any_json import AnyJson
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Adapter, Refused
from api.intake.parsing.status_words import status_in
from graphs.model.identity import key_of

FIELDS = (
    *("title", "status", "severity", "hint", "service", "environment", "region", "dedup_key", "group_key"),
    *("starts_at", "ends_at", "value", "description", "links"),
)
NOT_IN_THE_BODY = {
    "hint": "from the severity",
    "status": "taken as firing: nothing in the body says a status that is known",
}
MOST_PLACES = 2_000
LONGEST = 300


class ExplainedField(NamedTuple):
    """One field of an alert."""

    name: str
    content: str
    place: str
    """Where it was found."""


class ExplainedAlert(NamedTuple):
    """One alert of a body."""

    number: int
    fields: list[ExplainedField]
    unread: list[str]
    would: str
    """What would become of it."""


class Explanation(NamedTuple):
    """How a body is read."""

    alerts: list[ExplainedAlert]
    refused: list[Refused]


def explained(adapter: Adapter, delivery: Delivery) -> Explanation:
    """Read a body without taking it in. Raises NotJson and UnusableAlert."""
    inbox = adapter(delivery)
    leaves = list(_leaves(delivery.told))[:MOST_PLACES]
    place_of_status = AnyJson(delivery.told).status
    alerts = [
        ExplainedAlert(
            one.number,
            _fields(one.alert, _own_first(one.number, leaves), place_of_status),
            one.alert.unread,
            _would(one.alert),
        )
        for one in numbered(inbox)
    ]
    return Explanation(alerts, inbox.refused)


def _own_first(number: int, leaves: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The places of a body, those of one alert in a list before all others."""
    own = [leaf for leaf in leaves if str(number) in leaf[0].split(".")]
    return [*own, *leaves]


def _fields(alert: Alert, leaves: list[tuple[str, str]], status: tuple[Any, str] | None) -> list[ExplainedField]:
    return [_field(alert, name, leaves, status) for name in FIELDS if getattr(alert, name)]


def _field(alert: Alert, name: str, leaves: list[tuple[str, str]], status: tuple[Any, str] | None) -> ExplainedField:
    content = key_of(alert) if name == "dedup_key" else getattr(alert, name)
    text = ", ".join(cast(list[str], content)) if isinstance(content, list) else str(content)
    return ExplainedField(name, text[:LONGEST], _place(name, text, alert, leaves) or _otherwise(name, alert, status))


def _place(name: str, text: str, alert: Alert, leaves: list[tuple[str, str]]) -> str:
    """The first place of the body that says exactly this."""
    if name in ("starts_at", "ends_at"):
        return next((path for path, said in leaves if reading.moment(said) == getattr(alert, name)), "")
    if name == "status":
        return next((path for path, said in leaves if _is_status(path) and status_in(said) == text), "")
    wanted = alert.links[:1] if name == "links" else [text]
    return next((path for path, said in leaves if said in wanted), "")


def _is_status(path: str) -> bool:
    last = path.rpartition(".")[2].lower()
    return any(word in last for word in ("status", "state", "action", "event", "type", "transition", "condition"))


def _otherwise(name: str, alert: Alert, status: tuple[Any, str] | None) -> str:
    if name == "status" and status and status[0] == alert.status:
        return status[1]
    if name in NOT_IN_THE_BODY:
        return NOT_IN_THE_BODY[name]
    return "guessed" if name in alert.unread else "made of several places"


def _would(alert: Alert) -> str:
    match alert.status:
        case "control":
            return "be held as a control message, and start nothing"
        case _ if alert.is_change:
            return "be kept as a change, and start nothing"
        case "resolved":
            return "end the alert with this key where it is open, and otherwise be counted"
        case "acknowledged":
            return "be noted where the alert with this key is open, and otherwise be counted"
        case _:
            return "start a run, or join the run that it belongs to"


def _leaves(told: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a body with its path; JSON inside a text too."""
    stack: list[tuple[str, Any]] = [(path, told)]
    while stack:
        here, content = stack.pop(0)
        if isinstance(content, dict):
            fields = cast(dict[str, Any], content).items()
            stack += [(f"{here}.{name}" if here else name, inner) for name, inner in fields]
        elif isinstance(content, list):
            entries = enumerate(cast(list[Any], content)[:100])
            stack += [(f"{here}.{place}" if here else str(place), inner) for place, inner in entries]
        elif text := reading.text(content):
            yield here, text
            inner = reading.object_in(text)
            if inner:
                stack.append((f"{here} (JSON)", inner))
