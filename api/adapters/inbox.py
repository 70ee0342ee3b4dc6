"""The inbox: what an adapter made of a sender's body."""

from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from agents.briefing import Alert

LONGEST_TITLE = 500


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


def usable(alert: Alert) -> Alert:
    """Give the alert with a title of one short line and a time with a zone. Raises UnusableAlert without a title."""
    title = " ".join(alert.title.split())
    if not title:
        raise UnusableAlert("title: is empty; say in a few words what is wrong")
    starts_at = _with_zone(alert.starts_at) if alert.starts_at else None
    return alert.model_copy(update={"title": title[:LONGEST_TITLE], "starts_at": starts_at})


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def faults(error: ValidationError) -> str:
    """Put what is wrong with a body into one line."""
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in error.errors())
