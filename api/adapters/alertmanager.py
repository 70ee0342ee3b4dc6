"""Prometheus Alertmanager, webhook version 4: a group of alerts, each firing or resolved."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from agents.briefing import Alert
from api.adapters.inbox import Inbox, Refused, UnusableAlert, faults, usable

TITLES = ("summary", "title", "message")
"""Annotations that may serve as the title, best first; then the label `alertname`."""
SERVICES = ("service", "service_name", "app", "job")
"""Labels that may name the service, best first."""


class Entry(BaseModel):
    """One alert of the group, as far as we read it."""

    status: Literal["firing", "resolved"] = "firing"
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    startsAt: str = ""  # noqa: N815 - the sender's spelling
    generatorURL: str = ""  # noqa: N815 - the sender's spelling
    fingerprint: str = ""


def read(body: Mapping[str, Any]) -> Inbox:
    """Read every alert of the group; one that cannot be read does not keep the others out. Raises UnusableAlert."""
    entries = body.get("alerts")
    if not isinstance(entries, list) or not entries:
        raise UnusableAlert("alerts: expected a list with at least one alert, as Alertmanager's webhook sends it")
    inbox = Inbox([], [])
    for number, entry in enumerate(entries):  # type: ignore[reportUnknownVariableType]
        try:
            inbox.alerts.append(usable(_alert(Entry.model_validate(entry))))
        except ValidationError as error:
            inbox.refused.append(Refused(alert=number, why=faults(error)))
        except UnusableAlert:
            why = f"no title: give it one of the annotations {', '.join(TITLES)} or the label alertname"
            inbox.refused.append(Refused(alert=number, why=why))
    if not inbox.alerts:
        raise UnusableAlert("; ".join(f"alerts.{refused.alert}: {refused.why}" for refused in inbox.refused))
    return inbox


def _alert(entry: Entry) -> Alert:
    labels, notes = entry.labels, entry.annotations
    title = _first(notes, TITLES) or labels.get("alertname", "")
    told: dict[str, Any] = {
        "source": "alertmanager",
        "title": title,
        "description": notes.get("description", ""),
        "service": _first(labels, SERVICES),
        "severity": labels.get("severity", ""),
        "labels": labels,
        "links": [link for link in (notes.get("runbook_url", ""), entry.generatorURL) if link],
        "starts_at": entry.startsAt or None,
        "dedup_key": entry.fingerprint or _all(labels),
        "status": entry.status,
    }
    return Alert.model_validate(told)


def _first(texts: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((texts[name].strip() for name in names if texts.get(name, "").strip()), "")


def _all(labels: Mapping[str, str]) -> str:
    """What Alertmanager's own fingerprint stands for: all labels."""
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
