"""Outgoing webhooks: what happens in the runs is told to other systems, signed, and again until they take it."""

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx2

from agents.io.catalogue import CatalogueError, Webhook
from agents.io.clock import outside
from agents.io.credentials import reveal
from agents.io.ssrf_guard import checked
from graphs.outbox.webhook_events import TYPES, RunEvent, told
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import Row, iso
from graphs.store.faults import StoreError
from graphs.transcript.event import Event

AGAIN_AFTER = tuple(timedelta(seconds=s) for s in (5, 30, 300, 1800, 7200, 18000, 36000, 36000))
"""After each failure; after the last one it is given up, about a day later."""
SECONDS = 15
AT_ONCE = 50
GONE = 410
log = logging.getLogger("warroom")


class Webhooks:
    """An outbox, filled in the transaction of each event, and a task that empties it. Raises CatalogueError."""

    def __init__(self, deps: Dependencies, hooks: Sequence[Webhook]) -> None:
        unknown = sorted({name for hook in hooks for name in hook.events} - set(TYPES.values()))
        if unknown:
            raise CatalogueError(f"webhooks: there is no event {unknown[0]}; there is {', '.join(TYPES.values())}")
        self._room = deps
        self._hooks = {hook.url: hook for hook in hooks}
        self._news = asyncio.Event()
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}

    @asynccontextmanager
    async def delivering(self) -> AsyncGenerator[None]:
        """Deliver while the block runs; what is left is delivered after the next start."""
        self._drop_unknown()
        self._room.transcripts.beside.append(self._note)
        tending = asyncio.create_task(self._tend())
        try:
            yield
        finally:
            self._room.transcripts.beside.remove(self._note)
            tasks = [tending, *self._busy.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _drop_unknown(self) -> None:
        """Forget what was for addresses that the catalogue no longer names."""
        store = self._room.store
        with store.transaction():
            for row in store.many("endpoints_in_outbox"):
                if row["endpoint"] not in self._hooks:
                    store.write("remove_endpoint_from_outbox", endpoint=row["endpoint"])

    def _note(self, run: str, event: Event) -> None:
        """Put an event into the outbox of everybody who wants it."""
        told_as = TYPES.get(event.kind)
        for url, hook in self._hooks.items():
            if told_as and (not hook.events or told_as in hook.events):
                now = iso(event.at)
                self._room.store.write("add_to_outbox", endpoint=url, run=run, seq=event.seq, not_before=now)
                self._news.set()

    async def _tend(self) -> None:
        while True:
            self._news.clear()
            try:
                following = self._begin_due()
            except StoreError:
                log.exception("the outbox cannot be read; trying again in %s", AGAIN_AFTER[0])
                following = iso(self._room.clock.now() + AGAIN_AFTER[0])
            await self._wait_until(following)

    def _begin_due(self) -> str | None:
        """Begin what is due; gives when the next delivery will be."""
        now = iso(self._room.clock.now())
        for row in self._room.store.many("due_in_outbox", now=now, most=AT_ONCE):
            key = (row["endpoint"], row["run"])
            if key not in self._busy and len(self._busy) < AT_ONCE:
                self._busy[key] = asyncio.create_task(self._deliver(row))
        following = self._room.store.one("next_in_outbox", now=now)
        return following["not_before"] if following else None

    async def _wait_until(self, moment: str | None) -> None:
        waiting: list[asyncio.Task[Any]] = [asyncio.create_task(self._news.wait())]
        if moment:
            left = datetime.fromisoformat(moment) - self._room.clock.now()
            waiting.append(asyncio.create_task(self._room.clock.sleep(left)))
        _, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()

    async def _deliver(self, row: Row) -> None:
        """Tell one event to one address; put it off where that fails."""
        place = {name: row[name] for name in ("endpoint", "run", "seq")}
        try:
            status = await self._post(self._hooks[row["endpoint"]], self._told(row))
            fault = "" if 200 <= status < 300 else f"HTTP {status}"
            self._settle(place, row["attempts"], fault, over=status == GONE)
        except (TimeoutError, httpx2.HTTPError, OSError, LookupError, ValueError) as error:
            self._settle(place, row["attempts"], f"{type(error).__name__}: {error}")
        except StoreError:
            log.exception("the outbox cannot be written; trying again in %s", AGAIN_AFTER[0])
            await self._room.clock.sleep(AGAIN_AFTER[0])
        finally:
            del self._busy[row["endpoint"], row["run"]]
            self._news.set()

    def _settle(self, place: dict[str, Any], attempts: int, fault: str, over: bool = False) -> None:
        """Take a delivery out of the outbox, or put it off."""
        store, given_up = self._room.store, over or attempts >= len(AGAIN_AFTER)
        delay = timedelta(0) if given_up else AGAIN_AFTER[attempts]
        with store.transaction():
            if fault and not given_up:
                store.write("put_off_in_outbox", **place, not_before=iso(self._room.clock.now() + delay))
            else:
                store.write("remove_from_outbox", **place)
        if fault:
            again = "given up" if given_up else f"again in {delay}"
            log.warning("webhook %s, event %s of %s: %s; %s", *place.values(), fault, again)

    def _told(self, row: Row) -> RunEvent:
        run, seq = row["run"], row["seq"]
        facts = self._room.facts(run, seq, f"webhook {row['endpoint']}")
        (event,) = self._room.transcripts.after(run, seq - 1, 1)
        return told(event, facts, self._room.public_url)

    async def _post(self, hook: Webhook, event: RunEvent) -> int:
        """Post to the address that was checked, and follow it nowhere else."""
        body = event.model_dump_json().encode()
        message = f"{event.data.run}.{event.data.seq}"
        signed = headers(reveal(hook.secret), message, self._room.clock.now(), body)

        async def post() -> int:
            async with asyncio.timeout(SECONDS):
                at = await checked(hook.url, hook.allow)
                # The environment is read in settings.py only: no proxy is taken from it behind our back.
                async with httpx2.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False) as client:
                    request = client.build_request("POST", at.url, content=body, headers={**signed, "Host": at.host})
                    request.extensions["sni_hostname"] = at.name
                    response = await client.send(request, stream=True)
                    await response.aclose()
                    return response.status_code

        return await outside(self._room.clock, post())


def headers(secret: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """Sign after Standard Webhooks: base64 of the HMAC of id.time.body."""
    time = str(int(at.timestamp()))
    signed = f"{message}.{time}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Warroom",
        "webhook-id": message,
        "webhook-timestamp": time,
        "webhook-signature": f"v1,{signature}",
    }
