"""A small production that answers what it is told to: a log in memory, scripted tools, and a case to start from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.readings.history import DeploymentHistory, PipelineStatus
from agents.readings.production import (
    DataSafety,
    Dependencies,
    DependencyCall,
    EndpointCheck,
    EndpointChecks,
    ErrorLog,
    GoldenSignals,
    InfrastructureState,
    Refusal,
    Series,
    SystemMetrics,
    Usage,
)
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.port import AnyPort, Driver, Lookup, Unanswered

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
MINUTES = 120
ONSET = NOW - timedelta(minutes=12)


@dataclass(frozen=True)
class Row:
    ref: str
    at: datetime
    payload: Mapping[str, Any]
    kind: str = ""


@dataclass
class MemoryLog:
    """Keeps rows by key; a key is written once."""

    rows: dict[str, Row] = field(default_factory=dict[str, Row])

    async def find(self, key: str) -> Row | None:
        return self.rows.get(key)

    async def write(self, key: str, kind: str, payload: Mapping[str, Any], rows: Sequence[str] = ()) -> Row:
        return self.rows.setdefault(key, Row(f"{len(self.rows):08x}", NOW, payload, kind))

    async def cited(self, ref: str) -> Row | None:
        return next((row for row in self.rows.values() if row.ref == ref), None)

    def of_kind(self, kind: str) -> list[Mapping[str, Any]]:
        """What the rows of a kind hold, in their order."""
        return [row.payload for row in self.rows.values() if row.kind == kind]

    def refs(self) -> set[str]:
        return {row.ref for row in self.rows.values()}


@dataclass
class Answers:
    """Connections that answer what is written down per port and service, and are not connected for the rest."""

    values: dict[tuple[str, str], BaseModel | Refusal] = field(default_factory=dict[tuple[str, str], Any])
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        answer = self.values.get((port.name, service))
        if answer is None:
            return None

        async def tell(**_: Any) -> BaseModel:
            self.asked.append((port.name, service))
            if isinstance(answer, Refusal):
                raise Unanswered(answer)
            return answer

        return tell

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        return None

    def put(self, port: str, service: str, answer: BaseModel | Refusal) -> None:
        self.values[port, service] = answer


def series(unit: Any, usual: float, now: float | None = None, since: datetime = ONSET) -> Series:
    """A series that wobbles a little about its usual value, and about another one since a time."""
    start = NOW - timedelta(minutes=MINUTES - 1)
    values: list[float | None] = []
    for minute in range(MINUTES):
        level = usual if now is None or start + timedelta(minutes=minute) < since else now
        values.append(level * (1 + 0.03 * ((minute * 7) % 5 - 2)))
    return Series(unit=unit, start=start, step_seconds=60, values=values)


def golden(service: str, since: datetime = ONSET, **now: float) -> GoldenSignals:
    """Golden signals: usual, or at the given values since the onset."""
    return GoldenSignals(
        service=service,
        traffic=series("per second", 100, now.get("traffic"), since),
        error_rate=series("share", 0.004, now.get("error_rate"), since),
        latency=series("seconds", 0.2, now.get("latency"), since),
        saturation=series("share", 0.4, now.get("saturation"), since),
    )


def system(service: str, since: datetime = ONSET, **now: float) -> SystemMetrics:
    """System metrics: usual, or at the given values since the onset."""
    return SystemMetrics(
        service=service,
        cpu=series("share", 0.35, now.get("cpu"), since),
        memory=series("share", 0.5, now.get("memory"), since),
        network=series("share", 0.2, now.get("network"), since),
        disk=series("share", 0.4, now.get("disk"), since),
    )


def call(to: str, kind: Any = "service", error_rate: float = 0.003, **more: Any) -> DependencyCall:
    """A call that usually fails in 0.3 % of cases and takes 0.1 s."""
    usual: dict[str, Any] = {"usual_error_rate": 0.003, "latency_seconds": 0.1, "usual_latency_seconds": 0.1}
    return DependencyCall.model_validate({"to": to, "kind": kind, "error_rate": error_rate, **usual, **more})


CATALOGUE = Catalogue.model_validate(
    {
        "services": {
            "shop": {"tier": 1, "kind": "web", "public_name": "Shop", "owner": "Web team", "depends_on": ["checkout"]},
            "checkout": {
                "tier": 1,
                "public_name": "Checkout",
                "owner": "Checkout team",
                "depends_on": ["orders-db", "card-gateway"],
                "revenue_per_minute": 100,
                "holds_user_data": True,
            },
            "orders-db": {"tier": 1, "kind": "database", "owner": "Data team"},
            "card-gateway": {"kind": "provider", "public_name": "Card payments"},
            "search": {"tier": 3, "owner": "Search team"},
        }
    }
)


def healthy() -> Answers:
    """Every service of the catalogue as on a good day."""
    answers = Answers()
    for name in ("shop", "checkout", "orders-db", "search"):
        answers.put("golden_signals", name, golden(name))
        answers.put("system_metrics", name, system(name))
        answers.put("error_log", name, ErrorLog(service=name, patterns=[]))
        answers.put("deployment_history", name, DeploymentHistory(service=name, running="1.0.0", deployments=[]))
        state: dict[str, Any] = {"replicas_wanted": 4, "replicas_ready": 4, "replicas_limit": 10}
        state |= {"restarts_last_hour": 0, "standby": None, "machines": [], "events": []}
        answers.put("infrastructure_state", name, InfrastructureState(service=name, **state))
        answers.put("pipeline_status", name, PipelineStatus(service=name, status="passing", rollback_target="0.9.0"))
        well = EndpointCheck(endpoint="/health", ok=True, status=200, seconds=0.1, usual_seconds=0.1)
        answers.put("check_endpoints", name, EndpointChecks(service=name, checks=[well]))
        answers.put("usage", name, Usage(service=name, active_users=1000, affected_users=0))
        none: dict[str, Any] = {"integrity_errors": 0, "records_lost": 0, "user_records_exposed": 0}
        answers.put("data_safety", name, DataSafety(service=name, suspicious_access=[], **none))
    answers.put("dependencies", "shop", Dependencies(service="shop", calls=[call("checkout")], called_by=[]))
    calls = [call("orders-db", "database"), call("card-gateway", "provider")]
    answers.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=["shop"]))
    answers.put("dependencies", "orders-db", Dependencies(service="orders-db", calls=[], called_by=["checkout"]))
    return answers


@pytest.fixture
def production() -> Answers:
    return healthy()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def context(log: MemoryLog, production: Answers) -> DutyContext:
    return DutyContext("main/node#1", log, VirtualClock(NOW), production)


@pytest.fixture
def briefing() -> Briefing:
    alert = Alert(title="Checkout: too many errors", service="checkout", severity="critical")
    return Briefing(
        run="run-1",
        now=NOW,
        started_at=NOW - timedelta(minutes=5),
        alert=alert,
        service="checkout",
        catalogue=CATALOGUE,
    )
