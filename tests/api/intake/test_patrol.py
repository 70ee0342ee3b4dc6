"""The patrol posts what is unusual, once, and says when it is over."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue, Service
from agents.readings.production import GoldenSignals, Refusal, Series
from agents.tools.port import Unanswered
from api.intake.patrol import Patrol, patrolling
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from tests.api.conftest import NIGHT, HandClock


class Metrics:
    """Connections with golden signals that a test sets by hand."""

    def __init__(self) -> None:
        self.errors = 0.001
        self.silent = False
        self.asked = 0
        self.thrice = asyncio.Event()

    def driver(self, port: Any, service: str) -> Any:
        return self.golden_signals if service == "checkout" else None

    def lookup(self, port: Any, service: str) -> None:
        return None

    async def golden_signals(self, service: str, minutes: int) -> GoldenSignals:
        self.asked += 1
        await asyncio.sleep(0)
        if self.asked == 3:
            self.thrice.set()
        if self.silent:
            raise Unanswered(Refusal(error="failed", said="Prometheus does not answer"))
        begun = NIGHT - timedelta(minutes=60)

        def series(unit: Any, *values: float) -> Series:
            return Series(unit=unit, start=begun, step_seconds=60, values=list(values))

        errors = [0.001] * 55 + [self.errors] * 5
        return GoldenSignals(
            service=service,
            traffic=series("per second", *[100.0] * 60),
            error_rate=series("share", *errors),
            latency=series("seconds", *[0.1] * 60),
            saturation=series("share", *[0.3] * 60),
        )


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def patrol(metrics: Metrics) -> Patrol:
    catalogue = Catalogue(services={"checkout": Service(), "search": Service()})
    return Patrol(
        IncidentService(Dependencies(store=Store(), clock=HandClock(), connections=metrics, catalogue=catalogue))
    )


async def test_a_quiet_production_starts_nothing(patrol: Patrol) -> None:
    assert await patrol.walk() == []
    assert patrol.incidents.runs.newest() == []


async def test_what_is_unusual_starts_one_run_however_often_it_is_seen(patrol: Patrol, metrics: Metrics) -> None:
    metrics.errors = 0.4
    (alert,) = await patrol.walk()
    assert await patrol.walk() == []
    (run,) = patrol.incidents.runs.newest()
    assert (alert.source, alert.service, alert.verified) == ("patrol", "checkout", True)
    assert alert.sender == "warroom"
    assert "error rate" in alert.title
    assert (run.service, run.alerts) == ("checkout", 1)


async def test_what_is_usual_again_is_an_event_of_the_run(patrol: Patrol, metrics: Metrics) -> None:
    metrics.errors = 0.4
    await patrol.walk()
    metrics.errors = 0.001
    over, nothing = await patrol.walk(), await patrol.walk()
    assert [alert.status for alert in over] == ["resolved"]
    assert nothing == []
    assert patrol.incidents.runs.newest()[0].alert_resolved


async def test_metrics_that_do_not_answer_are_no_incident(patrol: Patrol, metrics: Metrics) -> None:
    metrics.silent = True
    assert await patrol.walk() == []


async def test_it_goes_again_and_again_and_stops_with_the_server(patrol: Patrol, metrics: Metrics) -> None:
    async with patrolling(patrol.incidents, minutes=5):
        await metrics.thrice.wait()
    asked = metrics.asked
    await asyncio.sleep(0)
    assert metrics.asked == asked


async def test_it_does_not_go_unless_told_to(patrol: Patrol, metrics: Metrics) -> None:
    async with patrolling(patrol.incidents, minutes=None):
        await asyncio.sleep(0)
    assert metrics.asked == 0
