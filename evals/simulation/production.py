"""The simulated production: drivers for every port, on a clock, with a journal of what was done."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel

from agents.io.act_kinds import ACT_KINDS
from agents.io.catalogue import Catalogue, Service
from agents.io.clock import Clock
from agents.readings.production import ActionResult, Refusal
from agents.tools.port import AnyPort, Driver, Lookup, Unanswered
from evals.simulation import delivery, estate, logs, metrics, raw_lines, requests, signals, splits, traces
from evals.simulation.acts import PRODUCTION_ACTS, act
from evals.simulation.course import noise
from evals.simulation.journal import OUTGOING_PORTS, InMemoryJournal, Journal, JournalEntry
from evals.simulation.scene import ProductionState
from evals.simulation.world import World

READ_PORTS: dict[str, Callable[..., BaseModel]] = {
    "golden_signals": signals.golden_signals,
    "system_metrics": signals.system_metrics,
    "split_signals": splits.split_signals,
    "query_metric": metrics.query_metric,
    "client_signals": signals.client_signals,
    "traced_requests": traces.traced_requests,
    "usage": signals.usage,
    "error_log": logs.error_log,
    "search_logs": raw_lines.search_logs,
    "deployment_history": delivery.deployment_history,
    "pipeline_status": delivery.pipeline_status,
    "code_suspects": delivery.code_suspects,
    "change_diff": delivery.change_diff,
    "source_lines": delivery.source_lines,
    "check_candidate": delivery.check_candidate,
    "infrastructure_state": estate.infrastructure_state,
    "configuration": estate.configuration,
    "describe_workload": estate.describe_workload,
    "database_health": estate.database_health,
    "dependencies": estate.dependencies,
    "team_notes": estate.team_notes,
    "provider_status": estate.provider_status,
    "data_safety": estate.data_safety,
    "check_endpoints": requests.check_endpoints,
    "screenshot": requests.screenshot,
}
OF_PROVIDERS = ("provider_status",)
OF_PAGES = ("client_signals", "screenshot")
ACT_MINUTES = {
    "rollback": 2.0,
    "deploy": 2.0,
    "scale": 1.0,
    "restart": 2.0,
    "failover": 2.0,
    "fallback": 1.0,
    "build_hotfix": 3.0,
}
OUTGOING_MINUTES = 0.1
TIMEOUT_MINUTES = 1.0


def _ports_behind(port: str, arguments: Mapping[str, Any]) -> list[str]:
    """The ports that read the same system as a search does: where they have a gap, or it is not observed, so it is."""
    match port:
        case "search_logs":
            return ["error_log"]
        case "change_diff" | "source_lines":
            return ["code_suspects"]
        case "traced_requests":
            return ["dependencies"]
        case "configuration" | "describe_workload":
            return ["infrastructure_state"]
        case "query_metric":
            return metrics.ports_behind(arguments)
        case _:
            return []


class PortRequest(NamedTuple):
    """A call of a port that acts."""

    port: str
    arguments: dict[str, Any]
    key: str


class Production:
    """Connections to a world: the same (world, seed, time, journal) always answers the same."""

    def __init__(self, world: World, seed: int, clock: Clock, epoch: datetime, journal: Journal | None = None) -> None:
        self.scene = ProductionState(world, seed, epoch, InMemoryJournal() if journal is None else journal)
        self._clock = clock

    @property
    def journal(self) -> Journal:
        return self.scene.journal

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue that fits this production."""
        return Catalogue(services={name: self._listed(name) for name in self.scene.services})

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        if self._missing(port.name, service) == "not connected" or self._has_none(port.name, service):
            return None
        if port.name in READ_PORTS:
            return self._reader(port.name)
        if port.name in ACT_KINDS:
            return self._actor(port.name) if self._declares(port.name, service) else None
        if port.name in PRODUCTION_ACTS or port.name in OUTGOING_PORTS:
            return self._actor(port.name)
        return None

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        async def find(idempotency_key: str) -> ActionResult | None:
            return self._done_before(idempotency_key)

        return find if port.acts else None

    def _reader(self, port: str) -> Driver:
        async def read(**arguments: Any) -> BaseModel:
            name = str(arguments.get("service") or arguments.get("provider") or "")
            await self._spend(self._minutes(port, name))
            asked = _asked(port, arguments, self._clock.now())
            self._must_know(port, name, asked)
            for system in _ports_behind(port, arguments) or [port]:
                await self._must_answer(system, name, asked)
            return READ_PORTS[port](self.scene, self.scene.minute(self._clock.now()), **arguments)

        return read

    def _actor(self, port: str) -> Driver:
        async def do(idempotency_key: str = "", **arguments: Any) -> ActionResult:
            before = self._done_before(idempotency_key)
            if before is not None:
                return before
            service = str(arguments.get("service", ""))
            await self._spend(self._minutes(port, service))
            result = self._done_before(idempotency_key) or self._do(PortRequest(port, arguments, idempotency_key))
            await self._must_answer(port, service, _asked(port, arguments, self._clock.now()))
            return result

        return do

    def _do(self, request: PortRequest) -> ActionResult:
        now, (port, arguments, key) = self._clock.now(), request
        if self._missing(port, str(arguments.get("service", ""))) == "failed":
            result = ActionResult(done=False, detail=f"{port} with {arguments} was begun and broke off")
        else:
            result = act(self.scene, self.scene.minute(now), port, arguments)
        key = key or f"{port}/{len(self.journal.acts())}"
        self.journal.add(JournalEntry(at=now, port=port, arguments=arguments, key=key, result=result))
        return result

    def _done_before(self, key: str) -> ActionResult | None:
        return next((done.result for done in self.journal.acts() if key and done.key == key), None)

    async def _spend(self, minutes: float) -> None:
        await self._clock.sleep(timedelta(seconds=round(minutes * 60)))

    def _minutes(self, port: str, service: str) -> float:
        usual = self.scene.world.minutes.get(port)
        if usual is None and port in READ_PORTS:
            return 0.3 + 0.7 * noise(f"{self.scene.seed}/{port}/{service}/minutes")
        return ACT_MINUTES.get(port, OUTGOING_MINUTES) if usual is None else usual

    def _missing(self, port: str, service: str) -> str:
        """Give what a gap in the telemetry answers now; empty where there is none."""
        minute = self.scene.minute(self._clock.now())
        holding = (
            g
            for g in self.scene.world.gaps
            if g.port == port
            and g.service in ("", service)
            and g.since <= minute < g.until
            and g.answer != "no samples"
        )
        observed = self.scene.world.observed
        unseen = "no data" if observed and port in READ_PORTS and port not in observed.get(service, []) else ""
        return next((gap.answer for gap in holding), unseen)

    def _declares(self, action: str, service: str) -> bool:
        return service in self.scene.services and action in self.scene.services[service].acts

    def _has_none(self, port: str, service: str) -> bool:
        """Whether this asks for notes where there are none, or for splits where metrics carry no labels for them."""
        if port == "team_notes":
            return not self.scene.world.team_notes
        known = self.scene.services.get(service)
        return port == "split_signals" and (known is None or not known.splits)

    async def _must_answer(self, port: str, service: str, asked: str) -> None:
        match self._missing(port, service):
            case "timeout":
                await self._spend(TIMEOUT_MINUTES)
                raise Unanswered(Refusal(error="timeout", said=f"{asked}: no answer in time"))
            case "no data":
                raise Unanswered(Refusal(error="no data", said=f"{asked}: the backend holds no samples for this query"))
            case "not connected":
                raise Unanswered(Refusal(error="not connected", said=f"{asked}: not connected"))
            case "failed" if port in READ_PORTS:
                raise Unanswered(Refusal(error="failed", said=f"{asked}: the backend answered with an internal error"))
            case _:
                return

    def _must_know(self, port: str, name: str, asked: str) -> None:
        service = self.scene.services.get(name)
        if service is None:
            raise Unanswered(Refusal(error="no data", said=f"{asked}: nothing is known under this name"))
        if (service.kind == "provider") is not (port in OF_PROVIDERS):
            raise Unanswered(
                Refusal(
                    error="not connected", said=f"{asked}: {name} is a {service.kind}, which is not observed this way"
                )
            )
        if port in OF_PAGES and service.kind != "web":
            raise Unanswered(Refusal(error="not connected", said=f"{asked}: {name} has no pages of its own"))

    def _listed(self, name: str) -> Service:
        spec = self.scene.services[name]
        kept = spec.model_dump(
            include={"tier", "kind", "public_name", "features", "owner", "revenue_per_minute", "holds_user_data"}
        )
        act = {action: {"driver": "simulated", **declared.model_dump()} for action, declared in spec.acts.items()}
        told = {**kept, "depends_on": list(spec.depends_on), "currency": self.scene.world.currency, "act": act}
        return Service.model_validate(told)


def _asked(port: str, arguments: dict[str, Any], now: datetime) -> str:
    shown = ", ".join(f"{name}={value}" for name, value in arguments.items())
    return f"{port}({shown}) at {now:%H:%M}"
