"""Rounds: once a minute, ends planned silences, and looks whether senders that should report in have done so."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import repeat

from agents.io.retry import RetryPolicy, retry
from agents.runtime.briefing import Alert
from api.intake.parsing.inbox import usable
from api.intake.senders import Senders
from graphs.intake.incident_service import IncidentService
from graphs.intake.storms import Overloaded
from graphs.model.identity import WARROOM
from graphs.store.faults import StoreError

EVERY = timedelta(minutes=1)
OUR_OWN = WARROOM._replace(how="our own rounds")
log = logging.getLogger(__name__)


@asynccontextmanager
async def making_rounds(incidents: IncidentService, senders: Senders) -> AsyncGenerator[None]:
    """Make rounds while the block runs."""
    rounds = Rounds(incidents, senders)
    going = asyncio.create_task(_go(rounds))
    try:
        yield
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)


async def _go(rounds: "Rounds") -> None:
    def log_trouble(error: StoreError | Overloaded, wait: timedelta) -> None:
        log.warning("the rounds could not be made (%s); they are tried again in %s", error, wait)

    clock, trouble = (
        rounds.incidents.clock,
        RetryPolicy((StoreError, Overloaded), repeat(EVERY), before_wait=log_trouble),
    )
    while True:
        await retry(rounds.make, clock, trouble)
        await clock.sleep(EVERY)


class Rounds:
    """What stands in the store says what was done before: a restart changes nothing."""

    def __init__(self, incidents: IncidentService, senders: Senders) -> None:
        self.incidents = incidents
        self._senders = senders
        self._began = incidents.clock.now()

    async def make(self) -> None:
        """Make the rounds once. Raises StoreError and Overloaded."""
        are_left = True
        while are_left:
            are_left = bool(self.incidents.outcomes.end_silences())
            await asyncio.sleep(0)  # after a silence of many alerts the runs must have their turn
        for sender, every in self._senders.expected.items():
            self._look_at(sender, every)

    def _look_at(self, sender: str, every: timedelta) -> None:
        """Raise an alert where a sender is overdue, and end it when it is heard again."""
        now, last = self.incidents.clock.now(), self.incidents.inbox.last_heartbeat(sender)
        is_overdue = now - (last or self._began) > every
        alert = _missing(sender, every, last, is_overdue)
        if is_overdue != (self.incidents.alerts.open_run(alert) is not None and self._is_firing(alert)):
            self.incidents.alerts.receive(alert)

    def _is_firing(self, alert: Alert) -> bool:
        run = self.incidents.alerts.open_run(alert)
        return run is not None and not self.incidents.facts(run).alert_resolved


def _missing(sender: str, every: timedelta, last: datetime | None, is_overdue: bool) -> Alert:
    minutes = every / timedelta(minutes=1)
    heard = f"It was last heard at {last:%Y-%m-%d %H:%M} UTC." if last else "It was not heard since Warroom started."
    title = f"{sender} has not reported in for {minutes:g} minutes" if is_overdue else f"{sender} reports in again"
    return usable(
        Alert(
            source=str(WARROOM),
            title=title,
            description=f"{heard} While it is silent, its alerts are missing too." if is_overdue else "",
            severity="critical" if is_overdue else "",
            hint="P1" if is_overdue else "",
            status="firing" if is_overdue else "resolved",
            dedup_key=f"heartbeat of {sender}",
            scheme=OUR_OWN.how,
            verified=True,
            sender=str(OUR_OWN),
        )
    )
