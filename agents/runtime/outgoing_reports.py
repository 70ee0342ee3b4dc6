"""Outgoing reports: what a model wrote for others to read, held against the book's report of the same duty."""

from functools import cache
from typing import Any, cast

from pydantic import BaseModel

from agents.reports.basis import Report
from agents.reports.communication import Brief, StatusUpdate
from agents.reports.escalation import Escalation, Notification, RegulatoryAssessment
from agents.reports.mitigation import ExternalRecovery, HotfixCheck, Recovery
from agents.reports.post_mortem import ActionItems, BacklogEntries, Impact, Prevention, RootCause, Timeline
from agents.reports.triage import Message, Scope
from agents.reports.verification import FixConfirmation, MetricsVerification, Regression
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.public_claims import Care, Compared, added
from agents.runtime.public_text import secret_in, unfit
from agents.runtime.record_words import record_words
from agents.runtime.statements import statements

CARE: dict[type[Report], Care] = {
    StatusUpdate: Care.PUBLIC,
    Brief: Care.PUBLIC,
    Notification: Care.PUBLIC,
    Message: Care.INTERNAL,
    BacklogEntries: Care.INTERNAL,
    Escalation: Care.INTERNAL,
    RegulatoryAssessment: Care.INTERNAL,
    Timeline: Care.INTERNAL,
    RootCause: Care.INTERNAL,
    Impact: Care.INTERNAL,
    Prevention: Care.INTERNAL,
    ActionItems: Care.INTERNAL,
    Recovery: Care.MEASURED,
    ExternalRecovery: Care.MEASURED,
    FixConfirmation: Care.MEASURED,
    HotfixCheck: Care.MEASURED,
    Regression: Care.MEASURED,
    MetricsVerification: Care.MEASURED,
    Scope: Care.MEASURED,
}
"""The reports whose words others read, and how closely they are compared with the book's of the same duty."""
OF_THE_WHOLE = (Timeline, RootCause, Impact, Prevention, ActionItems)
"""The parts of the post-mortem: they tell of the whole run, and may say what its record says."""
FOR_USERS = frozenset({"tell_users"})
"""Duties whose message is for users."""
PUBLISHED: dict[type[Report], tuple[str, ...]] = {StatusUpdate: ("impact", "current_action"), Message: ("text",)}
"""The fields that users read as they are."""
NO_WORDS = frozenset({"cites", "calculations"})
"""Fields that hold references and figures."""


def care_for(duty: Duty[Any]) -> Care | None:
    """How closely the words of a duty's report are compared; None where they do not leave."""
    return Care.PUBLIC if duty.name in FOR_USERS else CARE.get(duty.report)


def objection(duty: Duty[Any], report: Report, by_book: Report, briefing: Briefing) -> str:
    """Why the book's report has to stand in place of a model's; empty where the model's may leave."""
    care = care_for(duty)
    if care is None:
        return ""
    text, book = "\n".join(words(report)), "\n".join(words(by_book))
    # the numbers of statements that cite events were checked against those
    cited = "\n".join(statement.text for statement in statements(report)) if care is Care.MEASURED else ""
    if isinstance(by_book, OF_THE_WHOLE):
        book = f"{book}\n{record_words(briefing)}"
    if why := added(compared(text, book, briefing, care, cited)):
        return f"the model's words add {why}, and the book's report does not say that"
    if why := secret_in(text, book):
        return f"the model's words may not leave: {why}"
    if care is Care.PUBLIC and (why := _unpublishable(report, briefing)):
        return f"the model's words may not be published: {why}"
    return _repeats(report, by_book, briefing)


def compared(text: str, book: str, briefing: Briefing, care: Care, has_numbers: str = "") -> Compared:
    """A text beside what bears it, with the names that this house knows."""
    services = briefing.catalogue.services
    public = [service.public_name for service in services.values()]
    insiders = [*services, *(service.owner for service in services.values())]
    return Compared(text, book, public, insiders, care, has_numbers)


def words(value: Any) -> list[str]:
    """All texts of a report, in their order; times and choices among given words are no texts."""
    if isinstance(value, BaseModel):
        fields = [
            name for name in type(value).model_fields if name not in NO_WORDS and not _is_choice(type(value), name)
        ]
        return [text for name in fields for text in words(getattr(value, name))]
    if isinstance(value, list):
        return [text for part in cast(list[Any], value) for text in words(part)]
    return [value] if isinstance(value, str) else []


@cache
def _is_choice(model: type[BaseModel], field: str) -> bool:
    return "Literal[" in str(model.model_fields[field].annotation)


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
