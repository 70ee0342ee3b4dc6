"""Pingdom, state change webhook."""

from api.intake.parsing.inbox import each
from api.intake.parsing.table import FieldTable

TABLE = FieldTable(
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
read = each(TABLE.read)
