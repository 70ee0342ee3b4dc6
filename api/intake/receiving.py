"""Receives alerts: a body is on disk before the answer; each of its alerts is taken in once, under the proven name."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from agents.io.outside_text import NotJson
from agents.io.redaction import cleaned
from agents.runtime.briefing import Alert
from api.auth.access import NotAllowed
from api.intake.adapters.registry import UnknownSource
from api.intake.claims import Claims, NameOfOurs, Unproven
from api.intake.off_loop import beside
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Adapter, Inbox, Refused, UnusableAlert
from api.intake.senders import Senders
from graphs.intake.alerts import AlreadyOver
from graphs.intake.inbox import RawDelivery, StoredDelivery
from graphs.intake.incident_service import IncidentService
from graphs.intake.storms import Overloaded
from graphs.model.identity import Proof

AT_ONCE = 5
"""Alerts that are taken in without yielding to the event loop in between."""
CONTENT_HEADERS = ("content-type", "request-id", "sentry-hook-resource")
"""Headers that adapters read, beside those of CloudEvents."""
REFUSALS = (NotJson, UnusableAlert, NameOfOurs, Unproven, NotAllowed)
"""Why a body is not taken in, now and whenever it is looked at again."""
log = logging.getLogger("warroom")


class StartedRun(BaseModel):
    """A run that an alert started or joined."""

    id: str
    joined: bool
    why: str = ""
    """The reason why the alert belongs to that run."""


class Accepted(BaseModel):
    """What became of the alerts of one body."""

    runs: list[StartedRun]
    refused: list[Refused] = []
    """Alerts of a group that could not be read; the others were taken in."""


def content_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that say what is in a body."""
    return {name: said for name, said in headers.items() if name in CONTENT_HEADERS or name.startswith("ce-")}


class AlertReceiver:
    """Takes in the bodies that the endpoints have authenticated."""

    def __init__(self, incidents: IncidentService, senders: Senders) -> None:
        self._incidents = incidents
        self._senders = senders
        self._deliveries = incidents.inbox
        self.claims = Claims(senders, incidents.api_keys(incidents.clock))

    def at_once(self, raw: RawDelivery, inbox: Inbox) -> Accepted:
        """Take in a body that was read: it and its alerts are on disk together.

        Raises NameOfOurs, Unproven and NotAllowed where its sender may not use the name that it gives.
        """
        inbox = self.claims.settle(inbox, raw.proof)
        with self._deliveries.transaction():
            ref = self._deliveries.keep(raw)
            received = [self._receive(_marked(alert, ref, raw.proof)) for alert in inbox.alerts]
            self._deliveries.finish(ref)
        return Accepted(runs=[started for started in received if started], refused=inbox.refused)

    async def take(self, source: str, delivery: Delivery, proof: Proof, adapter: Adapter) -> Accepted:
        """Read a body, keep it, take in what it says. Raises NotJson and UnusableAlert; it is kept all the same.

        Raises NameOfOurs, Unproven and NotAllowed as `at_once` does.
        """
        raw, inbox = await beside(len(delivery.body), partial(_read, source, delivery, proof, adapter))
        if isinstance(inbox, Exception):
            self._deliveries.finish(await self._deliveries.keep_large(raw))
            raise inbox
        inbox = self.claims.settle(inbox, proof)
        if len(raw.pieces) == 1 and len(inbox.alerts) <= AT_ONCE:
            return self.at_once(raw, inbox)
        return await self._take_or_refuse(await self._deliveries.keep_large(raw), inbox, proof)

    async def resume(self) -> None:
        """Take in what was kept before a stop and not taken in to its end."""
        self._deliveries.delete_unfinished_pieces()
        for waiting in self._deliveries.waiting():
            ref = waiting.ref
            self._deliveries.count_attempt(ref)
            left = self._deliveries.find(ref)
            log.warning("what %s sent before the last stop, %s, is taken in now", left.source, ref)
            try:
                await self._take(ref, await self._read_again(left), left.proof, waiting.taken)
            except UnknownSource as error:
                log.warning("nobody can read %s: %s", ref, error)
            except REFUSALS as error:
                self._deliveries.finish(ref)
                log.warning("%s cannot be taken in: %s", ref, error)
            except Overloaded:
                log.warning("%s has to wait for the next start", ref)

    async def _read_again(self, left: StoredDelivery) -> Inbox:
        """Read what was kept. Raises UnknownSource and every refusal."""
        _, adapter = self._senders.adapter(left.source)
        inbox = await beside(len(left.body), partial(adapter, Delivery(left.body, left.headers)))
        return self.claims.settle(inbox, left.proof)

    async def _take_or_refuse(self, ref: str, inbox: Inbox, proof: Proof) -> Accepted:
        """Take in every alert; a body that is refused comes again from its sender, and waits for no later start."""
        try:
            return await self._take(ref, inbox, proof)
        except Overloaded:
            self._deliveries.finish(ref)
            raise

    async def _take(self, ref: str, inbox: Inbox, proof: Proof, taken: int = 0) -> Accepted:
        """Take in every alert from a number on, each together with the note of it."""
        runs: list[StartedRun] = []
        for number, told in enumerate(inbox.alerts[taken:], taken + 1):
            alert = await beside(len(told.model_dump_json()), partial(ready, told))
            with self._deliveries.transaction():
                started = self._receive(_marked(alert, ref, proof))
                self._deliveries.note_taken(ref, number)
                if number == len(inbox.alerts):
                    self._deliveries.finish(ref)
            if started:
                runs.append(started)
            await asyncio.sleep(0)  # a group of thousands must not hold up the runs
        return Accepted(runs=runs, refused=inbox.refused)

    def _receive(self, alert: Alert) -> StartedRun | None:
        """Pass an alert to the service; None where it is a sender's greeting, or resolves what was never open."""
        if alert.status == "control":
            return None
        try:
            placement = self._incidents.alerts.receive(alert)
        except AlreadyOver:
            return None
        return StartedRun(id=placement.run, joined=placement.joined, why=placement.why)


def ready(alert: Alert) -> Alert:
    """Take the secrets out of an alert before it is taken in: what is without them is soon looked through again."""
    return Alert.model_validate(cleaned(alert.model_dump(mode="json")))


def _read(source: str, delivery: Delivery, proof: Proof, adapter: Adapter) -> tuple[RawDelivery, Inbox | Exception]:
    """Read a body, and make ready what is kept of it; an exception where nobody can read it."""
    raw = delivery.raw(source, proof, content_headers(delivery.headers))
    try:
        inbox = adapter(delivery)
        few = [ready(alert) for alert in inbox.alerts[:AT_ONCE]]
        return raw, Inbox([*few, *inbox.alerts[AT_ONCE:]], inbox.refused)
    except (NotJson, UnusableAlert) as error:
        return raw, error
    finally:
        delivery.let_go()


def _marked(alert: Alert, ref: str, proof: Proof) -> Alert:
    """Write on an alert who proved to send it and how, and under which name its body is kept."""
    proved = {"verified": bool(proof.how), "scheme": proof.how or "none", "sender": str(proof)}
    return alert.model_copy(update={"raw_ref": ref, **proved})


async def _inbound(connection: HTTPConnection) -> AlertReceiver:
    return connection.app.state.inbound


TheInbound = Annotated[AlertReceiver, Depends(_inbound)]
