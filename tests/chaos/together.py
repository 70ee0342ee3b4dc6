"""Chaos on PostgreSQL: three workers and two API nodes, which are killed, stopped and cut off; so is the server."""
# pyright: reportMissingTypeStubs=false, reportPrivateUsage=false, reportPrivateImportUsage=false

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import record
import verdict
from blows import Blows, Server
from crew import People, Processes, send_all
from lives import fork, production_process
from plan import catalogue_of, draw
from setting import AWAY_AT_MOST, HOUSE, PATIENCE, SCALED, SPEED, Setting

from agents.io.clock import RealClock
from graphs.engine.incident_graph import WORKFLOWS, compiled
from graphs.store.postgres_schema import migrate


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
        "stuck": [
            f"play {number}: {run.events[-1].key} was the last" for number, run in runs.items() if not run.is_closed
        ]
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


REPORT_EVERY = 60.0
"""Seconds."""
SO_FAR = "SELECT COUNT(*) AS events, (SELECT COUNT(*) FROM runs WHERE is_open = 0) AS closed FROM events"


def rage(setting: Setting, processes: Processes, blows: Blows, wanted: int, within: float) -> int:
    """Strike until there were so many blows, and wait until all is closed, nothing moves any more or patience ends."""
    until = time.monotonic() + (timedelta(minutes=within) + PATIENCE).total_seconds() / SPEED
    pause, struck, ended, moved, last = (within + 40) * 60 / SPEED / max(wanted, 1), 0, 0, time.monotonic(), -1
    report = moved + REPORT_EVERY
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
        if time.monotonic() >= report:
            print(
                f"{struck} blows, {row[0]['closed']} of {len(setting.plays)} runs closed, {last} events",
                file=sys.stderr,
            )
            report += REPORT_EVERY
        all_closed = struck >= wanted and row[0]["closed"] >= len(setting.plays)
        if all_closed or time.monotonic() - moved > 120 or time.monotonic() > until:
            blows.go_on(everything=True)
            return ended
