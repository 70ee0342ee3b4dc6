"""Any JSON object, a list of them, or one in a usual envelope, read by the names of its fields; and our own shape."""

from collections.abc import Mapping
from functools import partial
from typing import Any, cast

from pydantic import ValidationError

from agents.runtime.briefing import Alert
from api.intake.parsing.completion import read_any
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Adapter, Inbox, UnusableAlert, entries, faults, gather, usable
from api.intake.parsing.status_words import plain

LISTS = ("alerts", "messages", "incidents", "problems", "events", "notifications", "records", "items", "findings")
"""Where several alerts stand in one body."""
NAMES_OF_ONE = frozenset({"title", "summary", "name", "message", "alertname", "id", "status", "incident", "alert"})
"""A body with one of these is one alert itself, but where the list is called `alerts` or `messages`."""


def of(source: str) -> Adapter:
    """Read any JSON in the name of a sender."""
    return partial(_read, source)


def _read(source: str, delivery: Delivery) -> Inbox:
    return gather(alerts_in(delivery.told), partial(read_any, source))


def alerts_in(told: Any) -> list[Any]:
    """The alerts of a body: its list of alerts, the entries of a list, or the body itself."""
    if not isinstance(told, dict):
        return entries(told)
    fields = {plain(name): content for name, content in cast(dict[str, Any], told).items()}
    is_one = not NAMES_OF_ONE.isdisjoint(fields)
    for name in LISTS[:2] if is_one else LISTS:
        listed = fields.get(name)
        if isinstance(listed, list) and any(isinstance(each, dict) for each in cast(list[Any], listed)):
            return cast(list[Any], listed)
    return [cast(Mapping[str, Any], told)]


read = of("generic")


def read_our_own_shape(delivery: Delivery) -> Inbox:
    """Read one alert as agents.runtime.briefing.Alert has it.

    Raises UnusableAlert, which names every field that does not fit.
    """
    try:
        return Inbox([told_by_a_sender(Alert.model_validate(delivery.told))], [])
    except ValidationError as error:
        raise UnusableAlert(faults(error)) from error


def told_by_a_sender(alert: Alert) -> Alert:
    """Give a sender's alert; where it names no source, the receiver fills in the proven name. Raises UnusableAlert."""
    named = "source" in alert.model_fields_set
    return usable(alert if named else alert.model_copy(update={"source": ""}))
