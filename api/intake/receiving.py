"""Receives alerts: a body is on disk before the answer; each of its alerts is taken in once, under the proven name."""

import asyncio
import gc
import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic, thread_time
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import HTTPConnection

from agents.io.outside_text import NotJson
from agents.runtime.briefing import Alert
from api.auth.access import NotAllowed
from api.intake.accepted import Accepted, Numbered, accepted, numbered
from api.intake.adapters.registry import UnknownSource
from api.intake.claims import Claims, NameOfOurs, Unproven
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Adapter, Inbox, UnusableAlert, usable
from api.intake.senders import Senders
from graphs.intake.alerts import without_secrets
from graphs.intake.inbox import RawDelivery, StoredDelivery, TakenInElsewhere
from graphs.intake.incident_service import IncidentService
from graphs.intake.outcomes import Outcome
from graphs.intake.storms import Overloaded
from graphs.model.identity import OUR_OWN_SHAPE, Proof
from graphs.store.faults import StoreError

AT_ONCE = 5
"""Alerts that are taken in without yielding to the event loop in between."""
IN_A_TRANSACTION = 100
LOOP_HELD_FOR = 0.02
"""Seconds of work, after which what is taken in so far is written, and others get their turn."""
ANSWER_WITHIN = 0.6
"""Seconds, after which what is left of a body is taken in after the answer."""
PATIENCE = 5
"""Seconds until it is tried again, where the queue has no room for what is left of a body."""
MOST_UNREADABLE = 100
"""Alerts of one body that are listed one by one in the inbox, where nobody can read them."""
SIZE = 1_000
"""Bytes of an alert, about."""
Taken = tuple[Numbered, Outcome]
CONTENT_HEADERS = ("content-type", "request-id", "sentry-hook-resource")
"""Headers that adapters read, beside those of CloudEvents."""
REFUSALS = (NotJson, UnusableAlert, NameOfOurs, Unproven, NotAllowed)
"""Why a body is not taken in, now and whenever it is looked at again."""
LARGE = 4 * 1024
"""Bytes; less is worked on in a few milliseconds, whatever is in it."""
Made = TypeVar("Made")
_thread = ThreadPoolExecutor(1, "large-bodies")
"""One body after another: two at once would take twice as long each, and the loop, which serves everybody else, would
have to wait for both."""
log = logging.getLogger("warroom")


async def beside(size: int, work: Callable[[], Made]) -> Made:
    """Do work on so many bytes: beside the loop where they are many."""
    if size <= LARGE:
        return work()
    return await asyncio.get_running_loop().run_in_executor(_thread, partial(_undisturbed, work))


def _undisturbed(work: Callable[[], Made]) -> Made:
    """Do work without a search for garbage meanwhile: through millions of parts it would stop everybody."""
    gc.disable()
    try:
        return work()
    finally:
        gc.enable()


