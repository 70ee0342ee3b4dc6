"""Outgoing webhooks: other systems are told what happens in the runs, signed, and again until they take it.

The shape of what is delivered is promised; a change of it is a new version.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any, Literal

import httpx2
from pydantic import BaseModel, Field

from agents.io.catalogue import RunEventType, Webhook
from agents.io.clock import outside, sleep_until
from agents.io.credentials import reveal
from agents.io.retry import RetryPolicy, retry
from agents.io.web_address import checked
from agents.reports.basis import Severity, Status
from graphs.runtime.dependencies import Dependencies
from graphs.store.faults import StoreError
from graphs.store.outbox import OutboxEntry
from graphs.transcript.event import Event
from graphs.transcript.events import Draft
from graphs.transcript.facts import Facts

WAITS = tuple(timedelta(seconds=s) for s in (5, 30, 300, 1800, 7200, 18000, 36000, 36000))
"""After each failure of a delivery; after the last one it is given up, about a day later."""
SECONDS = 15
AT_ONCE = 50
GONE = 410
log = logging.getLogger("warroom")


def _log_trouble(_: StoreError, wait: timedelta) -> None:
    log.exception("the outbox cannot be read; trying again in %s", wait)


STORE_TROUBLE = RetryPolicy(StoreError, repeat(WAITS[0]), before_wait=_log_trouble)
TYPES: dict[str, RunEventType] = {
    "alert": "run.alerted",
    "classification": "run.classified",
    "activation": "run.team_activated",
    "status": "run.status_changed",
    "conclusion": "run.concluded",
    "proposal": "run.change_proposed",
    "decision": "run.change_decided",
    "result": "run.change_made",
    "question": "run.question_asked",
    "answer": "run.question_answered",
    "withdrawn": "run.question_withdrawn",
    "escalation": "run.escalated",
    "resolved": "run.resolved",
    "post_mortem": "run.post_mortem_written",
    "post_mortem_published": "run.post_mortem_published",
    "closed": "run.closed",
    "cancelled": "run.cancelled",
}
"""Kind of event in the transcript -> type of event outside. Other kinds are delivered to nobody."""


class RunAtThatTime(BaseModel):
    """The run as it stood when the event happened."""

    version: Literal[1] = 1
    """Of this shape. Fields may be added; none is taken away or changed in meaning without another number."""
    run: str
    url: str
    """The run's page."""
    seq: int
    """The event's number in the run's transcript."""
    ref: str
    """What claims cite it by."""
    text: str
    """What happened, in one line; from what senders, tools and people said: untrusted."""
    title: str
    """Of the alert that started the run."""
    service: str
    severity: Severity | None
    status: Literal["running", "waiting", "resolved", "closed", "cancelled"]
    public_status: Status
    question: str | None = None
    """Of the events about questions: POST /v1/runs/{run}/answers/{question} answers it."""


class RunEvent(BaseModel):
    """The body of one delivery, as Standard Webhooks lays it out."""

    type: RunEventType
    timestamp: datetime = Field(description="When it happened, not when it is delivered.")
    data: RunAtThatTime


