"""The past: earlier post-mortems of a service, as a tool that investigators may read."""

from typing import Any

from agents.readings.past import PastIncident, PastIncidents
from agents.tools.port import AnyPort, Connections, Driver, Lookup
from agents.tools.ports.past import past_incidents
from graphs.store.database import Store
from graphs.transcript.event_shapes import Unreadable, read

MOST = 5
LOOKED_AT = 500
"""Post-mortems of all services, newest first."""


class WithPast:
    """Connections, and beside them the store's own record."""

    def __init__(self, connections: Connections, store: Store) -> None:
        self._connections = connections
        self._store = store

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        return self._tell if port.name == past_incidents.name else self._connections.driver(port, service)

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        return self._connections.lookup(port, service)

    async def _tell(self, service: str) -> PastIncidents:
        incidents: list[PastIncident] = []
        for row in self._store.many("post_mortems", most=LOOKED_AT):
            try:
                alerted, written = read("alert", "", row["alert"]), read("post_mortem", "", row["payload"])
            except Unreadable:
                continue  # it is shown as such on its own page
            if alerted["service"] == service and len(incidents) < MOST:
                incidents.append(_incident(row, alerted, written))
        return PastIncidents(service=service, incidents=incidents)


def _incident(row: dict[str, Any], alerted: dict[str, Any], written: dict[str, Any]) -> PastIncident:
    """A post-mortem in short."""
    return PastIncident(
        run=row["run"],
        written_at=row["at"],
        alert=alerted["alert"]["title"],
        root_cause=_part(written, "root_cause").get("summary", ""),
        prevention=_part(written, "prevention").get("summary", ""),
        open_actions=[
            f"{item['action']} ({item['owner']}, by {item['deadline']})"
            for item in _part(written, "action_items").get("items", [])
        ],
    )


def _part(written: dict[str, Any], name: str) -> dict[str, Any]:
    """A part of a post-mortem; empty where it was not written."""
    return written.get(name) or {}