def content_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that say what is in a body."""
    return {name: said for name, said in headers.items() if name in CONTENT_HEADERS or name.startswith("ce-")}


class AlertReceiver:
    """Takes in the bodies that the endpoints have authenticated."""

    def __init__(self, incidents: IncidentService, senders: Senders) -> None:
        self._incidents = incidents
        self._senders = senders
        self._deliveries = incidents.inbox
        self._outcomes = incidents.outcomes
        self._later: set[asyncio.Task[None]] = set()
        self._together = incidents.group_commit()
        self.claims = Claims(senders, incidents.api_keys(incidents.clock))

    def at_once(self, raw: RawDelivery, inbox: Inbox) -> Accepted:
        """Take in a body that was read: it and its alerts are on disk together.

        Raises NameOfOurs, Unproven and NotAllowed where its sender may not use the name that it gives.
        """
        return self._at_once(raw, self.claims.settle(inbox, raw.proof))

    def _at_once(self, raw: RawDelivery, inbox: Inbox) -> Accepted:
        with self._outcomes.batch():
            ref = self._deliveries.keep(raw, waits=False)
            self._note_heartbeat(raw.source)
            taken = [(one, self._take_one(one, ref, raw.proof)) for one in numbered(inbox)]
            self._keep_unreadable(inbox, ref, raw)
        return accepted(taken, inbox.refused)

    async def take(self, source: str, delivery: Delivery, proof: Proof, adapter: Adapter) -> Accepted:
        """Read a body, keep it, take in what it says. Raises NotJson and UnusableAlert; it is kept all the same.

        Of very many alerts some are taken in after the answer; they are on disk before it.
        Raises NameOfOurs, Unproven and NotAllowed as `at_once` does.
        """
        begun = monotonic()
        settled = {source: self.claims.name(source, proof)} if source != OUR_OWN_SHAPE else {}
        read = partial(_read, source, delivery, proof, adapter)
        is_large = len(delivery.body) > LARGE
        raw, inbox = await (beside(len(delivery.body), read) if is_large else self._together.read(read))
        if isinstance(inbox, Exception):
            await self._keep_whole(raw, inbox)
            raise inbox
        inbox = self.claims.settle(inbox, proof, settled)
        if len(raw.pieces) == 1 and len(inbox.alerts) <= AT_ONCE:
            return await self._together.write(partial(self._at_once, raw, inbox))
        ref = await self._deliveries.keep_large(raw)
        with self._outcomes.batch():
            self._note_heartbeat(source)
            self._keep_unreadable(inbox, ref, raw)
        left = deque(numbered(inbox))
        taken = await self._take_or_refuse(ref, left, proof, begun + ANSWER_WITHIN)
        if left:
            self._take_later(ref, left, proof)
        return accepted(taken, inbox.refused, len(left))

    async def resume(self) -> None:
        """Take in what was kept before a stop and not taken in to its end."""
        self._deliveries.delete_unfinished_pieces()
        for waiting in self._deliveries.waiting():
            ref = waiting.ref
            self._deliveries.count_attempt(ref)
            left = self._deliveries.find(ref)
            log.warning("what %s sent before the last stop, %s, is taken in now", left.source, ref)
            try:
                inbox = await self._read_again(left)
                alerts = deque(one for number, one in enumerate(numbered(inbox)) if number >= waiting.taken)
                await self._take(ref, alerts, left.proof, waiting.taken)
            except UnknownSource as error:
                log.warning("nobody can read %s: %s", ref, error)
            except REFUSALS as error:
                self._keep_again(left, ref, error)
                log.warning("%s cannot be taken in: %s", ref, error)
            except (Overloaded, TakenInElsewhere) as error:
                self._deliveries.take_back_attempt(ref)
                log.warning("%s is left as it is: %s", ref, error.__doc__)

    async def stop(self) -> None:
        """Take in no more; what is left of large bodies is taken in after the next start."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    async def _read_again(self, left: StoredDelivery) -> Inbox:
        """Read what was kept. Raises UnknownSource and every refusal."""
        _, adapter = self._senders.adapter(left.source)
        inbox = await beside(len(left.body), partial(adapter, Delivery(left.body, left.headers)))
        return self.claims.settle(inbox, left.proof)

    async def _take_or_refuse(self, ref: str, left: deque[Numbered], proof: Proof, until: float) -> list[Taken]:
        """Take in alerts until a time; a body that is refused comes again from its sender, and waits for no start."""
        try:
            return await self._take(ref, left, proof, until=until)
        except Overloaded:
            self._deliveries.finish(ref)
            raise
        except TakenInElsewhere:
            left.clear()
            return []

    def _take_later(self, ref: str, left: deque[Numbered], proof: Proof) -> None:
        """Take in what is left of a large body after its sender was answered."""
        first = left[0].number
        task = asyncio.create_task(self._take_patiently(ref, left, proof, first))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _take_patiently(self, ref: str, left: deque[Numbered], proof: Proof, taken: int) -> None:
        whole = taken + len(left)
        while left:
            try:
                await self._take(ref, left, proof, whole - len(left))
            except Overloaded:
                log.warning("what is left of %s waits for room in the queue", ref)
                await asyncio.sleep(PATIENCE)
            except TakenInElsewhere:
                return
            except StoreError:
                log.exception("what is left of %s waits for the next start", ref)
                return

    async def _take(
        self, ref: str, left: deque[Numbered], proof: Proof, taken: int = 0, until: float | None = None
    ) -> list[Taken]:
        """Take in alerts, a hundred at most in a transaction, each time with the note of how many; until a time.

        Raises TakenInElsewhere where somebody else has taken in some of them.
        """
        done: list[Taken] = []
        while left and (until is None or not done or monotonic() < until):
            some = [left[place] for place in range(min(len(left), IN_A_TRANSACTION))]
            clean = await beside(SIZE * len(some), partial(_cleaned, some))
            begun = thread_time()
            with self._outcomes.batch():
                self._deliveries.require_taken(ref, taken + len(done))
                here: list[Taken] = []
                for one in clean:
                    here.append((one, self._take_one(one, ref, proof)))
                    if thread_time() - begun > LOOP_HELD_FOR:
                        break
                self._deliveries.note_taken(ref, taken + len(done) + len(here))
                if len(here) == len(left):
                    self._deliveries.finish(ref)
            for _ in here:
                left.popleft()
            done += here
            await asyncio.sleep(0)  # a group of thousands must not hold up the runs
        return done

    def _note_heartbeat(self, source: str) -> None:
        if self._senders.heartbeat(source):
            self._deliveries.note_heartbeat(source)

    async def _keep_whole(self, raw: RawDelivery, error: Exception) -> None:
        """Keep a body that nobody can read, where people see it."""
        ref = await self._deliveries.keep_large(raw)
        with self._outcomes.batch():
            self._outcomes.keep_unreadable(_unreadable(raw, ref, f"A message of {raw.source}", str(error)), 0)
            self._deliveries.finish(ref)

    def _keep_again(self, left: StoredDelivery, ref: str, error: Exception) -> None:
        """Keep a body of an earlier start that cannot be taken in, where people see it."""
        raw = RawDelivery(left.source, left.body, left.proof, left.headers)
        with self._outcomes.batch():
            self._outcomes.keep_unreadable(_unreadable(raw, ref, f"A message of {left.source}", str(error)), 0)
            self._deliveries.finish(ref)

    def _keep_unreadable(self, inbox: Inbox, ref: str, raw: RawDelivery) -> None:
        for refused in inbox.refused[:MOST_UNREADABLE]:
            what = f"Alert {refused.alert} of a message of {raw.source}"
            self._outcomes.keep_unreadable(_unreadable(raw, ref, what, refused.why), refused.alert)
        others = inbox.refused[MOST_UNREADABLE:]
        if others:
            what = f"{len(others)} more alerts of a message of {raw.source}"
            self._outcomes.keep_unreadable(_unreadable(raw, ref, what, others[0].why), others[0].alert)

    def _take_one(self, one: Numbered, ref: str, proof: Proof) -> Outcome:
        return self._incidents.take(_marked(one.alert, ref, proof), one.number)


def _unreadable(raw: RawDelivery, ref: str, what: str, why: str) -> Alert:
    said = f"{what} that cannot be read"
    return _marked(usable(Alert(source=raw.source, title=said, description=why)), ref, raw.proof)


def _cleaned(some: list[Numbered]) -> list[Numbered]:
    return [one._replace(alert=without_secrets(one.alert)) for one in some]


def _read(source: str, delivery: Delivery, proof: Proof, adapter: Adapter) -> tuple[RawDelivery, Inbox | Exception]:
    """Read a body, and make ready what is kept of it; an exception where nobody can read it."""
    raw = delivery.raw(source, proof, content_headers(delivery.headers))
    try:
        inbox = adapter(delivery)
        few = [without_secrets(alert) for alert in inbox.alerts] if len(inbox.alerts) <= AT_ONCE else inbox.alerts
        return raw, Inbox(few, inbox.refused)
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
