"""A stay: a room with one run in it, to be visited, and the one outside system that it acts on."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from agents.io.act_kinds import ACT_KINDS
from agents.io.catalogue import Catalogue, Service
from agents.io.clock import VirtualClock
from agents.readings.production import ActionResult
from agents.tools.change import Change
from agents.tools.port import AnyPort, Driver, Lookup
from evals.playing.play import EPOCH
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.node_context import NodeContext
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft
from tests.graphs.theatre import add_run

AUTHOR = Author("main", "devops_automator", "propose_rollback")
DONE = ActionResult(done=True, detail="it is back on 41", reference="41")


class PowerCut(BaseException):
    """The process ends here."""


class Outside:
    """Connections to one system that counts what it is asked to do."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.most_at_once: Counter[str] = Counter()
        """By service: how many acts were under way at one moment, at most."""
        self.most_at_all = 0
        self._acting: Counter[str] = Counter()
        self.cut_off = False
        self.look: Callable[[str], ActionResult | None] | None = lambda _: None

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        async def act(idempotency_key: str = "", **arguments: Any) -> ActionResult:
            if self.cut_off:
                raise PowerCut
            self.keys.append(idempotency_key)
            self.calls.append((port.name, arguments))
            await self._take_a_while(service)
            return DONE

        return act

    async def _take_a_while(self, service: str) -> None:
        self._acting[service] += 1
        self.most_at_once[service] = max(self.most_at_once[service], self._acting[service])
        self.most_at_all = max(self.most_at_all, self._acting.total())
        for _ in range(5):
            await asyncio.sleep(0)
        self._acting[service] -= 1

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        async def find(idempotency_key: str) -> ActionResult | None:
            assert self.look is not None
            return self.look(idempotency_key)

        return find if self.look else None


class Stay:
    """A room with a run in it, to visit."""

    def __init__(self) -> None:
        self.outside = Outside()
        store = Store()
        add_run(store)
        said = {"driver": "x", "risk": "a", "undo": "b", "check": "c", "targets": ["*"]}
        declaring = Service.model_validate({"act": dict.fromkeys(ACT_KINDS, said)})
        listed = Catalogue(services={"checkout": declaring, "accounts": Service()})
        self.deps = Dependencies(store, VirtualClock(EPOCH), self.outside, listed)

    def node(self, number: int = 1, node: str = "s3_act", run: str = "one") -> NodeContext:
        return NodeContext(self.deps, {"run": run, "visits": {}}, "main", node, number)

    def approve(self, change: Change, decision: str = "approved", run: str = "one") -> str:
        """Have a change decided on; gives the key of the decision."""
        key = f"main/s3_decide#{change.digest}/decision.1"
        told: dict[str, Any] = {
            "decision": decision,
            "by": "on-call",
            "why": "go",
            "proposal": {
                "action": change.action,
                "service": change.service,
                "parameters": dict(change.parameters),
                "summary": "",
            },
            "digest": change.digest,
        }
        return self.deps.transcripts.write(run, Draft(key, "decision", told, Author("main"))).key

    def events(self, *kinds: str) -> list[Event]:
        return [event for event in self.deps.transcripts.after("one") if event.kind in kinds]
