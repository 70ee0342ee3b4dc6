"""Rebuilding: from what the tools answered in a run back to a world that answers the same, and reacts.

It knows only what was asked: `observed` lists it, and everything else has no data."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple, get_args

from agents.io.catalogue import Catalogue
from agents.readings.production import Series
from evals.simulation.production import READ_PORTS
from evals.simulation.rollouts import UNVERSIONED
from evals.simulation.world import Operation
from graphs.transcript.event import Event

USUALLY, LATELY = 20, 3
"""So many samples at the beginning of the first series show a good day; so many at an end how it stands then."""
MACHINES = ("cpu", "memory", "network", "disk")
OF_DATA = ("integrity_errors", "records_lost", "user_records_exposed", "suspicious_access")
OF_THE_SERVICE = ("tier", "kind", "public_name", "owner", "revenue_per_minute", "holds_user_data")


class Seen(NamedTuple):
    """What a tool answered, and at which minute from the alert."""

    minute: float
    value: dict[str, Any]


class Levels(NamedTuple):
    """A quantity on a good day and at its worst."""

    usual: float
    worst: float

    @property
    def rise(self) -> float:
        return max(0.0, self.worst - self.usual)

    @property
    def ratio(self) -> float:
        return self.worst / self.usual if self.usual else 1.0


OPERATIONS = get_args(Operation.model_fields["kind"].annotation)
KINDS_OF_OPERATIONS = {"provider": "notice", "other": "operator"}
"""The kind of a change -> that of an operation in a world, where they are not called the same."""


class Sightings:
    """All answers of all tools in a run, by tool and service."""

    def __init__(self, events: Sequence[Event], epoch: datetime) -> None:
        self.epoch = epoch
        self.seen: defaultdict[tuple[str, str], list[Seen]] = defaultdict(list)
        for event in events:
            if event.kind == "tool_result" and "value" in event.payload:
                asked = event.payload["arguments"]
                name = str(asked.get("service") or asked.get("provider") or "")
                self.seen[event.payload["tool"], name].append(Seen(self.minute(event.at), event.payload["value"]))

    def minute(self, at: datetime | str) -> float:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return round((moment - self.epoch).total_seconds() / 60, 1)

    def of(self, port: str, service: str) -> list[Seen]:
        return self.seen.get((port, service), [])

    def first(self, port: str, service: str) -> dict[str, Any]:
        seen = self.of(port, service)
        return seen[0].value if seen else {}

    def calls(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each call of each service as it was first seen."""
        for port, service in self.seen:
            if port == "dependencies":
                yield from ((service, call) for call in self.first(port, service)["calls"])

    def names(self) -> list[str]:
        """Every service that was asked about or that another one calls."""
        called = [call["to"] for _, call in self.calls()]
        asked = [service for port, service in self.seen if port in READ_PORTS]
        return [name for name in dict.fromkeys([*asked, *called]) if name]

    def levels(self, port: str, service: str, quantity: str) -> Levels | None:
        """A good day: the beginning of the first series. The worst: the worst end of any series."""
        series = [Series.model_validate(seen.value[quantity]) for seen in self.of(port, service)]
        known = [[value for value in one.values if value is not None] for one in series]
        known = [values for values in known if values]
        if not known:
            return None
        usual = median(known[0][:USUALLY])
        return Levels(usual, max((median(values[-LATELY:]) for values in known), key=lambda end: abs(end - usual)))


