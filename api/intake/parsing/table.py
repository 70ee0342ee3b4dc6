"""A sender's table: at which places of its body each field of an alert stands, best first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.severities import Hint, hint
from api.intake.parsing.status_words import Words, status_in

Paths = tuple[str, ...]

SERVICE_LABELS = ("service", "service_name", "service.name", "app", "application")
ENVIRONMENT_LABELS = ("environment", "env", "deployment.environment", "stage")
REGION_LABELS = ("region", "aws_region", "cloud.region", "location", "zone")
SEVERITY_LABELS = ("severity", "priority", "level")
LONGEST_KEY = 500


@dataclass(frozen=True)
class FieldTable:
    """Where a sender writes what. Paths are dotted; a number is a place in a list."""

    source: str
    title: Paths
    status: Paths = ()
    """Empty: the sender speaks only while something is wrong."""
    words: Words = field(default_factory=dict[str, AlertStatus])
    """Its own words for a status, where they are not the common ones."""
    severity: Paths = ()
    levels: Mapping[str, Hint] = field(default_factory=dict[str, Hint])
    description: Paths = ()
    service: Paths = ()
    environment: Paths = ()
    region: Paths = ()
    key: Paths = ()
    key_parts: Paths = ()
    """Where no single place holds a key: these together are one."""
    unique_key: bool = False
    """Its key names one alert in all environments; what says that it is over does not say in which."""
    group_key: Paths = ()
    delivery: Paths = ()
    starts_at: Paths = ()
    ends_at: Paths = ()
    value: Paths = ()
    links: Paths = ()
    labels: Paths = ()
    known_by: Paths = ()
    """Places that are all filled in a body of this shape, and in no other sender's."""

    def fits(self, told: Any) -> bool:
        """Whether a body is of this shape."""
        return bool(self.known_by) and all(reading.at(told, path) is not None for path in self.known_by)

    def read(self, told: Any) -> Alert:
        """Read one alert. Whatever is not there is named in `unread`; nothing makes it fail."""
        kept = self._labels(told)
        status, status_said = self._status(told)
        native = reading.first(told, self.severity) or reading.first(kept, SEVERITY_LABELS)
        alert = Alert(
            source=self.source,
            title=reading.first(told, self.title),
            description=self._description(told),
            service=reading.first(told, self.service) or reading.first(kept, SERVICE_LABELS),
            environment=reading.first(told, self.environment) or reading.first(kept, ENVIRONMENT_LABELS),
            region=reading.first(told, self.region) or reading.first(kept, REGION_LABELS),
            severity=native,
            hint=hint(native, self.levels),
            labels=kept,
            links=self._links(told),
            starts_at=self._moment(told, self.starts_at),
            ends_at=self._moment(told, self.ends_at),
            value=next((said for path in self.value if (said := reading.words(reading.at(told, path)))), ""),
            dedup_key=reading.first(told, self.key) or self._joined_key(told),
            key_is_unique=self.unique_key,
            group_key=reading.first(told, self.group_key),
            delivery_id=reading.first(told, self.delivery),
            status=status,
        )
        return alert.model_copy(update={"unread": self._unread(alert, told, status_said)})

    def _status(self, told: Any) -> tuple[AlertStatus, str]:
        said = [text for path in self.status if (text := reading.text(reading.at(told, path)))]
        if not self.status:
            return "firing", ""
        known: list[AlertStatus] = [status for text in said if (status := status_in(text, self.words))]
        return (known[0] if known else "unknown"), next(iter(said), "")

    def _joined_key(self, told: Any) -> str:
        parts = (reading.first(told, (path,)) for path in self.key_parts)
        return "/".join(dict.fromkeys(part for part in parts if part))[:LONGEST_KEY]

    def _description(self, told: Any) -> str:
        return next((said for path in self.description if (said := reading.words(reading.at(told, path)))), "")

    def _labels(self, told: Any) -> dict[str, str]:
        kept: dict[str, str] = {}
        for path in self.labels:
            for name, content in reading.labels(reading.at(told, path)).items():
                kept.setdefault(name, content)
        return dict(list(kept.items())[: reading.MOST_LABELS])

    def _links(self, told: Any) -> list[str]:
        found = [link for path in self.links for link in _addresses(reading.at(told, path))]
        return list(dict.fromkeys(found))

    def _moment(self, told: Any, paths: Paths) -> Any:
        return next((when for path in paths if (when := reading.moment(reading.at(told, path)))), None)

    def _unread(self, alert: Alert, told: Any, status_said: str) -> list[str]:
        unread = [] if alert.title else ["title"]
        if alert.status == "unknown":
            unread.append(f"status {status_said[:100]}".strip())
        if not alert.starts_at and reading.first(told, self.starts_at):
            unread.append(f"starts_at {reading.first(told, self.starts_at)[:100]}")
        return unread


def _addresses(told: Any) -> list[str]:
    """Web addresses in a text, in a list of texts, or in a list of {href}."""
    if isinstance(told, list):
        entries = cast(list[Any], told)[: reading.MOST_LABELS]
        told_each = [entry if isinstance(entry, str) else reading.at(entry, "href") for entry in entries]
        return [link for each in told_each for link in _addresses(each)]
    said = reading.text(told)
    return [said] if said.startswith(("https://", "http://")) else []
