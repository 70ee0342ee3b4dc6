"""The verdict: what was lost, what is stuck, what happened twice, what came late."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from record import Outcome, Run, runs
from warroom import Life

from agents.reports.basis import Severity
from graphs.model.runbook import MATRIX, STATUS_PAGE_EVERY
from graphs.transcript.event import Event

GRACE = timedelta(minutes=1)
"""How late, in simulated time, something on the clock may be."""
ON_THE_CLOCK: dict[str, tuple[Severity, ...]] = {"publish_status": ("P0", "P1"), "send_brief": ("P0",)}
RESULTS = ("result", "outbound")


class Verdict(NamedTuple):
    """Every fault of the runs of one data directory, in words."""

    runs: int = 0
    closed: int = 0
    lost: list[str] = []
    stuck: list[str] = []
    duplicate_effects: list[str] = []
    duplicate_events: list[str] = []
    late_timers: list[str] = []
    different: list[str] = []
    """From the same play without a kill. Told, but no fault: what is repeated takes its minutes again."""
    errors: list[str] = []
    """Turns that failed and were put off."""

    def __add__(self, other: object) -> "Verdict":
        assert isinstance(other, Verdict)
        mine, its = self._asdict(), other._asdict()
        return Verdict(**{name: mine[name] + its[name] for name in mine})

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.stuck or self.duplicate_effects or self.duplicate_events or self.late_timers)


def judge(life: Life, undisturbed: dict[int, Outcome]) -> Verdict:
    """Compare the senders' receipts, the transcripts and the production's journal."""
    found = runs(life)
    numbered = {f"{life.name}, play {number}": run for number, run in found.items()}

    def told(faults: Callable[[Run], Iterator[str]]) -> list[str]:
        return [f"{name}: {fault}" for name, run in numbered.items() for fault in faults(run)]

    kept = {run.name for run in found.values()}
    return Verdict(
        runs=len(life.plays),
        closed=sum(run.is_closed for run in found.values()),
        lost=[f"{life.name}, play {number}: {run}" for number, run in life.told().items() if run not in kept],
        stuck=[f"{life.name}, play {p.number}" for p in life.plays if p.number not in found]
        + [f"{name}: {run.events[-1].key} was the last" for name, run in numbered.items() if not run.is_closed],
        duplicate_effects=told(effects_that_do_not_agree),
        duplicate_events=told(events_that_stand_twice),
        late_timers=told(timers_that_were_late),
        different=_differences(life, found, undisturbed),
        errors=[f"{name}: {e.payload['error']}" for name, run in numbered.items() for e in run.of("error")],
    )


def effects_that_do_not_agree(run: Run) -> Iterator[str]:
    """Intents, results and what the production did must be one to one."""
    intents = {event.payload["idempotency_key"]: event.key.removesuffix("/intent") for event in run.of("intent")}
    results = {event.key.rpartition("/")[0]: event for event in run.of(*RESULTS)}
    for key, times in Counter(deed.key for deed in run.deeds).items():
        if times > 1:
            yield f"{key} was done {times} times"
        if key not in intents:
            yield f"{key} was done without an intent"
    done = {deed.key: deed.done for deed in run.deeds}
    for key, stem in intents.items():
        if stem not in results:
            yield f"{key} was intended, and nothing says what came of it"
        elif results[stem].payload["done"] and not done.get(key):
            yield f"{key} is said to be done, and was not"
        elif done.get(key) and not results[stem].payload["done"]:
            yield f"{key} was done, and is said not to be: {results[stem].payload['detail']}"
    for stem in results.keys() - set(intents.values()):
        yield f"{stem} has a result and no intent"


def events_that_stand_twice(run: Run) -> Iterator[str]:
    """No key twice, no gap in the numbers, nothing told twice in the same words."""
    if [event.seq for event in run.events] != list(range(1, len(run.events) + 1)):
        yield "the numbers have gaps"
    yield from (f"{key} stands {n} times" for key, n in Counter(e.key for e in run.events).items() if n > 1)
    stems = Counter(event.key.rpartition("/")[0] for event in run.of(*RESULTS))
    yield from (f"{stem} has {n} results" for stem, n in stems.items() if n > 1)
    words = Counter(f"{e.payload['port']} {e.payload['arguments']}" for e in run.of("outbound"))
    yield from (f"told {n} times: {said}" for said, n in words.items() if n > 1)


def timers_that_were_late(run: Run) -> Iterator[str]:
    """Updates and briefs every 15 minutes from activation to resolution, and the matrix's rows with a time."""
    for port in ON_THE_CLOCK:
        sent = [event.at for event in run.of("outbound") if event.payload["port"] == port]
        for tick in _ticks(run, port):
            if not any(tick - GRACE <= at <= tick + GRACE for at in sent):  # just before it: stands for the tick's own
                after = min((at for at in sent if at >= tick), default=None)
                yield f"{port} of {tick:%H:%M:%S} came {f'at {after:%H:%M:%S}' if after else 'never'}"
    escalated = {event.payload["row"]: event for event in run.of("escalation")}
    for row, limit in _limits(run):
        said = _begun(run, escalated[row]) if row in escalated else None
        if said is None or said > limit + GRACE:
            yield f"{row} of {limit:%H:%M:%S} came {f'at {said:%H:%M:%S}' if said else 'never'}"


def _ticks(run: Run, port: str) -> Iterator[datetime]:
    activated, resolved = run.of("activation")[:1], run.of("resolved")[:1]
    if not activated or not resolved:
        return
    for number in count():
        tick = activated[0].at + number * timedelta(minutes=STATUS_PAGE_EVERY)
        if tick + GRACE >= resolved[0].at:
            return
        before, after = run.at(tick, "classification"), run.at(tick + GRACE, "classification")
        if before and before is after and before.payload["severity"] in ON_THE_CLOCK[port]:
            yield tick


def _limits(run: Run) -> Iterator[tuple[str, datetime]]:
    """The time conditions of the matrix that were met: of that severity then, and not yet recovered."""
    for row, escalation in MATRIX.items():
        if escalation.after is None or not run.events:
            continue
        limit = run.events[0].at + timedelta(minutes=escalation.after)
        level, status = run.at(limit, "classification"), run.at(limit, "status")
        over = status and status.payload["status"] in ("Monitoring", "Resolved")
        if level and level.payload["severity"] == escalation.severity and not over and limit < run.events[-1].at:
            yield row, limit


def _begun(run: Run, escalated: Event) -> datetime:
    """When the duty began of which an escalation tells: its own looks take their minutes."""
    occurrence = escalated.key.rpartition("/")[0]
    return next((e.at for e in run.events if e.key == f"{occurrence}/started"), escalated.at)


def _differences(life: Life, found: dict[int, Run], undisturbed: dict[int, Outcome]) -> list[str]:
    return [
        f"{life.name}, play {number}: {run.outcome} instead of {undisturbed[number]}"
        for number, run in found.items()
        if number in undisturbed and run.outcome != undisturbed[number]
    ]