def services(sightings: Sightings, catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """Write down every service as it is on a good day."""
    return {name: _service(sightings, name, catalogue) for name in sightings.names()}


def _service(sightings: Sightings, name: str, catalogue: Catalogue) -> dict[str, Any]:
    listed = catalogue.services.get(name)
    service: dict[str, Any] = {"kind": _kind(sightings, name)}
    if listed:
        service |= listed.model_dump(include=set(OF_THE_SERVICE))
    service |= _usual(sightings, name)
    calls = [call for caller, call in sightings.calls() if caller == name]
    service["depends_on"] = {call["to"]: _weight(sightings, name, call) for call in calls}
    service["fallbacks"] = {
        call["to"]: call["fallback"] for call in calls if call.get("fallback") in ("fallback", "cache")
    }
    state = sightings.first("infrastructure_state", name)
    if state:
        service |= {"replicas": max(1, state["replicas_wanted"]), "replicas_limit": max(1, state["replicas_limit"])}
        service["standby"] = state["standby"]
    if service["kind"] not in UNVERSIONED:
        service["releases"] = _releases(sightings, name)
    service["changes"] = _changes(sightings, name)
    service["operations"] = _operations(sightings, name)
    checks = sightings.first("check_endpoints", name).get("checks", [])
    service["endpoints"] = [check["endpoint"] for check in checks]
    return {field: value for field, value in service.items() if value not in ("", None, [], {})}


def _kind(sightings: Sightings, name: str) -> str:
    called_as = next((call["kind"] for _, call in sightings.calls() if call["to"] == name), "service")
    if called_as != "service":
        return called_as
    if sightings.of("provider_status", name):
        return "provider"
    if sightings.first("database_health", name).get("database") == name:
        return "database"
    return "web" if sightings.of("client_signals", name) else "api"


def _usual(sightings: Sightings, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for port, quantities in (
        ("golden_signals", ("traffic", "error_rate", "latency", "saturation")),
        ("system_metrics", MACHINES),
        ("client_signals", ("script_errors", "page_load")),
    ):
        levels = {quantity: sightings.levels(port, name, quantity) for quantity in quantities}
        found |= {quantity: round(known.usual, 4) for quantity, known in levels.items() if known}
    call = next((call for _, call in sightings.calls() if call["to"] == name), None)
    if call and "latency" not in found:
        found |= {"error_rate": call["usual_error_rate"], "latency": max(0.001, call["usual_latency_seconds"])}
    usage, health = sightings.first("usage", name), sightings.first("database_health", name)
    if health.get("database") == name:
        slow = health["usual_slow_queries_per_minute"]
        found |= {"connections_limit": health["connections_limit"], "slow_queries": slow}
    return found | ({"users": usage["active_users"]} if usage else {})


def _weight(sightings: Sightings, caller: str, call: dict[str, Any]) -> float:
    """Tell how much of a dependency's failures reached its caller."""
    mine = sightings.levels("golden_signals", caller, "error_rate")
    below = call["error_rate"] - call["usual_error_rate"]
    if mine is None or below < 0.02:
        return 0.3
    return round(min(1.0, max(0.02, mine.rise / below)), 2)


def _releases(sightings: Sightings, name: str) -> list[dict[str, Any]]:
    known = sightings.first("deployment_history", name).get("deployments", [])
    releases: list[dict[str, Any]] = [
        {"version": d["version"], "at": sightings.minute(d["at"]), "note": d["note"]}
        | ({"status": "failed"} if d["status"] == "failed" else {})
        for d in known
        if sightings.minute(d["at"]) <= 0
    ]
    earliest = known[0]["previous"] if known else None
    if releases and earliest:
        releases.insert(0, {"version": earliest, "at": releases[0]["at"] - 1440, "note": ""})
    return releases


def _changes(sightings: Sightings, name: str) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for seen in sightings.of("code_suspects", name):
        for suspect in seen.value["suspects"]:
            kept = {field: suspect[field] for field in ("change", "summary", "files", "remedy")}
            change = found.setdefault(suspect["change"], kept | {"at": sightings.minute(suspect["at"]), "touches": []})
            change["touches"] = [*change["touches"], seen.value["signature"]]
    return list(found.values())


def _operations(sightings: Sightings, name: str) -> list[dict[str, Any]]:
    """What was changed besides releases and the code, as far as it was before the run."""
    told = sightings.first("change_history", name).get("changes", [])
    known = [(KINDS_OF_OPERATIONS.get(one["kind"], one["kind"]), sightings.minute(one["at"]), one) for one in told]
    return [
        {"kind": kind, "at": minute, "says": _in_words(one)}
        for kind, minute, one in known
        if kind in OPERATIONS and minute <= 0
    ]


def _in_words(change: dict[str, Any]) -> str:
    values = [f"{word} {said}" for word, said in (("from", change["old"]), ("to", change["new"])) if said]
    return " ".join([change["what"], *(said for said in values if said not in change["what"])])


def observed(sightings: Sightings) -> dict[str, list[str]]:
    """List the ports of production that answered, by service; the rest are Warroom's own records."""
    ports: defaultdict[str, list[str]] = defaultdict(list)
    for port, service in sightings.seen:
        if port in READ_PORTS:
            ports[service].append(port)
    return {name: sorted(ports[name]) for name in sightings.names()}


def effect(sightings: Sightings, name: str) -> dict[str, Any]:
    """Tell what was wrong with a service at its worst."""
    found: dict[str, Any] = {"latency": 1.0, "error_rate": 0.0}
    golden = {
        q: sightings.levels("golden_signals", name, q) for q in ("error_rate", "latency", "traffic", "saturation")
    }
    calls = [seen for _, seen in sightings.calls() if seen["to"] == name]
    if golden["error_rate"]:
        found["error_rate"] = golden["error_rate"].rise
    elif calls:
        found["error_rate"] = max(0.0, calls[0]["error_rate"] - calls[0]["usual_error_rate"])
        found["latency"] = calls[0]["latency_seconds"] / max(0.001, calls[0]["usual_latency_seconds"])
    for quantity in ("latency", "traffic"):
        known = golden[quantity]
        if known and not 0.7 < known.ratio < 1.4:
            found[quantity] = known.ratio
    found["saturation"] = golden["saturation"].rise if golden["saturation"] else 0.0
    for quantity in MACHINES:
        known = sightings.levels("system_metrics", name, quantity)
        found[quantity] = known.worst - known.usual if known and abs(known.worst - known.usual) > 0.08 else 0.0
    for quantity in ("script_errors", "page_load"):
        known = sightings.levels("client_signals", name, quantity)
        if known and known.ratio > 1.4:
            found[quantity] = known.rise if quantity == "script_errors" else known.ratio
    found |= _of_machines(sightings, name) | _of_data(sightings, name)
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in found.items() if value}


def _of_machines(sightings: Sightings, name: str) -> dict[str, Any]:
    state = sightings.first("infrastructure_state", name)
    if not state:
        return {}
    bad = [machine for machine in state["machines"] if not machine["ready"]]
    reason = bad[0]["reason"] if bad else ""
    return {"replicas_down": len(bad), "machine_reason": reason, "restarts": state["restarts_last_hour"]}


def _of_data(sightings: Sightings, name: str) -> dict[str, Any]:
    safety = sightings.first("data_safety", name)
    found = {field: safety[field] for field in OF_DATA if safety.get(field)}
    health = sightings.first("database_health", name)
    if health.get("database") == name and health["connections_limit"]:
        used = health["connections_used"] / health["connections_limit"]
        usual = max(1.0, health["usual_slow_queries_per_minute"])
        found |= {"connections": max(0.0, used - 0.4), "slow_queries": health["slow_queries_per_minute"] / usual}
    return found


def log_lines(sightings: Sightings, name: str, since: float) -> list[dict[str, Any]]:
    """Give the lines that a service, or its clients, began to write with the fault."""
    found: dict[str, dict[str, Any]] = {}
    for port in ("error_log", "client_signals"):
        for seen in sightings.of(port, name):
            for pattern in seen.value["patterns"]:
                began = sightings.minute(pattern["first_seen"])
                lasted = max(1.0, sightings.minute(pattern["last_seen"]) - began)
                if began >= since - 6 and pattern["count"] >= 3:
                    line = {"signature": pattern["signature"], "level": pattern["level"], "sample": pattern["sample"]}
                    rate = round(pattern["count"] / lasted, 2)
                    found.setdefault(pattern["signature"], line | {"per_minute": rate, "client": port != "error_log"})
    return list(found.values())
