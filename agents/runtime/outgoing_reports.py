"""Outgoing reports: what a model wrote for others to read, held against the book's report of the same duty."""

from typing import Any, cast

from agents.reports.basis import Report
from agents.reports.communication import Brief, StatusUpdate
from agents.reports.escalation import Escalation, Notification, RegulatoryAssessment
from agents.reports.post_mortem import ActionItems, BacklogEntries, Impact, Prevention, RootCause, Timeline
from agents.reports.triage import Message
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.public_claims import Care, Compared, added
from agents.runtime.public_text import unfit

CARE: dict[type[Report], Care] = {
    StatusUpdate: Care.PUBLIC,
    Brief: Care.PUBLIC,
    Notification: Care.PUBLIC,
    Message: Care.INTERNAL,
    BacklogEntries: Care.INTERNAL,
    Escalation: Care.INTERNAL,
    RegulatoryAssessment: Care.INTERNAL,
    Timeline: Care.CITED,
    RootCause: Care.CITED,
    Impact: Care.CITED,
    Prevention: Care.CITED,
    ActionItems: Care.CITED,
}
"""The reports whose words leave the incident, and how closely they are compared."""
FOR_USERS = frozenset({"tell_users"})
"""Duties whose message is for users."""
PUBLISHED: dict[type[Report], tuple[str, ...]] = {StatusUpdate: ("impact", "current_action"), Message: ("text",)}
"""The fields that users read as they are."""
NO_WORDS = frozenset({"cites", "status", "notification_likely_required", "calculations"})
"""Fields that hold references and choices."""


def care_for(duty: Duty[Any]) -> Care | None:
    """How closely the words of a duty's report are compared; None where they do not leave."""
    return Care.PUBLIC if duty.name in FOR_USERS else CARE.get(duty.report)


def objection(duty: Duty[Any], report: Report, by_book: Report, briefing: Briefing) -> str:
    """Why the book's report has to stand in place of a model's; empty where the model's may leave."""
    care = care_for(duty)
    if care is None:
        return ""
    services = briefing.catalogue.services
    public = [service.public_name for service in services.values()]
    insiders = [*services, *(service.owner for service in services.values())]
    if why := added(Compared("\n".join(words(report)), "\n".join(words(by_book)), public, insiders, care)):
        return f"the model's words add {why}, and the book's report does not say that"
    if care is Care.PUBLIC and (why := _unpublishable(report, briefing)):
        return f"the model's words may not be published: {why}"
    return _repeats(report, by_book, briefing)


def words(value: Any, field: str = "") -> list[str]:
    """All texts of a report, in their order."""
    if isinstance(value, Report):
        value = value.model_dump(mode="json")
    if field in NO_WORDS:
        return []
    if isinstance(value, dict):
        parts = cast(dict[str, Any], value)
        return [text for name, part in parts.items() for text in words(part, name)]
    if isinstance(value, list):
        return [text for part in cast(list[Any], value) for text in words(part)]
    return [value] if isinstance(value, str) else []


def _unpublishable(report: Report, briefing: Briefing) -> str:
    status = briefing.status if isinstance(report, StatusUpdate) else ""
    texts = [str(getattr(report, field)) for field in PUBLISHED.get(type(report), ())]
    return next((why for text in texts if (why := unfit(text, status, briefing.catalogue))), "")


def _repeats(report: Report, by_book: Report, briefing: Briefing) -> str:
    """Whether a status update says the same as the last one, word for word, though something has changed."""
    if not isinstance(report, StatusUpdate) or not isinstance(by_book, StatusUpdate):
        return ""
    is_repeated = [report.impact, report.current_action] == briefing.last_update_words
    has_changed = [by_book.impact, by_book.current_action] != briefing.last_update_words
    return "the model repeats the last update, and something has changed since" if is_repeated and has_changed else ""
