"""Every place where others read what a model wrote: a report with a text in it, by place."""

from collections.abc import Callable
from typing import Any, NamedTuple

from agents.reports.basis import Claim, Report, Status
from agents.reports.communication import Brief, Escalation, Notification, RegulatoryAssessment, StatusUpdate
from agents.reports.mitigation import MetricsVerification
from agents.reports.post_mortem import (
    ActionItem,
    ActionItems,
    BacklogEntries,
    BacklogEntry,
    Impact,
    Prevention,
    RootCause,
    Timeline,
    TimelineEntry,
)
from agents.reports.triage import Message
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW


class Place(NamedTuple):
    """Where a text is read, and by whom."""

    report: Callable[[str, Status], Report]
    is_public: bool = False
    duty: str = "tell"


def claim(text: str) -> Claim:
    return Claim(text=text, cites=["1"])


def _status_update(text: str, status: Status) -> Report:
    return StatusUpdate(status=status, impact=text, current_action="", summary="")


def _brief(text: str, status: Status) -> Report:
    return Brief(situation=text, cause="", action="", eta="", impact="", summary="")


def _message(text: str, status: Status) -> Report:
    return Message(text=text, summary="")


def _notification(text: str, status: Status) -> Report:
    return Notification(audience="", text=text, summary="")


def _escalation(text: str, status: Status) -> Report:
    return Escalation(actions=[], assessment=text, summary="")


def _ticket(text: str, status: Status) -> Report:
    return BacklogEntries(entries=[BacklogEntry(title="", owner="", deadline="", why=text)], summary="")


def _legal(text: str, status: Status) -> Report:
    return RegulatoryAssessment(
        notification_likely_required="unclear", regimes=[], clock="", assessment=text, summary=""
    )


def _verification(text: str, status: Status) -> Report:
    check: dict[str, Any] = {"verdict": "normal", "text": ""}
    names = [name for name in MetricsVerification.model_fields if name not in Report.model_fields]
    fields: dict[str, Any] = dict.fromkeys(names, check) | {"normal": True}
    return MetricsVerification.model_validate({**fields, "summary": text})


def _timeline(text: str, status: Status) -> Report:
    entries = [TimelineEntry(at=NOW, what=text, cites=["1"])]
    times: dict[str, Any] = {"introduced_at": None, "detected_at": NOW, "resolved_at": NOW}
    return Timeline(**times, user_impact_minutes=17, entries=entries, summary="")


def _root_cause(text: str, status: Status) -> Report:
    none = claim("")
    return RootCause(what_failed=claim(text), why=none, why_not_caught=none, five_whys=[none], summary="")


def _impact(text: str, status: Status) -> Report:
    none = claim("")
    return Impact(users=claim(text), revenue=none, reputation=none, data=none, summary="")


def _prevention(text: str, status: Status) -> Report:
    return Prevention(monitoring=text, testing="", process="", infrastructure="", summary="")


def _action_item(text: str, status: Status) -> Report:
    return ActionItems(items=[ActionItem(action=text, owner="", deadline=NOW)], summary="")


PLACES: dict[str, Place] = {
    "status page": Place(_status_update, is_public=True),
    "brief": Place(_brief, is_public=True),
    "users": Place(_message, is_public=True, duty="tell_users"),
    "notification": Place(_notification, is_public=True),
    "channel": Place(_message),
    "ticket": Place(_ticket),
    "escalation": Place(_escalation),
    "legal": Place(_legal),
    "verification": Place(_verification),
    "timeline": Place(_timeline),
    "root cause": Place(_root_cause),
    "impact": Place(_impact),
    "prevention": Place(_prevention),
    "action item": Place(_action_item),
}


def duty(by_book: Report, place: str = "status page") -> Duty[Any]:
    """A duty whose report by the rules is this one."""

    async def body(briefing: Any, context: DutyContext) -> Any:
        return by_book

    name = PLACES[place].duty
    return Duty(role="support_responder", name=name, does="", report=type(by_book), without_model=body)
