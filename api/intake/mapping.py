"""A mapping: where a body of somebody's own shape says each field of an alert, as JMESPath."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from agents.runtime.briefing import Alert
from api.intake.parsing.completion import read_any
from api.intake.parsing.inbox import Adapter, entries, gather
from api.intake.parsing.table import FieldTable

ALERTS = "alerts"
"""Besides an alert's fields: where the list of alerts is, if a body holds several."""
FIELDS = {
    **{name: name for name in ("title", "status", "severity", "description", "service", "environment", "region")},
    **{name: name for name in ("starts_at", "ends_at", "value", "links", "labels", "group_key")},
    "dedup_key": "key",
    "delivery_id": "delivery",
}
"""Field of an alert -> row of a sender's table."""
Search = Callable[[Any], Any]


class BadMapping(ValueError):
    """A mapping cannot be used."""


def mapped(source: str, told: Mapping[str, str]) -> Adapter:
    """Make a sender's adapter from its mapping; what that does not find is read as any JSON. Raises BadMapping."""
    searches = {name: _search(name, expression) for name, expression in told.items()}
    find_alerts = searches.pop(ALERTS, None)
    rows: Any = {FIELDS[name]: (name,) for name in searches}
    table = replace(FieldTable(source=source, title=()), **rows)

    def read(body: Mapping[str, Any]) -> Alert:
        mapped_alert = table.read({name: search(body) for name, search in searches.items()})
        said = {name: content for name, content in mapped_alert if content and name in searches}
        if mapped_alert.status == "unknown" or "status" not in searches:
            said.pop("status", None)
        hint = {"hint": mapped_alert.hint} if "severity" in said else {}
        return read_any(source, body).model_copy(update={**said, **hint, "unread": []})

    return lambda delivery: gather(entries(find_alerts(delivery.told) if find_alerts else delivery.told), read)


def _search(name: str, expression: str) -> Search:
    try:
        import jmespath
        from jmespath.exceptions import JMESPathError
    except ModuleNotFoundError as missing:
        raise BadMapping("mappings need another package: pip install 'warroom[mapping]'") from missing
    if name not in {*FIELDS, ALERTS}:
        raise BadMapping(f"an alert has no field {name}; it has {', '.join(sorted({*FIELDS, ALERTS}))}")
    try:
        compiled = jmespath.compile(expression)
    except JMESPathError as error:
        raise BadMapping(f"{name}: {' '.join(str(error).split())}") from error

    def search(told: Any) -> Any:
        try:
            return compiled.search(told)
        except (JMESPathError, TypeError, ValueError, AttributeError):
            return None  # an expression that does not fit this body finds nothing in it

    return search
