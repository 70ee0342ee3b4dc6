"""Site24x7: the incident parameters as JSON or as a form."""

from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
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
read = each(TABLE.read)
