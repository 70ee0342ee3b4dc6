"""Chaos: kill Warroom with SIGKILL at every moment, start it again, and count what was lost or done twice."""

import argparse
import gc
import json
import random
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from lives import Fates, beside, gather, killed_at, production_process, storm, to_the_end
from plan import Play, catalogue_of, draw, scenario_of
from record import Outcome, runs
from sabotage import SABOTAGES
from verdict import Verdict, judge
from warroom import Life

from graphs.engine.incident_graph import WORKFLOWS, compiled

IN_MEMORY = Path("/dev/shm")
"""SIGKILL leaves what was written to the page cache: memory proves as much as a disk, and is quicker."""

AT_ONCE, AT_REAL_PACE = 90.0, 600.0
"""Minutes. One process has a virtual clock, which waits for it. Several share one that is sped up and waits for none:
200 runs within less are more than two cores carry, and what is late then is late for want of them."""
KILLED_SHARE = 0.9
"""The share of a storm's events over which its kills are spread: it must not end before the last."""
FAULTS = ("lost", "stuck", "duplicate_effects", "duplicate_events", "late_timers")


class Report(NamedTuple):
    """What a worker has found."""

    verdict: Verdict = Verdict()
    fates: Fates = Fates()
    first_turns: list[float] = []

    def __add__(self, other: object) -> "Report":
        assert isinstance(other, Report)
        fates = Fates(*(mine + its for mine, its in zip(self.fates, other.fates, strict=True)))
        return Report(self.verdict + other.verdict, fates, self.first_turns + other.first_turns)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="runs of the storm; 0: no storm")
    parser.add_argument("--kills", type=int, default=60, help="kills at random moments during the storm")
    parser.add_argument(
        "--within", type=float, help="minutes within which the storm's alerts come in; 90, on PostgreSQL 600"
    )
    parser.add_argument("--writes", default="first_light", help="the scenario that is killed at every write; '': none")
    parser.add_argument("--every", type=int, default=1, help="kill at every n-th write only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sabotage", choices=SABOTAGES, default="", help="make Warroom worse, to see it found out")
    parser.add_argument("--keep", action="store_true", help="keep what the runs left behind")
    parser.add_argument("--postgres", action="store_true", help="several processes on PostgreSQL instead of one")
    asked = parser.parse_args()
    asked.within = asked.within or (AT_REAL_PACE if asked.postgres else AT_ONCE)
    return asked


def prepare(plays: list[Play]) -> None:
    """Load all that the forked processes need, so that a restart takes milliseconds."""
    for lane in WORKFLOWS:
        compiled(lane)
    for play in plays:
        scenario_of(play.scenario, play.number)
        catalogue_of(play.scenario, play.number)
    gc.collect()
    gc.freeze()


def play_alone(folder: Path, play: Play) -> dict[str, Any]:
    """Play once without a kill: what it comes to, how much it tells, and how often it writes."""
    life = Life(folder, f"alone-{play.number}", [play])
    to_the_end(life)
    events = life.events()
    outcome = runs(life)[play.number].outcome
    points = json.loads((life.home / "points").read_text())
    shutil.rmtree(life.home)
    return {"number": play.number, "events": events, "outcome": outcome, **points}


def weather(
    folder: Path, plays: list[Play], alone: dict[int, Outcome], setting: argparse.Namespace, events: float
) -> Any:
    """The storm: all runs in one store, killed at random moments."""
    life = Life(folder, "storm", plays)
    fates = storm(life, setting.kills, events, random.Random(setting.seed))
    return report(life, fates, alone)


def die_once(folder: Path, play: Play, alone: dict[int, Outcome], keep: bool, point: int) -> Any:
    """Die before one write, go on in a second life, and compare."""
    life = Life(folder, f"write-{point}", [play], point)
    found = report(life, killed_at(life), alone)
    if Verdict(*found["verdict"]).is_good and not keep:
        shutil.rmtree(life.home)
    return found


def report(life: Life, fates: Fates, alone: dict[int, Outcome]) -> dict[str, Any]:
    turns = [float(line) for line in (life.home / "first_turns").read_text().split()]
    return {"verdict": judge(life, alone), "fates": fates, "first_turns": turns[1:]}


def read_back(found: dict[str, Any]) -> Report:
    return Report(Verdict(*found["verdict"]), Fates(*found["fates"]), found["first_turns"])


def all_alone(folder: Path, plays: list[Play], workers: int) -> dict[int, dict[str, Any]]:
    """Every play without a kill, by its number."""
    work = partial(play_alone, folder)
    shares = {f: plays[n::workers] for n in range(workers) for f in [folder / f"alone-{n}.json"]}
    found = gather({beside(work, share, file): file for file, share in shares.items()})
    return {one["number"]: one for one in found}


def everything(folder: Path, setting: argparse.Namespace) -> dict[str, Any]:
    """Both modes at once; gives the line that `make chaos` ends with."""
    plays = draw(setting.seed, setting.runs, setting.within)
    single = [Play(0, setting.writes, setting.seed)] if setting.writes else []
    prepare([*plays, *single])
    with production_process(folder):
        known = all_alone(folder, [*plays, *single], setting.workers)
        alone = {number: Outcome(*one["outcome"]) for number, one in known.items()}
        print(f"{len(known)} runs played without a kill", file=sys.stderr)
        processes: dict[int, Path] = {}
        if plays:
            events = KILLED_SHARE * sum(known[play.number]["events"] for play in plays)
            file = folder / "storm.json"
            processes[beside(lambda _: weather(folder, plays, alone, setting, events), [None], file)] = file
        writes = known[0]["writes"] if single else 0
        points = range(1, writes + known[0]["acts"] + 1, setting.every) if single else range(0)
        for worker in range(setting.workers):
            file = folder / f"writes-{worker}.json"
            work = partial(die_once, folder, *single, alone, setting.keep) if single else str
            processes[beside(work, points[worker :: setting.workers], file)] = file
        total = sum((read_back(found) for found in gather(processes)), Report())
    wanted = len(points) + (setting.kills if plays else 0)
    return {**line(total), "kills_wanted": wanted, "writes": writes, "seed": setting.seed}


def line(total: Report) -> dict[str, Any]:
    """The counts; what they count has been told before."""
    verdict: dict[str, Any] = total.verdict._asdict()
    faults: dict[str, list[str]] = {name: found for name, found in verdict.items() if name not in ("runs", "closed")}
    for name, found in faults.items():
        for fault in found[:20]:
            print(f"{name}: {fault}", file=sys.stderr)
    return {
        "runs": total.verdict.runs,
        "closed": total.verdict.closed,
        **total.fates._asdict(),
        **{name: len(found) for name, found in faults.items()},
        "median_seconds_from_restart_to_first_turn": round(median(total.first_turns or [0.0]), 4),
    }


def main() -> int:
    setting = options()
    if setting.postgres:
        import together  # needs what is installed only where several processes are wanted

        return together.main(setting.runs, setting.kills, setting.within, setting.seed)
    SABOTAGES[setting.sabotage]()
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
    begun = time.monotonic()
    told = everything(folder, setting)
    bad = any(told[name] for name in ("crashes", *FAULTS)) or told["kills"] < told["kills_wanted"]
    if bad or setting.keep:
        print(f"what it left behind: {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    print(json.dumps({**told, "seconds": round(time.monotonic() - begun)}))
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
