"""Projections of alerts, of the queue of a storm, and of events that cannot be read."""

from collections.abc import Callable

from agents.reports.post_mortem import TimelineEntry
from agents.runtime.briefing import Alert
from graphs.model.identity import USER_REPORT, sent_by
from graphs.transcript.event import Event
from graphs.transcript.event_shapes import UNREADABLE
from graphs.transcript.facts import Facts


def _alert(facts: Facts, event: Event) -> None:
    alert = Alert.model_validate(event.payload["alert"])
    facts.alerts += 1
    if alert.status == "resolved":
        facts.alert_resolved = not (event.payload.get("firing") or event.payload.get("flaps"))
        flapping = "; it comes and goes, so that says nothing" if event.payload.get("flaps") else ""
        facts.record(event, f"{sent_by(alert)} says the alert is over: {alert.title}{flapping}")
        return
    if alert.status == "acknowledged":
        facts.record(event, f"{sent_by(alert)} says that somebody has seen the alert: {alert.title}")
        return
    facts.alert_resolved = False
    if alert.source != USER_REPORT:
        first = TimelineEntry(at=event.at, what=alert.title, cites=[event.ref])
        alerted = {event.payload["service"]: first, **facts.ledger.alerted}
        facts.ledger = facts.ledger.model_copy(update={"alerted": alerted})
    if facts.alert is None:
        facts.id = facts.id or event.payload["run"]
        facts.alert, facts.alert_ref, facts.service = alert, event.ref, event.payload["service"]
        facts.started_at, facts.minute_seconds = event.at, event.payload["minute_seconds"]
        facts.ledger = facts.ledger.model_copy(update={"minute": facts.minute})
        facts.revenue_limit = event.payload["revenue_limit"]
        facts.record(event, f"alert received from {sent_by(alert)}: {alert.title}")
    else:
        why = event.payload.get("why")
        facts.record(event, f"another alert joined this run: {alert.title}{f' ({why})' if why else ''}")


def _queued(facts: Facts, event: Event) -> None:
    facts.parent, facts.queued = event.payload["parent"], True
    facts.record(event, f"waits in the queue of the storm {facts.parent}")


def _released(facts: Facts, event: Event) -> None:
    facts.queued = False
    facts.record(event, "released from the queue")


def _storm(facts: Facts, event: Event) -> None:
    facts.incidents = event.payload["incidents"]
    common = "; ".join(f"{one['share']:.0%} {one['label']} {one['value']}" for one in event.payload["shared"])
    facts.record(event, f"{facts.incidents} incidents in this storm. In common: {common or 'nothing'}")


def _unreadable(facts: Facts, event: Event) -> None:
    was = event.payload["was"]
    facts.record(event, f"an event cannot be read ({was}): {event.payload['why']}")
    if was == "alert":
        facts.alerts += 1
        facts.alert = facts.alert or Alert(title="An alert that cannot be read")
        facts.alert_ref = facts.alert_ref or event.ref
        facts.service, facts.started_at = facts.service or "unknown", facts.started_at or event.at


OF_ALERTS: dict[str, Callable[[Facts, Event], None]] = {
    "alert": _alert,
    "queued": _queued,
    "released": _released,
    "storm": _storm,
    UNREADABLE: _unreadable,
}
