"""Connections to the production in the other process. Its minutes pass on Warroom's clock."""

import json
import socket
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from plan import Play
from pydantic import BaseModel

from agents.io.clock import Clock
from agents.readings.production import ActionResult, Refusal
from agents.tools.port import AnyPort, Driver, Lookup, Unanswered


class Whereabouts(NamedTuple):
    """The production that a run plays on: its name, what is played there, and since when."""

    name: str
    play: Play
    epoch: datetime


class Line:
    """A line to the production. Asking blocks: virtual time stands still meanwhile, and nothing else may happen."""

    def __init__(self, address: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(address))
        self._answers = self._socket.makefile("rb")

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(self._answers.readline())


class Remote:
    """Drivers for every port; `where` says in which run they are asked for."""

    def __init__(self, line: Line, clock: Clock, where: Callable[[], Whereabouts]) -> None:
        self._line = line
        self._clock = clock
        self._where = where
        self._connected: dict[tuple[str, str, str], bool] = {}
        self.before_act: Callable[[], None] = lambda: None

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        where = self._where()
        if not self._is_connected(where, port, service):
            return None

        async def call(idempotency_key: str = "", **arguments: Any) -> BaseModel:
            if port.acts:
                self.before_act()
            asked = {"service": service, "arguments": arguments, "key": idempotency_key}
            answer = self._ask(where, port, "do", **asked)
            await self._until(answer)
            if "refusal" in answer:
                raise Unanswered(Refusal.model_validate(answer["refusal"]))
            return port.answer.model_validate(answer["value"])

        return call

    def _is_connected(self, where: Whereabouts, port: AnyPort, service: str) -> bool:
        asked = (where.name, port.name, service)
        if asked in self._connected:
            return self._connected[asked]
        answer = self._ask(where, port, "connected", service=service)
        if answer["for_ever"]:
            self._connected[asked] = answer["connected"]
        return answer["connected"]

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        where = self._where()

        async def find(idempotency_key: str) -> ActionResult | None:
            answer = self._ask(where, port, "look up", service=service, key=idempotency_key)
            await self._until(answer)
            return ActionResult.model_validate(answer["value"]) if answer["value"] else None

        return find

    def _ask(self, where: Whereabouts, port: AnyPort, what: str, **asked: Any) -> dict[str, Any]:
        cast = [where.play.number, where.play.scenario, where.play.seed]
        stage = {"play": where.name, "cast": cast, "epoch": where.epoch.isoformat()}
        return self._line.ask({**stage, "what": what, "port": port.name, "now": self._clock.now().isoformat(), **asked})

    def _until(self, answer: dict[str, Any]) -> Coroutine[Any, Any, None]:
        return self._clock.sleep(datetime.fromisoformat(answer["at"]) - self._clock.now())
