"""What changed: deployments and other changes on record of some services, in the time that a question names."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from pydantic import ValidationError

from agents.readings.history import ChangeHistory, DeploymentHistory
from agents.reports.basis import Claim
from agents.rules.answering.record import Lines, RecordSoFar
from agents.rules.answering.topics import concerned, since
from agents.rules.diagnosis.inquiry import ask, unseen
from agents.rules.diagnosis.recorded_changes import in_full
from agents.rules.writing.wording import at, listed, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import BY_HAND, Act
from agents.runtime.record_tools import RecordedEvent
from agents.tools.ports import build_hotfix, change_history, deployment_history

MOST = 8
"""Changes that are told of, the newest."""
SAME = timedelta(minutes=1)
"""A deployment and a recorded release of one service that are closer than this are one change."""
TRACE = timedelta(minutes=15)
"""A deployment of the version that this run put there, so near to its act, is that act."""
HOURS = 72
"""So far back the systems are asked."""


STATUS = {
    "succeeded": "",
    "failed": ", which failed",
    "running": ", still under way",
    "rolled back": ", rolled back since",
}


class FoundChange(NamedTuple):
    """One change, in words."""

    service: str
    at: datetime
    words: str
    ref: str
    since: str = ""
    """What became of it, where that was no plain success."""


class Found(NamedTuple):
    """The changes that were read, and the events that hold the readings."""

    changes: list[FoundChange]
    refs: list[str]
    missing: list[str]
    """What could not be read, and why."""
    refused: list[str]
    """The events that say so."""
    last_read_at: datetime | None = None
    """Of a record: what changed since then, nobody has read."""


async def changes(briefing: Briefing, record: RecordSoFar, context: DutyContext) -> Lines:
    """Name the changes of the services in question; of a run that is over, those that its record holds."""
    question = briefing.question
    assert question is not None
    names = list(concerned(question.text, briefing))
    if not names:
        return [Claim(text="The catalogue lists no service of this incident to look at.", cites=record.cite_all)]
    until = record.ends_at if question.is_over else question.at
    read = _on_record(names, record) if question.is_over else await _asked(names, context)
    ours = [act for act in briefing.ledger.acts if act.service in names and act.action != build_hotfix.name]
    found = _with_acts(read, ours)
    start = since(question.text, until, briefing.minute)
    within = sorted((one for one in found.changes if start <= one.at <= until), key=lambda one: one.at)
    window = f"from {at(start, question.at)} to {at(until, question.at)}"
    lines = [*_told(names, found, within, window, question.at), *_unseen(found, question.at)]
    return lines or [Claim(text=f"Not known: nobody has read the changes of {listed(names)}.", cites=record.cite_all)]


def _told(names: list[str], found: Found, within: list[FoundChange], window: str, seen_from: datetime) -> Lines:
    if not within:
        nothing = Claim(text=f"No change to {listed(names)} is on record {window}.", cites=found.refs)
        return [nothing] if found.refs else []
    left_out = f", the newest {MOST} of {len(within)}" if len(within) > MOST else ""
    refs = list(dict.fromkeys(one.ref for one in within))
    return [
        Claim(text=f"Changes on record {window}{left_out}:", cites=refs),
        *(
            Claim(text=f"{one.service}: {one.words} at {at(one.at, seen_from)}{one.since}.", cites=[one.ref])
            for one in within[-MOST:]
        ),
    ]


def _unseen(found: Found, seen_from: datetime) -> Lines:
    """What was not read, or not since."""
    lines: Lines = []
    if found.last_read_at:
        read = f"The run last read of changes at {at(found.last_read_at, seen_from)}."
        lines.append(Claim(text=read, cites=found.refs))
    if found.missing:
        lines.append(Claim(text=f"Not seen: {'; '.join(found.missing)}.", cites=found.refused))
    return lines


async def _asked(names: list[str], context: DutyContext) -> Found:
    """Ask the systems now."""
    deployed = await asyncio.gather(*(ask(context, deployment_history, name, HOURS) for name in names))
    changed = await asyncio.gather(*(ask(context, change_history, name, HOURS) for name in names))
    refs = [reading.ref for reading in (*deployed, *changed) if reading.value is not None]
    refused = [reading.ref for reading in (*deployed, *changed) if reading.value is None]
    releases = [one for reading in deployed if reading.value for one in _releases(reading.value, reading.ref)]
    others = [one for reading in changed if reading.value for one in _others(reading.value, reading.ref)]
    return Found(_merged(releases, others), refs, unseen([*deployed, *changed]), refused)


def _on_record(names: list[str], record: RecordSoFar) -> Found:
    """What the run's own readings said, the newest of each kind and service."""
    releases, others, read = list[FoundChange](), list[FoundChange](), list[RecordedEvent]()
    for name in names:
        for event in islice(record.readings(deployment_history.name, name), 1):
            read.append(event)
            releases += _releases_in(event.payload["value"], event.ref)
        for event in islice(record.readings(change_history.name, name), 1):
            read.append(event)
            others += _others_in(event.payload["value"], event.ref)
    refs, oldest = [event.ref for event in read], min((event.at for event in read), default=None)
    return Found(_merged(releases, others), refs, [], [], oldest)


def _releases_in(value: object, ref: str) -> list[FoundChange]:
    try:
        return [*_releases(DeploymentHistory.model_validate(value), ref)]
    except ValidationError:  # an answer in another shape, of which whoever asked was told
        return []


def _with_acts(found: Found, acts: list[Act]) -> Found:
    """With what this run did, and without the deployments that were just that."""
    ours = [FoundChange(act.service, act.at, _act(act), act.cite) for act in acts]
    made = {(act.service, str(act.parameters.get("version", ""))): act.at for act in acts}
    others = [one for one in found.changes if not _is_act(one, made)]
    return found._replace(changes=[*others, *ours])


def _act(act: Act) -> str:
    if act.action == BY_HAND:
        return "a change by hand, as a person told this run"
    with_what = ", ".join(f"{name} {value}" for name, value in act.parameters.items())
    return f"{act.action.replace('_', ' ')} by this run{f' ({with_what})' if with_what else ''}"


def _is_act(one: FoundChange, made: dict[tuple[str, str], datetime]) -> bool:
    """Whether a deployment is the trace of what this run did: the same version, at about that time."""
    return any(
        service == one.service and version and one.words.startswith(f"release {version} ") and abs(one.at - at) < TRACE
        for (service, version), at in made.items()
    )


def _others_in(value: object, ref: str) -> list[FoundChange]:
    try:
        return [*_others(ChangeHistory.model_validate(value), ref)]
    except ValidationError:
        return []


def _releases(history: DeploymentHistory, ref: str) -> Iterator[FoundChange]:
    for one in history.deployments:
        before = f" after {one.previous}" if one.previous else ""
        words = f"release {one.version}{before}"
        yield FoundChange(one.service, one.at, short(words, 200), ref, STATUS[one.status])


def _others(history: ChangeHistory, ref: str) -> Iterator[FoundChange]:
    for one in history.changes:
        by = f" by {one.by}" if one.by else ""
        words = f"{one.kind}{by}: “{short(in_full(one), 160)}”"
        yield FoundChange(one.service, one.at, words, ref, STATUS[one.status])


def _merged(releases: list[FoundChange], others: list[FoundChange]) -> list[FoundChange]:
    """Both, without the recorded releases that are deployments, too."""
    fresh = [
        other
        for other in others
        if not other.words.startswith("release")
        or not any(one.service == other.service and abs(one.at - other.at) < SAME for one in releases)
    ]
    return [*releases, *fresh]
