"""UptimeRobot: the default parameters, in the address, in a form or as JSON (templates/uptimerobot.json)."""

from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
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
"""Type 3 is a certificate that is about to expire."""
read = each(TABLE.read)
