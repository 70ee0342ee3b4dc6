"""The doctor: looks a data directory over without changing it, and says what to do."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from agents.io import catalogue
from agents.io.clock import Clock
from agents.llm.gateway import CallOutcome
from graphs.store.database import Row, Store, iso
from graphs.store.faults import StoreError
from graphs.store.schema import migrations
from graphs.transcript import event_shapes
from graphs.transcript.event import Event
from graphs.transcript.events import Transcripts
from graphs.transcript.projections import fold

FILE = "warroom.sqlite"
LITTLE_SPACE, TOO_LITTLE_SPACE = 500_000_000, 20_000_000
"""Bytes left on the disk that give a warning, and a fault."""
GRACE = timedelta(minutes=5)
"""A clock may be this much off, and a wake-up this late, before it is worth a word."""
UNDER_WAY = timedelta(minutes=15)
"""An effect may take this long before its outcome counts as unknown."""
FAILURES_IN_A_ROW = 3
AGAIN = "do what this says, then run `warroom doctor` again"


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "warning", "fault"]
    says: str
    do: str = ""
    """What to do about it; empty where nothing is to be done."""


def examine_all(directory: Path, clock: Clock) -> list[Finding]:
    """Look at a data directory and at the store in it."""
    findings = list(examine_directory(directory))
    if not (directory / FILE).is_file():
        there = directory.is_dir()
        return [*findings, Finding("store", "ok", "nothing is stored here yet")] if there else findings
    try:
        store = Store(directory / FILE, read_only=True)
    except StoreError as error:
        return [*findings, Finding("store", "fault", str(error), AGAIN)]
    try:
        return [*findings, *examine(store, clock)]
    finally:
        store.close()


def examine_directory(directory: Path) -> Iterator[Finding]:
    """Look whether the directory is there, can be written, and has room."""
    if not directory.is_dir():
        yield Finding("directory", "fault", f"{directory} is not there", "name the directory with --data")
        return
    paths = [path for path in (directory, directory / FILE) if path.exists() and not os.access(path, os.W_OK)]
    if paths:
        refused = ", ".join(map(str, paths))
        yield Finding("directory", "fault", f"{refused} cannot be written", "let Warroom's user write there")
    else:
        yield Finding("directory", "ok", f"{directory} can be written")
    free = shutil.disk_usage(directory).free
    state = "fault" if free < TOO_LITTLE_SPACE else "warning" if free < LITTLE_SPACE else "ok"
    yield Finding("space", state, f"{free / 1e6:,.0f} MB are free", "" if state == "ok" else "make room on this disk")


def examine_catalogue(file: Path) -> Finding:
    """Look whether a catalogue can be read, and does what one may think that it does."""
    try:
        listed = catalogue.load(file)
    except catalogue.CatalogueError as error:
        return Finding("catalogue", "fault", str(error), AGAIN)
    doubts = listed.doubts()
    if doubts:
        do = "name in each the sender of the alert that explains the others, and what is equal in both"
        return Finding("catalogue", "warning", "; ".join(doubts), do)
    return Finding("catalogue", "ok", f"{len(listed.services)} services are listed")


def examine(store: Store, clock: Clock) -> list[Finding]:
    """Look at a store; one that is damaged or of another schema is looked at no further."""
    try:
        found: list[Finding] = []
        for check in (_soundness, _schema):
            found.append(check(store))
            if found[-1].state != "ok":
                return found
        return [*found, *(check(store, clock) for check in CHECKS)]
    except StoreError as error:
        return [Finding("store", "fault", str(error), AGAIN)]


def _soundness(store: Store) -> Finding:
    damage = store.damage()
    if damage:
        do = "stop Warroom, keep a copy of the file, restore a backup"
        return Finding("soundness", "fault", "; ".join(damage)[:500], do)
    return Finding("soundness", "ok", "the database is sound")


def _schema(store: Store) -> Finding:
    present, known = store.schema, len(migrations())
    if present > known:
        says = f"schema {present} was written by a newer Warroom; this one knows up to {known}"
        return Finding("schema", "fault", says, "use the newer Warroom, or another data directory")
    if present < known:
        says = f"schema {present} is older than this Warroom's {known}"
        return Finding("schema", "warning", says, "keep a copy, then start `warroom serve`: it brings the schema up")
    return Finding("schema", "ok", f"schema {present}, as it should be")


def _clock(store: Store, clock: Clock) -> Finding:
    latest = (store.one("latest_event") or {}).get("at")
    ahead = datetime.fromisoformat(latest) - clock.now() if latest else timedelta(0)
    if ahead <= GRACE:
        return Finding("clock", "ok", f"it is {clock.now():%Y-%m-%d %H:%M:%S} UTC")
    says = f"the last event is {_length(ahead)} in the future: the clock was set back"
    return Finding("clock", "fault", says, "set the clock right; until then wake-ups come too late")


def _wakeups(store: Store, clock: Clock) -> Finding:
    overdue = store.many("due_wakeups", now=iso(clock.now() - GRACE))
    if not overdue:
        return Finding("wake-ups", "ok", "none is overdue")
    late = _length(clock.now() - datetime.fromisoformat(overdue[0]["not_before"]))
    runs = len({row["run"] for row in overdue})
    says = f"{len(overdue)} are overdue, in {runs} runs; the oldest by {late}, in {overdue[0]['run']}"
    return Finding(
        "wake-ups", "warning", says, "start `warroom serve`; if it runs, a long duty or a failing turn is why"
    )


def _effects(store: Store, clock: Clock) -> Finding:
    begun = store.many("effects_without_outcome", before=iso(clock.now() - UNDER_WAY))
    unknown = [row for row in begun if not _settled(Transcripts(store, clock).after(row["run"], row["seq"]), row)]
    if not unknown:
        return Finding("effects", "ok", "the outcome of every effect is known")
    told = "; ".join(f"{_port(row)} in {row['run']}, begun {row['at'][:16]}" for row in unknown)
    do = "see in the system itself whether it was done; the run looks it up at the next start, or asks you"
    return Finding("effects", "warning", f"begun, and nobody knows how it ended: {told}"[:1000], do)


def _settled(later: list[Event], intent: Row) -> bool:
    """Whether a person, or another look, said afterwards how it ended."""
    port = _port(intent)
    ends = (event for event in later if event.kind in ("result", "outbound") and event.lane == intent["lane"])
    return any(event.payload["port"] == port for event in ends)


def _port(intent: Row) -> str:
    try:
        return event_shapes.read("intent", "", intent["payload"])["port"]
    except event_shapes.Unreadable:
        return "something that cannot be read"


def _stuck(store: Store, clock: Clock) -> Finding:
    unwoken = [row["id"] for row in store.many("runs_nobody_wakes")]
    stuck = [run for run in unwoken if not _is_held(store, clock, run)]
    if not stuck:
        return Finding("runs", "ok", f"{len(store.many('open_run_ids'))} are open, and each waits for something")
    says = f"nothing will wake {', '.join(stuck[:10])}{' and others' if len(stuck) > 10 else ''}"
    return Finding("runs", "fault", says, "restart `warroom serve`: every open run is looked at when it starts")


def _is_held(store: Store, clock: Clock, run: str) -> bool:
    switch = store.one("switch", name="acting")
    return (switch is not None and switch["state"] == "held") or fold(Transcripts(store, clock).after(run)).held


def _turns(store: Store, clock: Clock) -> Finding:
    failing = [row for row in store.many("failing_turns") if row["times"] >= FAILURES_IN_A_ROW]
    if not failing:
        return Finding("turns", "ok", "none keeps failing")
    told: list[str] = []
    for row in failing[:10]:
        last = Transcripts(store, clock).after(row["run"], row["seq"] - 1, 1)[0]
        error = last.payload.get("error", "the error cannot be read")
        told.append(f"{row['run']}, lane {row['lane']}, {row['times']} times: {error[:200]}")
    return Finding(
        "turns", "fault", "; ".join(told), "Warroom's log has the whole error; after three times the run asks a person"
    )


def _acting(store: Store, _: Clock) -> Finding:
    switch = store.one("switch", name="acting")
    if switch is None or switch["state"] != "held":
        return Finding("acting", "ok", "is not on hold")
    return Finding("acting", "warning", "a person has put acting on hold in every run", "let it go on when it may")


def _inbox(store: Store, clock: Clock) -> Finding:
    standing = store.one("standing_of_inbox") or {}
    waiting, oldest = standing["waiting"], standing["oldest"]
    late = clock.now() - datetime.fromisoformat(oldest) if oldest else timedelta(0)
    if late <= GRACE:
        return Finding("inbox", "ok", f"{waiting} deliveries wait to be taken in")
    says = f"{waiting} deliveries of alert senders were not taken in; the oldest came {_length(late)} ago"
    return Finding(
        "inbox", "warning", says, "restart `warroom serve`: it takes them in, and its log names what it cannot"
    )


def _host(address: str) -> str:
    return urlsplit(address).hostname or address


def _outbox(store: Store, _: Clock) -> Finding:
    standing, failing = store.one("standing_of_outbox") or {}, store.many("failing_endpoints")
    if not failing:
        return Finding("outbox", "ok", f"{standing['waiting']} webhook deliveries wait, none has failed")
    told = "; ".join(
        f"{_host(row['endpoint'])}: {row['waiting']} wait, tried {row['attempts']} times" for row in failing
    )
    do = "see whether these addresses answer; each is tried for a day, and Warroom's log says what they answered"
    return Finding("outbox", "warning", told[:1000], do)


def _model_calls(store: Store, _: Clock) -> Finding:
    """Look whether the latest calls of the model all failed at its endpoint; those that were not made do not count."""
    answers = (CallOutcome.model_validate_json(row["payload"]) for row in store.many("latest_model_answers", most=20))
    called = [answer.fault for answer in answers if answer.call]
    failed = list(takewhile(lambda fault: fault is not None and fault.is_of_the_endpoint, called))
    if len(failed) < FAILURES_IN_A_ROW or not failed[0]:
        return Finding("calls", "ok", "no calls of a model keep failing")
    says = f"the last {len(failed)} calls of the model failed, the latest with {failed[0].kind}: {failed[0].said}"
    do = "see what is said of the model below; until it answers, every duty is done by the book"
    return Finding("calls", "warning", says[:500], do)


CHECKS: tuple[Callable[[Store, Clock], Finding], ...] = (
    *(_clock, _wakeups, _effects, _stuck, _turns, _acting),
    *(_inbox, _outbox, _model_calls),
)


def _length(duration: timedelta) -> str:
    minutes = round(duration / timedelta(minutes=1))
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} days"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
