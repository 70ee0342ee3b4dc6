"""The doctor: examines a data directory without changing it, and says what to do."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from agents.io import catalogue
from agents.io.clock import Clock
from agents.llm.gateway import CallOutcome
from agents.tools.connections import CatalogueConnections
from graphs.model import policy_review
from graphs.store.database import migrations
from graphs.store.events import UnfinishedEffect
from graphs.store.faults import StoreError
from graphs.store.opening import FILE, Place, open_store
from graphs.store.store import Store
from graphs.transcript import event_shapes
from graphs.transcript.event import Event, readable
from graphs.transcript.events import Transcripts
from graphs.transcript.projections import fold

LITTLE_SPACE, TOO_LITTLE_SPACE = 500_000_000, 20_000_000
"""Bytes left on the disk that give a warning, and a fault."""
GRACE = timedelta(minutes=5)
"""A clock may be this much off, and a wake-up this late, before a finding says so."""
UNDER_WAY = timedelta(minutes=15)
"""An effect may take this long before its outcome counts as unknown."""
FAILURES_IN_A_ROW = 3
CALLS_EXAMINED = 20
"""So many of the latest calls of a model."""
WORKER_SEEN_WITHIN = 15.0
"""Seconds."""
AGAIN = "do what this says, then run `warroom doctor` again"


class Finding(NamedTuple):
    """The result of one check."""

    name: str
    state: Literal["ok", "warning", "fault"]
    says: str
    do: str = ""
    """What to do about it; empty where nothing is to be done."""


def examine_all(directory: Path, clock: Clock, place: Place | None = None) -> list[Finding]:
    """Examine a data directory, and the store in it or in the database that is used instead."""
    place = place or directory / FILE
    is_used = isinstance(place, Path) or directory.is_dir()
    findings = list(examine_directory(directory)) if is_used else []
    if isinstance(place, Path) and not place.is_file():
        there = directory.is_dir()
        return [*findings, Finding("store", "ok", "nothing is stored here yet")] if there else findings
    try:
        store = open_store(place, read_only=True)
    except StoreError as error:
        return [*findings, Finding("store", "fault", str(error), AGAIN)]
    try:
        return [*findings, *examine(store, clock)]
    finally:
        store.close()


def examine_directory(directory: Path) -> Iterator[Finding]:
    """Check that the directory is there, can be written, and has room."""
    if not directory.is_dir():
        yield Finding("directory", "fault", f"{directory} is not there", "name the directory with --data")
        return
    paths = [
        path for path in (directory, *directory.glob("*.sqlite")) if path.exists() and not os.access(path, os.W_OK)
    ]
    if paths:
        refused = ", ".join(map(str, paths))
        yield Finding("directory", "fault", f"{refused} cannot be written", "let Warroom's user write there")
    else:
        yield Finding("directory", "ok", f"{directory} can be written")
    free = shutil.disk_usage(directory).free
    state = "fault" if free < TOO_LITTLE_SPACE else "warning" if free < LITTLE_SPACE else "ok"
    yield Finding("space", state, f"{free / 1e6:,.0f} MB are free", "" if state == "ok" else "make room on this disk")


def examine_catalogue(file: Path, clock: Clock) -> Finding:
    """Look whether a catalogue can be served, and does what one may think that it does."""
    try:
        listed = catalogue.load(file)
    except catalogue.CatalogueError as error:
        return Finding("catalogue", "fault", str(error), AGAIN)
    try:
        CatalogueConnections(listed, clock)
    except catalogue.CatalogueError as error:
        return Finding("catalogue", "fault", f"{file}: {error}", AGAIN)
    doubts = listed.doubts()
    if doubts:
        do = "name in each the sender of the alert that explains the others, and what is equal in both"
        return Finding("catalogue", "warning", "; ".join(doubts), do)
    return Finding("catalogue", "ok", f"{len(listed.services)} services are listed")


def examine_policy(file: Path, place: Place) -> list[Finding]:
    """Tell the catalogue's policy in sentences, and what in it may not be meant."""
    try:
        listed = catalogue.load(file)
    except catalogue.CatalogueError:
        return []  # examine_catalogue says why
    findings = [Finding("policy", "ok", sentence) for sentence in policy_review.sentences(listed)]
    doubts = policy_review.doubts(listed, {*_people_with_keys(place), *_people_in_slack(listed)})
    return [*findings, *(Finding("policy", "warning", doubt.says, doubt.do) for doubt in doubts)]


