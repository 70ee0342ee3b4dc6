"""The street: faults in a real ticket office, with Warroom beside it and a person on call. `make street`.

`python -m tests.lab.street.street [FAULT ...]`: without names those that are always played, side by side.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which

import httpx2

from tests.lab.children import Children, LabFault
from tests.lab.production import PLACES, start_warroom
from tests.lab.street.checks import Mark, marks
from tests.lab.street.faults import ALWAYS_PLAYED, FAULTS
from tests.lab.street.person import OVER, Person
from tests.lab.street.record import PlayedRun, Record
from tests.lab.street.ticket_office import TicketOffice
from tests.lab.street.truth import read, truth_of
from tests.lab.warroom_client import WarroomClient

PROGRAMS = ("prometheus", "prometheus-alertmanager", "nginx")
"""As Debian's packages are called, too."""
MINUTE_SECONDS = 2.0
"""How long a minute of the runbook lasts here: its 30-minute watch takes a minute."""
USUAL_MINUTES = 25
"""So long the office runs before it is broken: Warroom compares with how things usually are."""
AT_MOST_MINUTES = 90
"""After the break: a run that is open by then stays open."""
LOOK_BACK_SECONDS = 12
AT_ONCE = 2


class Play:
    """One fault in an office of its own."""

    def __init__(self, name: str, folder: Path, minute_seconds: float, stop: threading.Event) -> None:
        self.name = name
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        self._fault = FAULTS[name]
        self._minute = minute_seconds
        self._stop = stop
        self._children = Children(self.folder)

    def run(self) -> Record:
        """Play it to the end, or until it has taken too long. Raises LabFault."""
        office = TicketOffice(self.folder, self._children, self._minute)
        try:
            with office.open():
                warroom = start_warroom(self.folder, self._children, office.ports["warroom"], self._minute)
                self._wait(USUAL_MINUTES * self._minute)
                record = self._break(office, warroom)
        finally:
            self._children.stop()
        record.save(self.folder)
        return record

    def _break(self, office: TicketOffice, warroom: WarroomClient) -> Record:
        early = {run["id"] for run in warroom.runs()}
        if early:
            raise LabFault(f"{self.name}: an alert came before anything was broken")
        say(f"{self.name}: {self._fault.title}")
        broke_at = time.time()
        self._fault.break_office(office)
        person = Person(self._fault, office, warroom, self._minute)
        while time.time() < broke_at + AT_MOST_MINUTES * self._minute:
            self._wait(0.5)
            self._children.check()
            runs = warroom.runs()
            person.look(runs, self._users_are_hurt)
            if runs and person.is_done and all(run["status"] in OVER[:2] for run in runs):
                break
        return self._record(office, warroom, person, broke_at)

    def _users_are_hurt(self) -> bool:
        now = time.time()
        visits = [visit for visit in read(self.folder / "truth.jsonl") if visit.at > now - LOOK_BACK_SECONDS]
        return truth_of(visits).broken_at(now - 3) or truth_of(visits).broken_at(now - 6)

    def _record(self, office: TicketOffice, warroom: WarroomClient, person: Person, broke_at: float) -> Record:
        return Record(
            fault=self.name,
            minute_seconds=self._minute,
            broke_at=broke_at,
            repaired_at=person.repaired_at,
            ended_at=time.time(),
            visits=read(self.folder / "truth.jsonl"),
            runs=[played(warroom, run["id"]) for run in reversed(warroom.runs())],
            acts=office.acts,
            said=person.said,
        )

    def _wait(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise LabFault("stopped")


def played(warroom: WarroomClient, run: str) -> PlayedRun:
    """A run as it stands, with its transcript and its post-mortem."""
    try:
        text = warroom.post_mortem(run)
    except httpx2.HTTPStatusError as missing:
        if missing.response.status_code != 404:
            raise
        text = ""
    return PlayedRun(view=warroom.facts(run), events=warroom.transcript(run), post_mortem=text)


def in_words(record: Record, given: list[Mark]) -> str:
    """The marks of one play, a line each."""
    fault = FAULTS[record.fault]
    stretches = [[(at - record.broke_at) / record.minute_seconds for at in each] for each in record.truth.stretches]
    hurt = [f"{begin:.1f} to {end:.1f}" for begin, end in stretches]
    acts = [f"{act.action} {act.service}" for act in record.acts]
    questions = sum(len(run.of_kind("question")) for run in record.runs)
    lines = [
        f"## {record.fault}: {'passed' if all(mark.held for mark in given) else 'FAILED'}",
        f"Users were hurt in minutes {', '.join(hurt) or 'none'} after the break. {len(record.runs)} run(s), "
        f"{questions} question(s), done: {', '.join(acts) or 'nothing'}, "
        f"{'repaired by hand' if record.repaired_at else 'not repaired by hand'}.",
        *(f"    {'ok  ' if mark.held else 'FAIL'} {mark.check}{': ' if mark.why else ''}{mark.why}" for mark in given),
    ]
    if fault.known_failing:
        lines.append(f"    Known to fail: {fault.known_failing}.")
    return "\n".join(lines)


def say(what: str) -> None:
    print(f"street: {what}", file=sys.stderr, flush=True)


def play_all(names: list[str], folder: Path, minute_seconds: float) -> bool:
    """Play faults, two at a time, and print their marks; whether all checks held."""
    stop = threading.Event()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            plays = [pool.submit(play_one, name, folder, minute_seconds, stop) for name in names]
            held = [play.result() for play in plays]
            return all(held)
        finally:
            stop.set()


def play_one(name: str, folder: Path, minute_seconds: float, stop: threading.Event) -> bool:
    """Play a fault and print its marks."""
    try:
        record = Play(name, folder, minute_seconds, stop).run()
    except (LabFault, OSError, httpx2.HTTPError) as fault:
        say(f"{name} could not be played: {fault}")
        return False
    return show(record)


def show(record: Record) -> bool:
    given = marks(record)
    print(in_words(record, given), flush=True)
    return all(mark.held for mark in given)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = "; ".join(f"{name}: {fault.title}" for name, fault in FAULTS.items())
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=known)
    parser.add_argument("--minute-seconds", type=float, default=MINUTE_SECONDS)
    parser.add_argument("--keep", type=Path, help="an empty folder for the records, logs and post-mortems")
    parser.add_argument("--again", type=Path, help="play nothing, only mark a record.json again")
    given = parser.parse_args()
    if unknown := set(given.faults) - FAULTS.keys():
        parser.error(f"there is no fault {', '.join(sorted(unknown))}; there is {', '.join(FAULTS)}")
    return given


def end(*_: object) -> None:
    """Leave by the front door, so that the child processes are ended."""
    sys.exit(143)


def main() -> int:
    """0: all checks held, 1: not all did, 2: programs are missing."""
    given = arguments()
    if given.again:
        return 0 if show(Record.model_validate_json(given.again.read_text())) else 1
    os.environ["PATH"] = f"{os.environ['PATH']}:{PLACES}"
    missing = [program for program in PROGRAMS if not which(program)]
    if missing:
        say(f"these Debian packages are needed: {' '.join(missing)}")
        return 2
    signal.signal(signal.SIGTERM, end)
    folder = given.keep or Path(tempfile.mkdtemp(prefix="warroom-street-"))
    all_held = play_all(given.faults or list(ALWAYS_PLAYED), folder.resolve(), given.minute_seconds)
    if all_held and not given.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        say(f"everything is kept in {folder}")
    return 0 if all_held else 1


if __name__ == "__main__":
    sys.exit(main())
