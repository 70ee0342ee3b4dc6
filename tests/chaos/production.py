"""The simulated production as a process of its own: never killed, and with a journal that Warroom never sees."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from plan import Play, scenario_of

from agents.tools.port import PORTS, Unanswered
from evals.simulation.journal import JournalEntry
from evals.simulation.production import Production

LONGEST_REQUEST = 1 << 20


class RequestClock:
    """The time that a request says it is. Waiting moves it on at once: Warroom waits on its own clock."""

    def __init__(self, now: datetime) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, duration: timedelta) -> None:
        self.moment += duration


class FileJournal:
    """What was done in one production: a line per act, on disk before anybody is told."""

    def __init__(self, file: Path, play: str) -> None:
        self._file = file
        self._play = play
        self._acts: list[JournalEntry] = []
        self._asked: Counter[str] = Counter()

    def acts(self) -> list[JournalEntry]:
        return self._acts

    def add(self, act: JournalEntry) -> None:
        self._acts.append(act)
        line = json.dumps({"play": self._play, **act.model_dump(mode="json"), "key": act.key.partition(" ")[0]})
        with self._file.open("a") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())

    def another(self, key: str) -> str:
        """A key as a production that forgets its keys would take it: who asks twice gets it done twice."""
        self._asked[key] += 1
        return f"{key} {self._asked[key]}"

    def under(self, key: str) -> JournalEntry | None:
        return next((act for act in self._acts if act.key.partition(" ")[0] == key), None)


class Stage:
    """One production, as the requests of its run find it."""

    def __init__(self, play: Play, epoch: datetime, journal: FileJournal) -> None:
        self.journal = journal
        self._clock = RequestClock(epoch)
        world = scenario_of(play.scenario, play.number).world
        self._has_gaps = bool(world.gaps)
        self._production = Production(world, play.seed, self._clock, epoch, journal)

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one request, with the time at which its answer is there."""
        self._clock.moment = datetime.fromisoformat(request["now"])
        port = PORTS[request["port"]]
        driver = self._production.driver(port, request["service"])
        if request["what"] == "connected":
            return {"connected": driver is not None, "for_ever": not self._has_gaps}
        if request["what"] == "look up":
            return self._look_up(request["key"])
        assert driver is not None
        key = {"idempotency_key": self.journal.another(request["key"])} if port.acts else {}
        try:
            value = (await driver(**request["arguments"], **key)).model_dump(mode="json")
        except Unanswered as unanswered:
            return {"at": self._clock.moment.isoformat(), "refusal": unanswered.refusal.model_dump(mode="json")}
        return {"at": self._clock.moment.isoformat(), "value": value}

    def _look_up(self, key: str) -> dict[str, Any]:
        """What became of an act; one that is under way is waited for."""
        act = self.journal.under(key)
        if act is None:
            return {"at": self._clock.moment.isoformat(), "value": None}
        at = max(act.at, self._clock.moment)
        return {"at": at.isoformat(), "value": act.result.model_dump(mode="json")}


class Stages:
    """All productions by the name of their play."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._stages: dict[str, Stage] = {}

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["play"]
        if name not in self._stages:
            number, scenario, seed = request["cast"]
            epoch = datetime.fromisoformat(request["epoch"])
            self._stages[name] = Stage(Play(number, scenario, seed), epoch, FileJournal(self._journal, name))
        return await self._stages[name].answer(request)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer line by line, until the other side is gone."""
        try:
            while line := await reader.readline():
                answer = await self.answer(json.loads(line))
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            return  # Warroom was killed while it asked
        finally:
            writer.close()


def serve(folder: Path, ready: Callable[[], None]) -> None:
    """Be the production of everything that is played in a folder, for ever."""

    async def for_ever() -> None:
        stages = Stages(folder / "journal")
        server = await asyncio.start_unix_server(stages.converse, folder / "production", limit=LONGEST_REQUEST)
        ready()
        await server.serve_forever()

    asyncio.run(for_ever())
