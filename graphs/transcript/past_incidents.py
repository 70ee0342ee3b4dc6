"""Past incidents: earlier post-mortems of a service, as a tool that investigators may read."""

from agents.readings.history import PastIncident, PastIncidents
from agents.tools.port import AnyPort, Connections, Driver, Lookup
from agents.tools.ports import past_incidents
from graphs.store.events import EventRepository, PostMortemRow
from graphs.transcript.event_shapes import Payload, Unreadable, read

MOST = 5
SEARCHED = 500
"""Post-mortems of all services, newest first."""


class WithPastIncidents:
    """Connections to the systems of the catalogue, and beside them Warroom's own record of past incidents."""

    def __init__(self, connections: Connections, events: EventRepository) -> None:
        self._connections = connections
        self._events = events

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        return self._past_incidents if port.name == past_incidents.name else self._connections.driver(port, service)

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        return self._connections.lookup(port, service)

    async def _past_incidents(self, service: str) -> PastIncidents:
        incidents: list[PastIncident] = []
        for row in self._events.post_mortems(SEARCHED):
            try:
                alerted = read("alert", "", row.alert_json)
                post_mortem = read("post_mortem", "", row.payload_json)
            except Unreadable:
                continue  # it is shown as such on its own page
            if alerted["service"] == service and len(incidents) < MOST:
                incidents.append(_incident(row, alerted["alert"], post_mortem))
        return PastIncidents(service=service, incidents=incidents)


def _incident(row: PostMortemRow, alert: Payload, post_mortem: Payload) -> PastIncident:
    """Shorten a post-mortem."""
    return PastIncident(
        run=row.run,
        written_at=row.at,
        alert=alert["title"],
        root_cause=_section(post_mortem, "root_cause").get("summary", ""),
        prevention=_section(post_mortem, "prevention").get("summary", ""),
        open_actions=[
            f"{item['action']} ({item['owner']}, by {item['deadline']})"
            for item in _section(post_mortem, "action_items").get("items", [])
        ],
    )


def _section(post_mortem: Payload, name: str) -> Payload:
    """A section of a post-mortem; empty where it was not written."""
    return post_mortem.get(name) or {}