def _people_with_keys(place: Place) -> set[str]:
    """The names on keys that may answer; none where the store cannot be read, which other findings say."""
    if isinstance(place, Path) and not place.is_file():
        return set()
    try:
        with closing(open_store(place, read_only=True)) as store:
            return {key.name for key in store.keys.all() if key.revoked_at is None and "answer" in key.allows}
    except StoreError:
        return set()


def _people_in_slack(listed: catalogue.Catalogue) -> set[str]:
    """The people whose presses of buttons in Slack count."""
    entries = [entry.model_extra or {} for entry in listed.outgoing.values() if entry.driver == "slack"]
    return {name for entry in entries if entry.get("signing_secret") for name in entry.get("people", {}).values()}


def examine(store: Store, clock: Clock) -> list[Finding]:
    """Examine a store; where it is damaged or of another schema, nothing further is checked."""
    try:
        found: list[Finding] = []
        for check in (_soundness, _schema):
            found.append(check(store))
            if found[-1].state != "ok":
                return found
        together = [_workers(store)] if store.is_shared else []
        return [*found, *(check(store, clock) for check in CHECKS), *together]
    except StoreError as error:
        return [Finding("store", "fault", str(error), AGAIN)]


def _soundness(store: Store) -> Finding:
    damage = store.damage()
    if damage:
        do = "stop Warroom, move warroom.sqlite, -wal and -shm away, put a file of `warroom backup` in their place"
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
    latest = store.events.latest()
    ahead = latest - clock.now() if latest else timedelta(0)
    if ahead <= GRACE:
        return Finding("clock", "ok", f"it is {clock.now():%Y-%m-%d %H:%M:%S} UTC")
    says = f"the last event is {_length(ahead)} in the future: the clock was set back"
    return Finding("clock", "fault", says, "set the clock right; until then wake-ups come too late")


def _wakeups(store: Store, clock: Clock) -> Finding:
    overdue = store.wakeups.due(clock.now() - GRACE)
    if not overdue:
        return Finding("wake-ups", "ok", "none is overdue")
    late = _length(clock.now() - overdue[0].not_before)
    runs = len({wakeup.run for wakeup in overdue})
    says = f"{len(overdue)} are overdue, in {runs} runs; the oldest by {late}, in {overdue[0].run}"
    return Finding(
        "wake-ups", "warning", says, "start `warroom serve`; if it runs, a long duty or a failing turn is why"
    )


def _effects(store: Store, clock: Clock) -> Finding:
    begun = store.events.effects_without_outcome(clock.now() - UNDER_WAY)
    transcripts = Transcripts(store, clock)
    unknown = [effect for effect in begun if not _has_outcome(effect, transcripts.after(effect.run, effect.seq))]
    if not unknown:
        return Finding("effects", "ok", "the outcome of every effect is known")
    listed = "; ".join(f"{_port(effect)} in {effect.run}, begun {_minute(effect.at)}" for effect in unknown)
    do = "see in the system itself whether it was done; the run looks it up at the next start, or asks you"
    return Finding("effects", "warning", f"begun, and nobody knows how it ended: {listed}"[:1000], do)


def _has_outcome(effect: UnfinishedEffect, later: list[Event]) -> bool:
    """Whether a person, or another look, said afterwards how it ended."""
    port = _port(effect)
    ends = (event for event in later if event.kind in ("result", "outbound") and event.lane == effect.lane)
    return any(event.payload["port"] == port for event in ends)


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def _port(effect: UnfinishedEffect) -> str:
    try:
        return event_shapes.read("intent", "", effect.payload_json)["port"]
    except event_shapes.Unreadable:
        return "something that cannot be read"


def _stuck(store: Store, clock: Clock) -> Finding:
    stuck = [run for run in store.runs.nothing_will_wake() if not _is_held(store, clock, run)]
    if not stuck:
        return Finding("runs", "ok", f"{len(store.runs.open_runs())} are open, and each waits for something")
    says = f"nothing will wake {', '.join(stuck[:10])}{' and others' if len(stuck) > 10 else ''}"
    return Finding("runs", "fault", says, "restart `warroom serve`: every open run is looked at when it starts")


