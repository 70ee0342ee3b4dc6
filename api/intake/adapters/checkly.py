"""Checkly: the variables of its webhook template under their own names."""

from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
    source="checkly",
    title=("ALERT_TITLE", "title", "CHECK_NAME"),
    status=("ALERT_TYPE", "type"),
    words={
        **dict.fromkeys(("alertfailure", "alertdegraded", "alertdegradedfailure", "alertfailureremain"), "firing"),
        **dict.fromkeys(("alertfailuredegraded", "alertdegradedremain", "alertssl"), "firing"),
        **dict.fromkeys(("alertrecovery", "alertdegradedrecovery", "alertsslrecovery"), "resolved"),
    },
    description=("CHECK_ERROR_MESSAGE", "description"),
    service=("service", "GROUP_NAME", "CHECK_NAME"),
    region=("RUN_LOCATION",),
    key=("CHECK_ID", "CHECK_NAME"),
    delivery=("CHECK_RESULT_ID",),
    starts_at=("STARTED_AT",),
    value=("RESPONSE_TIME",),
    links=("RESULT_LINK", "link"),
    labels=("TAGS",),
)
read = each(TABLE.read)