class Webhooks:
    """An outbox, filled in the transaction of each event, and a task that empties it."""

    def __init__(self, deps: Dependencies, hooks: Sequence[Webhook]) -> None:
        self._deps = deps
        self._outbox = deps.store.outbox
        self._hooks = {hook.url: hook for hook in hooks}
        self._news = asyncio.Event()
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}

    @asynccontextmanager
    async def delivering(self) -> AsyncGenerator[None]:
        """Deliver while the block runs; what is left is delivered after the next start."""
        self._drop_unknown_endpoints()
        self.attach()
        emptying = asyncio.create_task(self._empty_outbox())
        try:
            yield
        finally:
            self._deps.transcripts.beside.remove(self._add_to_outbox)
            tasks = [emptying, *self._busy.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def attach(self) -> None:
        """From now on, put every event that is written here into the outbox."""
        self._deps.transcripts.beside.append(self._add_to_outbox)

    def look(self) -> None:
        """Look whether something is due that another process put into the outbox."""
        self._news.set()

    def _drop_unknown_endpoints(self) -> None:
        """Remove what was for addresses that the catalogue no longer names."""
        with self._deps.store.transaction():
            for endpoint in self._outbox.endpoints():
                if endpoint not in self._hooks:
                    self._outbox.remove_endpoint(endpoint)

    def _add_to_outbox(self, run: str, draft: Draft, at: datetime) -> None:
        """Put an event into the outbox for every endpoint that wants it, in the event's own transaction."""
        type_outside = TYPES.get(draft.kind)
        for url, hook in self._hooks.items():
            if type_outside and (not hook.events or type_outside in hook.events):
                self._outbox.add(url, run, draft.key, at)
                self._news.set()

    async def _empty_outbox(self) -> None:
        while True:
            self._news.clear()
            following = await retry(self._begin_due, self._deps.clock, STORE_TROUBLE)
            await sleep_until(self._deps.clock, following, self._news)

    async def _begin_due(self) -> datetime | None:
        """Begin what is due; gives when the next delivery will be."""
        now = self._deps.clock.now()
        for entry in self._outbox.due(now, AT_ONCE):
            key = (entry.endpoint, entry.run)
            if key not in self._busy and len(self._busy) < AT_ONCE:
                self._busy[key] = asyncio.create_task(self._deliver(entry))
        return self._outbox.next_after(now)

    async def _deliver(self, entry: OutboxEntry) -> None:
        """Deliver one event to one endpoint; put it off where that fails."""
        try:
            await self._deps.on_disk()
            status = await self._post(self._hooks[entry.endpoint], self._run_event(entry))
            fault = "" if 200 <= status < 300 else f"HTTP {status}"
            self._settle(entry, fault, give_up=status == GONE)
        except (TimeoutError, httpx2.HTTPError, OSError, LookupError, ValueError) as error:
            self._settle(entry, f"{type(error).__name__}: {error}")
        except StoreError:
            log.exception("the outbox cannot be written; trying again in %s", WAITS[0])
            await self._deps.clock.sleep(WAITS[0])
        finally:
            del self._busy[entry.endpoint, entry.run]
            self._news.set()

    def _settle(self, entry: OutboxEntry, fault: str, give_up: bool = False) -> None:
        """Take a delivery out of the outbox, or put it off."""
        given_up = give_up or entry.attempts >= len(WAITS)
        delay = timedelta(0) if given_up else WAITS[entry.attempts]
        with self._deps.store.transaction():
            if fault and not given_up:
                self._outbox.put_off(entry, self._deps.clock.now() + delay)
            else:
                self._outbox.remove(entry)
        if fault:
            again = "given up" if given_up else f"again in {delay}"
            log.warning("webhook %s, event %s of %s: %s; %s", entry.endpoint, entry.seq, entry.run, fault, again)

    def _run_event(self, entry: OutboxEntry) -> RunEvent:
        facts = self._deps.facts(entry.run, entry.seq, f"webhook {entry.endpoint}")
        (event,) = self._deps.transcripts.after(entry.run, entry.seq - 1, 1)
        return run_event(event, facts, self._deps.public_url)

    async def _post(self, hook: Webhook, event: RunEvent) -> int:
        """Post to the address that was checked, and follow it nowhere else."""
        body = event.model_dump_json().encode()
        message = f"{event.data.run}.{event.data.seq}"
        signed = signed_headers(reveal(hook.secret), message, self._deps.clock.now(), body)

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

        return await outside(self._deps.clock, post())


def signed_headers(secret: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """Sign a delivery as Standard Webhooks says: base64 of the HMAC of id.time.body."""
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


def run_event(event: Event, facts: Facts, public_url: str) -> RunEvent:
    """Put an event into the promised shape; the facts must reach up to it and no further."""
    line = next((entry.what for entry in reversed(facts.history) if entry.cites == [event.ref]), "")
    question: dict[str, str] | str | None = event.payload.get("question")
    data = RunAtThatTime(
        run=facts.id,
        url=f"{public_url}/runs/{facts.id}",
        seq=event.seq,
        ref=event.ref,
        text=line or event.kind.replace("_", " "),
        title=facts.alert.title if facts.alert else "",
        service=facts.service,
        severity=facts.severity,
        status=facts.status,
        public_status=facts.public_status,
        question=question["id"] if isinstance(question, dict) else question,
    )
    kind = event.kind if event.is_readable else event.payload["was"]
    return RunEvent.model_validate({"type": TYPES[kind], "timestamp": event.at, "data": data})


def schema() -> dict[str, Any]:
    """The promised shape as a JSON Schema."""
    return RunEvent.model_json_schema()
