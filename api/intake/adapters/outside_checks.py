"""Services that check addresses from outside: Pingdom, Site24x7, UptimeRobot, Checkly."""

from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

PINGDOM = FieldTable(
    source="pingdom",
    title=("check_name",),
    status=("current_state",),
    severity=("importance_level",),
    description=("long_description", "description", "custom_message"),
    service=("check_params.hostname", "check_params.url"),
    region=("first_probe.location",),
    key=("check_id",),
    starts_at=("state_changed_timestamp", "state_changed_utc_time"),
    links=("check_params.full_url", "check_params.url"),
    labels=("tags",),
)
"""Its state change webhook."""
SITE24X7 = FieldTable(
    source="site24x7",
    title=("MONITORNAME", "DISPLAYNAME", "ALERT_TITLE"),
    status=("STATUS",),
    severity=("STATUS",),
    description=("INCIDENT_REASON", "INCIDENT_DETAILS"),
    service=("SERVICE", "MONITORNAME"),
    region=("FAILED_LOCATIONS",),
    key=("MONITOR_ID", "MONITORURL", "MONITORNAME"),
    starts_at=("OUTAGE_TIME_UNIX_FORMAT", "INCIDENT_TIME_ISO", "INCIDENT_TIME"),
    links=("MONITOR_DASHBOARD_LINK", "RCA_LINK", "MONITORURL"),
    labels=("TAGS", "GROUP_TAGS"),
)
"""The incident parameters, as JSON or as a form."""
UPTIMEROBOT = FieldTable(
    source="uptimerobot",
    title=("monitorFriendlyName", "monitorURL"),
    status=("alertType", "alertTypeFriendlyName"),
    words={"1": "firing", "2": "resolved", "3": "firing"},
    description=("alertDetails",),
    service=("service", "monitorFriendlyName"),
    key=("monitorID", "monitorURL"),
    starts_at=("alertDateTime",),
    value=("alertDuration",),
    links=("monitorURL",),
)
"""The default parameters, in the address, in a form or as JSON (templates/uptimerobot.json).

Type 3 is a certificate that is about to expire.
"""
CHECKLY = FieldTable(
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
"""The variables of its webhook template under their own names."""

ADAPTERS = {
    "pingdom": each(PINGDOM.read),
    "site24x7": each(SITE24X7.read),
    "uptimerobot": each(UPTIMEROBOT.read),
    "checkly": each(CHECKLY.read),
}
