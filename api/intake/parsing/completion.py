"""Completion: what a sender's own table does not find in a body is read as in any JSON."""

from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing.any_json import AnyJson
from api.intake.parsing.severities import hint
from api.intake.parsing.status_words import headline


def completed(alert: Alert, told: Any) -> Alert:
    """Give the alert every field that its table left empty and the body holds, and always a key."""
    if alert.title and alert.dedup_key and alert.service and alert.status != "unknown" and alert.severity:
        return alert
    found = AnyJson(told)
    update: dict[str, Any] = {**_title(alert, found), **_status(alert, found), **_texts(alert, found)}
    if not alert.dedup_key:
        update["dedup_key"] = found.key.text
    return alert.model_copy(update=update)


def read_any(source: str, told: Any) -> Alert:
    """Read one alert of whatever shape. What says nothing of its status is taken as firing."""
    found = AnyJson(told)
    bare = Alert(source=source, title="", status="unknown", unread=["title", "status"])
    alert = completed(bare, told).model_copy(
        update={
            "links": found.links,
            "labels": found.labels,
            "delivery_id": found.delivery.text if found.delivery else "",
            "ends_at": found.ends_at,
        }
    )
    if alert.status != "unknown":
        return alert
    return alert.model_copy(update={"status": "firing", "unread": [what for what in alert.unread if what != "status"]})


def _title(alert: Alert, found: AnyJson) -> dict[str, Any]:
    """A title, and what is left of what could not be read."""
    unread = alert.unread
    if found.status is not None and alert.status == "unknown":
        unread = [what for what in unread if not what.startswith("status")]
    if alert.title.strip():
        return {"unread": unread}
    unread = [what for what in unread if what != "title"]
    if found.title:
        return {"title": found.title.text, "unread": unread}
    guessed = headline(found.guessed_title).title
    return {"title": guessed, "unread": ["title", *unread] if guessed else unread}


def _status(alert: Alert, found: AnyJson) -> dict[str, Any]:
    return {"status": found.status[0]} if alert.status == "unknown" and found.status else {}


def _texts(alert: Alert, found: AnyJson) -> dict[str, Any]:
    """Fields that are taken over as they stand."""
    update: dict[str, Any] = {}
    for name in ("description", "service", "environment", "region", "value"):
        said = getattr(found, name)
        if said and not getattr(alert, name):
            update[name] = said.text
    if not alert.severity and found.severity:
        update |= {"severity": found.severity.text, "hint": hint(found.severity.text, {})}
    if alert.starts_at is None:
        update["starts_at"] = found.starts_at
    return update
