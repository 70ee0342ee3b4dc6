"""The process that is killed: an incident service on a data directory, with senders of alerts and people on call."""

import asyncio
import json
import logging
import os
import signal
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cast import Cast, SharedRoom
from on_call import BackOnCall
from plan import Play, scenario_of
from remote import Line, Remote

from agents.io.clock import VirtualClock
from evals.playing.play import EPOCH
from graphs.intake.incident_service import IncidentService
from graphs.store.store import Store

PATIENCE = timedelta(hours=72)
"""After this much simulated time what is still open is stuck."""
ALL_CLOSED, STUCK = 0, 3


class Life(NamedTuple):
    """One life of the process: where it lives, what is to be played, and at which point it dies."""

    folder: Path
    name: str
    """Of the data directory in the folder."""
    plays: list[Play]
    dies_at: int | None = None
    """The write, or request to act, before which it kills itself; None: it does not."""

    @property
    def home(self) -> Path:
        return self.folder / self.name

    def database(self) -> Path:
        return self.home / "warroom.sqlite"

    def events(self) -> int:
        """The number of events that are kept, as seen from outside while it lives."""
        try:
            with closing(sqlite3.connect(f"file:{self.database()}?mode=ro", uri=True)) as store:
                return store.execute("SELECT MAX(rowid) FROM events").fetchone()[0] or 0
        except sqlite3.OperationalError:
            return 0

    def told(self) -> dict[int, str]:
        """The alerts of which the senders know that they are kept: play -> run."""
        file = self.home / "acknowledged"
        lines = file.read_text().splitlines() if file.exists() else []
        return {int(number): run for number, run in (line.split() for line in lines)}


class Points:
    """The moments at which a life may kill itself: before each commit, and before each request to act."""

    def __init__(self, life: Life, born: float) -> None:
        self._life, self._born = life, born
        self.writes = self.acts = 0
        self.has_turned = False

    def watch(self, store: Store) -> None:
        """Watch the store's statements; with no death to come only until the first turn."""
        connection, counting = store.database.connection, len(self._life.plays) == 1

        def see(statement: str) -> None:
            if statement == "COMMIT":
                self.writes += 1
                self._pass()
            elif not self.has_turned and "FROM checkpoints" in statement:
                self.has_turned = True
                _append(self._life.home / "first_turns", f"{time.monotonic() - self._born:.4f}")
                if not counting:
                    asyncio.get_running_loop().call_soon(connection.set_trace_callback, None)

        connection.set_trace_callback(see)

    def before_act(self) -> None:
        self.acts += 1
        self._pass()

    def _pass(self) -> None:
        if self.writes + self.acts == self._life.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


def live(life: Life, born: float) -> int:
    """Live until everything is played and closed; gives the exit code."""
    logging.basicConfig(filename=life.home / "log", level=logging.WARNING, force=True)
    store = Store(life.database())
    clock = VirtualClock(_latest(store))
    cast = Cast(life.name, life.plays, store)
    remote = Remote(Line(life.folder / "production"), clock, cast.where)
    deps = SharedRoom(store=store, clock=clock, connections=remote, catalogue=cast.everything, cast=cast)
    points = Points(life, born)
    points.watch(store)
    remote.before_act = points.before_act
    code = clock.run(lambda: _to_the_end(life, IncidentService(deps)))
    (life.home / "points").write_text(json.dumps({"writes": points.writes, "acts": points.acts}))
    return code


def _latest(store: Store) -> datetime:
    """The time at which the last life was seen alive: so nobody has to wait for the wall clock."""
    latest = store.database.connection.execute("SELECT MAX(at) AS at FROM events").fetchone()["at"]
    return datetime.fromisoformat(latest) if latest else EPOCH


async def _to_the_end(life: Life, incidents: IncidentService) -> int:
    clock = incidents.clock
    await incidents.start()
    told = life.told()
    playing = asyncio.gather(*(_play(life, play, incidents, told.get(play.number)) for play in life.plays))
    giving_up = asyncio.create_task(clock.sleep(EPOCH + PATIENCE - clock.now()))
    done, _ = await asyncio.wait({playing, giving_up}, return_when=asyncio.FIRST_COMPLETED)
    giving_up.cancel()
    if playing not in done:
        return STUCK
    await playing
    await incidents.stop()
    return ALL_CLOSED


async def _play(life: Life, play: Play, incidents: IncidentService, run: str | None) -> None:
    """Send the alert until it is acknowledged, as a sender does; then answer what is asked."""
    scenario = scenario_of(play.scenario, play.number)
    if run is None:
        await incidents.clock.sleep(play.at - incidents.clock.now())
        incidents.deps.revenue_limit = scenario.revenue_limit
        run = incidents.alerts.receive(scenario.alert).run
        incidents.deps.revenue_limit = None
        _append(life.home / "acknowledged", f"{play.number} {run}")
    await BackOnCall(scenario.on_call, incidents).attend(run)


def _append(file: Path, line: str) -> None:
    """Add a line that outlives the process."""
    with file.open("a") as lines:
        lines.write(f"{line}\n")
