"""Changes of alerts: what a message that came to a sender's door says of a change, such as a pipeline's result."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from agents.io.catalogue import Catalogue
from agents.readings.history import ChangeKind, RecordedChange
from agents.runtime.briefing import Alert
from graphs.intake.change_ledger import named_by, services_meant
from graphs.model.identity import identity, sent_by
from graphs.store.database import iso

KIND = "change_kind"
"""The label that says which kind of change a message tells of, in the words of `ChangeKind`."""
AT, BY, OLD, NEW, STATUS = "changed_at", "changed_by", "changed_from", "changed_to", "change_status"
"""Labels that say when it took effect, who made it, what was there before and after, and how it ended."""
REPOSITORY, ARTIFACT = "repository", "artifact"
"""Labels that help to find its service: the repository and the artifact that it comes from."""
LONGEST = {"by": 200, "old": 500, "new": 500, "what": 2_000, "link": 2_000}
STATES: Mapping[str, str] = {"firing": "failed", "resolved": "succeeded"}
"""What an alert is about a pipeline -> how the change ended. Whatever else a pipeline says of itself is no change."""
ENDED = ("succeeded", "failed", "rolled back")


def changes_of(alert: Alert, catalogue: Catalogue, now: datetime) -> list[RecordedChange]:
    """The change that a message tells of, once for each service that it is about; none where it tells of none."""
    labels = alert.labels
    kind = labels.get(KIND, "other" if alert.is_change else "")
    status = labels[STATUS] if labels.get(STATUS) in ENDED else STATES.get(alert.status, "")
    if kind not in get_args(ChangeKind) or not status:
        return []
    moment = _moment(labels.get(AT, "")) or alert.starts_at
    told: dict[str, Any] = {
        "kind": kind,
        "status": status,
        "at": min(moment or now, now),
        "what": alert.title,
        "by": labels.get(BY, ""),
        "old": labels.get(OLD, ""),
        "new": labels.get(NEW, ""),
        "environment": alert.environment,
        "source": sent_by(alert),
        "link": next(iter(alert.links), ""),
        "id": named_by(identity(alert), iso(moment) if moment else alert.raw_ref, labels.get(NEW, ""), status),
    }
    told |= {name: told[name][:longest] for name, longest in LONGEST.items()}
    services = services_meant(catalogue, [alert.service, labels.get(ARTIFACT, "")], labels.get(REPOSITORY, ""))
    return [RecordedChange.model_validate({**told, "service": service}) for service in services]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
