"""Opsgenie and Jira Service Management: what somebody or something did to an alert."""

from agents.runtime.briefing import AlertStatus
from api.intake.parsing.inbox import each
from api.intake.parsing.severities import Hint
from api.intake.parsing.table import FieldTable

ACTIONS: dict[str, AlertStatus] = {
    "delete": "resolved",
    "unacknowledge": "firing",
    "escalate": "firing",
    "escalatenext": "firing",
    "takeownership": "acknowledged",
    "assignownership": "acknowledged",
    **dict.fromkeys(("addnote", "addrecipient", "addresponder", "addtags", "addteam", "addactions"), "control"),
    **dict.fromkeys(("removetags", "removeactions", "updatedescription", "updatemessage"), "control"),
    **dict.fromkeys(("updatepriority", "updateextraproperties", "snooze", "snoozeended"), "control"),
    **dict.fromkeys(("customaction", "adddetails", "removedetails", "executeescalation"), "control"),
}
LEVELS: dict[str, Hint] = {"1": "P1", "2": "P1", "3": "P2", "4": "P3", "5": "P3"}
TABLE = FieldTable(
    source="opsgenie",
    title=("alert.message",),
    status=("action",),
    words=ACTIONS,
    severity=("alert.priority",),
    levels=LEVELS,
    description=("alert.description", "alert.note"),
    service=("alert.details.service", "alert.entity"),
    environment=("alert.details.environment",),
    key=("alert.alias", "alert.alertId"),
    unique_key=True,
    starts_at=("alert.createdAt",),
    links=("alert.details.url", "alert.source"),
    labels=("alert.details", "alert.tags"),
)
read = each(TABLE.read)
