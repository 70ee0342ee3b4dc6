"""Past incidents: earlier post-mortems of a service, as a tool that investigators may read."""

from collections.abc import Iterator
from contextlib import suppress

from agents.io.act_kinds import named
from agents.readings.history import PastAct, PastIncident, PastIncidents
from agents.reports.investigation import Conclusion
from agents.rules.writing.wording import short
from agents.tools.change import CHANGES, TARGET
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
                known = _incident(row, alerted["alert"], post_mortem)
                incidents.append(known.model_copy(update=self._what_was_done(row.run)))
        return PastIncidents(service=service, incidents=incidents)

    def _what_was_done(self, run: str) -> Payload:
        """The cause that was concluded in the end, and each act with what came of it, by the run's own transcript."""
        conclusions = [Conclusion.model_validate(e["conclusion"]) for _, e in self._payloads(run, "conclusion")]
        last = conclusions[-1] if conclusions and conclusions[-1].verdict == "cause found" else None
        acts = sorted([*self._done(run), *self._not_done(run), *self._by_hand(run)], key=lambda one: one[0])
        return {
            "cause": (last.cause if last else None) or "",
            "component": (last.component if last else None) or "",
            "signature": last.hypotheses[0].signature if last and last.hypotheses else "",
            "acts": [act for _, act in acts],
        }

    def _done(self, run: str) -> Iterator[tuple[int, PastAct]]:
        """Acts that were made: recovery was measured before anything else was done, or it did not help, or neither."""
        results = [(seq, e) for seq, e in self._payloads(run, "result") if e["done"] and e["port"] in CHANGES]
        acts = [(seq, e["port"], e["arguments"]) for seq, e in results if e["port"] != "build_hotfix"]
        well = [seq for seq, e in self._payloads(run, "status") if e["status"] == "Monitoring" and not _is_vouched(e)]
        vain = [seq for seq, e in self._payloads(run, "attempt") if e["attempt"]["outcome"] == "did not help"]
        others = [seq for seq, _, _ in acts] + [seq for seq, _ in self._by_hand(run)]
        for seq, action, arguments in acts:
            end = min((other for other in others if other > seq), default=None)
            came = [(at, "helped") for at in well] + [(at, "did not help") for at in vain]
            after = sorted(one for one in came if one[0] > seq and (end is None or one[0] < end))
            outcome = after[-1][1] if after else "not measured"
            service = str(arguments.get(TARGET, ""))
            yield seq, _past_act(action, service, named(action, service, arguments), outcome)

    def _not_done(self, run: str) -> Iterator[tuple[int, PastAct]]:
        for seq, event in self._payloads(run, "attempt"):
            attempt, proposal = event["attempt"], event["attempt"]["proposal"]
            if attempt["outcome"] in ("failed", "refused") and proposal["action"]:
                what = named(proposal["action"], proposal["service"], proposal["parameters"])
                yield seq, _past_act(proposal["action"], proposal["service"], what, attempt["outcome"])

    def _by_hand(self, run: str) -> Iterator[tuple[int, PastAct]]:
        for seq, event in self._payloads(run, "conclusion"):
            if event.get("handled"):
                what = short(event["conclusion"]["summary"], 160)
                yield seq, _past_act("", event["conclusion"].get("component") or "", what, "not measured")

    def _payloads(self, run: str, kind: str) -> Iterator[tuple[int, Payload]]:
        for row in self._events.of_kind(run, kind):
            with suppress(Unreadable):
                yield row.seq, read(kind, row.duty, row.payload_json)


def _past_act(action: str, service: str, what: str, outcome: str) -> PastAct:
    return PastAct.model_validate({"action": action, "service": service, "what": what, "outcome": outcome})


def _is_vouched(status: Payload) -> bool:
    return bool(status.get("is_vouched"))


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
