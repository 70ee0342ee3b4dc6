"""The patrol: looks at every service's golden signals on a timer, and posts what is unusual as an alert."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import repeat

from pydantic import ValidationError

from agents.io.retry import RetryPolicy, retry
from agents.readings.production import GoldenSignals
from agents.rules.diagnosis.signals import COLLAPSE, ERROR_RATE, LATENCY, SATURATION, compare
from agents.runtime.briefing import Alert
from agents.tools.port import Unanswered
from agents.tools.ports import golden_signals
from api.intake.parsing.inbox import usable
from graphs.intake.incident_service import IncidentService
from graphs.model.identity import WARROOM
from graphs.store.faults import StoreError

SOURCE = "patrol"
OUR_OWN = WARROOM._replace(how="our own patrol")
MINUTES = 90
"""How far back the patrol looks to know what is usual."""
LOOKED_AT = {"error_rate": ERROR_RATE, "latency": LATENCY, "saturation": SATURATION, "traffic": COLLAPSE}
"""Golden signal -> when it is worth an alert. A surge of traffic alone harms nobody."""
log = logging.getLogger(__name__)


@asynccontextmanager
async def patrolling(incidents: IncidentService, minutes: float | None) -> AsyncGenerator[None]:
    """Go on patrol every so many minutes while the block runs; None: never."""
    going = asyncio.create_task(_go(Patrol(incidents), timedelta(minutes=minutes))) if minutes else None
    try:
        yield
    finally:
        if going:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)


async def _go(patrol: "Patrol", every: timedelta) -> None:
    def log_trouble(_: StoreError, wait: timedelta) -> None:
        log.exception("what the patrol saw could not be kept; it goes again in %s", wait)

    clock, trouble = patrol.incidents.clock, RetryPolicy(StoreError, repeat(every), before_wait=log_trouble)
    while True:
        await retry(patrol.walk, clock, trouble)
        await clock.sleep(every)


class Patrol:
    """What stands in the store says what was reported before: a restart changes nothing."""

    def __init__(self, incidents: IncidentService) -> None:
        self.incidents = incidents

    async def walk(self) -> list[Alert]:
        """Look at every service once; gives what was posted."""
        posted: list[Alert] = []
        for service in self.incidents.catalogue.services:
            signals = await self._look(service)
            alert = self._news(service, unusual(signals)) if signals else None
            if alert:
                self.incidents.alerts.receive(alert)
                posted.append(alert)
        return posted

    async def _look(self, service: str) -> GoldenSignals | None:
        """What a service's metrics say; None where nothing answers, which is for monitoring to notice."""
        driver = self.incidents.connections.driver(golden_signals, service)
        if driver is None:
            return None
        try:
            return GoldenSignals.model_validate((await driver(service=service, minutes=MINUTES)).model_dump())
        except (Unanswered, ValidationError, OSError) as why:
            log.warning("the patrol could not look at %s: %s", service, why)
            return None

    def _news(self, service: str, seen: list[str]) -> Alert | None:
        """An alert where something is unusual that was not before, or is usual again."""
        title = f"{service}: {seen[0]}" if seen else f"{service} is as usual again"
        told = Alert(
            source=SOURCE,
            title=title,
            description="; ".join(seen),
            service=service,
            severity="warning" if seen else "",
            status="firing" if seen else "resolved",
            dedup_key=service,
            scheme=OUR_OWN.how,
            verified=True,
            sender=str(OUR_OWN),
        )
        return usable(told) if bool(seen) != self._is_reported(told) else None

    def _is_reported(self, alert: Alert) -> bool:
        run = self.incidents.alerts.open_run(alert)
        return run is not None and not self.incidents.facts(run).alert_resolved


def unusual(signals: GoldenSignals) -> list[str]:
    """What is out of its usual range now, in a few words each."""
    changes = [compare(getattr(signals, name), rule) for name, rule in LOOKED_AT.items()]
    return [str(change) for change in changes if change.abnormal]