def _is_held(store: Store, clock: Clock, run: str) -> bool:
    return _all_held(store) or fold(Transcripts(store, clock).after(run)).held


def _all_held(store: Store) -> bool:
    switch = store.switches.find("acting")
    return switch is not None and switch.state == "held"


def _turns(store: Store, clock: Clock) -> Finding:
    failing = [one for one in store.events.failing_workflows() if one.times >= FAILURES_IN_A_ROW]
    if not failing:
        return Finding("turns", "ok", "none keeps failing")
    listed: list[str] = []
    for one in failing[:10]:
        last = Transcripts(store, clock).after(one.run, one.seq - 1, 1)[0]
        error = last.payload.get("error", "the error cannot be read")
        listed.append(f"{one.run}, lane {one.lane}, {one.times} times: {error[:200]}")
    do = "Warroom's log has the whole error; after three times the run asks a person"
    return Finding("turns", "fault", "; ".join(listed), do)


def _acting(store: Store, _: Clock) -> Finding:
    if not _all_held(store):
        return Finding("acting", "ok", "is not on hold")
    return Finding("acting", "warning", "a person has put acting on hold in every run", "let it go on when it may")


def _inbox(store: Store, clock: Clock) -> Finding:
    inbox = store.deliveries.size()
    late = clock.now() - inbox.oldest if inbox.oldest else timedelta(0)
    if late <= GRACE:
        return Finding("inbox", "ok", f"{inbox.waiting} deliveries wait to be taken in")
    says = f"{inbox.waiting} deliveries of alert senders were not taken in; the oldest came {_length(late)} ago"
    return Finding(
        "inbox", "warning", says, "restart `warroom serve`: it takes them in, and its log names what it cannot"
    )


def _host(address: str) -> str:
    return urlsplit(address).hostname or address


def _outbox(store: Store, _: Clock) -> Finding:
    failing = store.outbox.failing()
    if not failing:
        return Finding("outbox", "ok", f"{store.outbox.size().waiting} webhook deliveries wait, none has failed")
    listed = "; ".join(f"{_host(one.endpoint)}: {one.waiting} wait, tried {one.attempts} times" for one in failing)
    do = "see whether these addresses answer; each is tried for a day, and Warroom's log says what they answered"
    return Finding("outbox", "warning", listed[:1000], do)


def _model_calls(store: Store, _: Clock) -> Finding:
    """Look whether the latest calls of the model all failed at its endpoint; those that were not made do not count."""
    latest = readable(store.events.latest_model_answers(CALLS_EXAMINED))
    called = [outcome for event in latest if (outcome := CallOutcome.model_validate(event.payload)).call]
    failed = [outcome.fault for outcome in takewhile(_failed_at_the_endpoint, called)]
    if len(failed) < FAILURES_IN_A_ROW or not failed[0]:
        answers = (outcome.answer for outcome in called if outcome.answer)
        changes = next((", ".join(answer.changes) for answer in answers if answer.changes), "")
        asked = f"; the latest were asked {changes}, as the endpoint wants" if changes else ""
        return Finding("calls", "ok", f"no calls of a model keep failing{asked}")
    says = f"the last {len(failed)} calls of the model failed, the latest with {failed[0].kind}: {failed[0].said}"
    do = "see what is said of the model below; until it answers, every duty is done by the rules"
    return Finding("calls", "warning", says[:500], do)


def _workers(store: Store) -> Finding:
    """Look whether somebody takes turns, where that is not the process that serves."""
    row = store.database.one("live_workers", seconds=WORKER_SEEN_WITHIN)
    if row and row["workers"]:
        return Finding("workers", "ok", f"{row['workers']} take turns")
    do = "start `warroom worker`, or `warroom serve` without --no-workers; until then no run goes on"
    return Finding("workers", "fault", "none was seen lately", do)


def _failed_at_the_endpoint(outcome: CallOutcome) -> bool:
    """Whether a call failed for a reason that the next one will meet as well."""
    return outcome.fault is not None and (outcome.fault.is_of_the_endpoint or outcome.fault.is_refused_request)


CHECKS: tuple[Callable[[Store, Clock], Finding], ...] = (
    *(_clock, _wakeups, _effects, _stuck, _turns, _acting),
    *(_inbox, _outbox, _model_calls),
)


def _length(duration: timedelta) -> str:
    minutes = round(duration / timedelta(minutes=1))
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} days"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
