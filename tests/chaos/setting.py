"""What all processes of the chaos on PostgreSQL share: a sped-up clock, a cast, and where the database is."""
# pyright: reportMissingTypeStubs=false, reportPrivateUsage=false, reportPrivateImportUsage=false

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from cast import Cast, SharedRoom
from plan import Play, catalogue_of
from psycopg.rows import dict_row
from remote import Line, Remote, Whereabouts

from agents.io.clock import RealClock
from agents.io.settings import Settings
from api.cli.nodes import Node, NodeOptions
from api.intake.senders import Senders
from graphs.store.postgres_faults import clearly
from graphs.store.store import Store

SPEED = 20.0
"""Simulated seconds in a real one: a minute of the runbook lasts three seconds."""
WORKERS, DOORS, TURNS = 3, 2, 4
PORT = 18_460
STOPPED_FOR = 20.0
"""Seconds; a session that holds a lock is ended after 15."""
AWAY_AT_MOST = 30.0
"""Real seconds that a blow may keep a run from going on."""
PATIENCE = timedelta(hours=24)
"""What is still open so long after the last alert is stuck. A run that asks again and again never stands still by
itself, and is not closed by whoever answers it."""
HOUSE = "together"
SCALED = """
CREATE OR REPLACE FUNCTION warroom_defer_turn(run TEXT, lane TEXT, not_before TEXT) RETURNS BIGINT LANGUAGE sql AS $$
    SELECT CARDINALITY(procrastinate_defer_jobs_v1(ARRAY[ROW('turns', 'warroom.turn', 0, NULL, NULL,
        jsonb_build_object('run', run, 'lane', lane),
        TIMESTAMPTZ '{start}' + (not_before::TIMESTAMPTZ - TIMESTAMPTZ '{start}') / {speed}
    )]::procrastinate_job_to_defer_v1[]))::BIGINT
$$
"""
"""Jobs wait for the server's own clock, which is not sped up."""


class CommonClock:
    """The same sped-up time in every process."""

    def __init__(self, start: datetime, behind: float = 0) -> None:
        self._start = start
        self._behind = timedelta(seconds=behind)
        self._wall = RealClock()

    def now(self) -> datetime:
        return self._start + (self._wall.now() - self._start) * SPEED - self._behind

    async def sleep(self, duration: timedelta) -> None:
        await self._wall.sleep(duration / SPEED)


class CastOnServer(Cast):
    """Finds the play of a run in the database."""

    def __init__(self, plays: list[Play], store: Store) -> None:
        super().__init__(HOUSE, plays, store)
        self._store = store

    def of(self, run: str) -> Whereabouts:
        if run not in self._known:
            asked = "SELECT received_at, dedup_key FROM runs WHERE id = %s"
            with clearly("the server"):
                found = self._store.database.connection.execute(asked, (run,)).fetchone()
            play = self._plays[int(json.loads(found["dedup_key"])[-1].rpartition(" ")[2])]
            self._known[run] = Whereabouts(f"{HOUSE}/{play.number}", play, datetime.fromisoformat(found["received_at"]))
        return self._known[run]


class Setting(NamedTuple):
    """What all processes know."""

    folder: Path
    url: str
    start: datetime
    plays: list[Play]

    def dependencies(self, store: Store) -> SharedRoom:
        clock = CommonClock(self.start)
        cast = CastOnServer(self.plays, store)
        remote = Remote(Line(self.folder / "production"), clock, cast.where)
        room = SharedRoom(store=store, clock=clock, connections=remote, catalogue=cast.everything, cast=cast)
        room.revenue_limit = 25_000
        return room

    def node(self) -> Node:
        options = NodeOptions(
            url=self.url,
            data=self.folder,
            catalogue=catalogue_of(self.plays[0].scenario, self.plays[0].number),
            settings=Settings(),
            senders=Senders(),
            make_dependencies=self.dependencies,
            clock=CommonClock(self.start, behind=3 * (SPEED - 1)),
        )
        return Node(options)

    def ask(self, words: str, values: Any = None) -> list[dict[str, Any]]:
        """Ask the database from outside; again while it is away."""
        while True:
            try:
                with psycopg.connect(self.url, autocommit=True, row_factory=dict_row) as connection:  # type: ignore[arg-type]
                    return connection.execute(words, values).fetchall()  # type: ignore[return-value, arg-type]
            except psycopg.OperationalError:
                time.sleep(0.2)
