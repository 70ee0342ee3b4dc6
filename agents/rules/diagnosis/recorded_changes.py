"""Recorded changes: what was changed on the components in question besides their releases, in words."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from agents.readings.history import ChangeHistory, RecordedChange
from agents.reports.basis import Check
from agents.rules.diagnosis.changes import OPERATION_KINDS, SUSPECT_FOR_DAYS, Change, without_routine
from agents.rules.diagnosis.inquiry import ask
from agents.rules.writing.wording import on, short
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import change_history

ChangeHistories = dict[str, Reading[ChangeHistory]]
HOURS = 24 * SUSPECT_FOR_DAYS
"""So far back changes are looked at: many show their effect only when traffic, a job or a deadline comes."""
TOLD = 8
"""Changes that are told of, the newest."""
A_MINUTE = timedelta(minutes=1)
"""A record of the ledger and an event of the service's system that are closer than this tell of the same change."""
TOLD_ELSEWHERE = ("release", "pipeline")
"""Kinds that the checks of deployments and pipelines tell of."""


async def read_changes(context: DutyContext, names: Sequence[str]) -> ChangeHistories:
    """Ask the ledger of changes about some components."""
    read = await asyncio.gather(*(ask(context, change_history, name, HOURS) for name in names))
    return dict(zip(names, read, strict=True))


def as_changes(reading: Reading[ChangeHistory] | None, known: Sequence[Change], now: datetime) -> list[Change]:
    """The recorded changes that can be suspected, but for those that are known already and for failed ones."""
    if reading is None or reading.value is None:
        return []
    times = [(change.service, change.at) for change in known]
    words = {(change.service, change.words) for change in known}
    found = [
        Change(one.service, one.at, in_full(one), one.kind not in OPERATION_KINDS, reading.ref, one.kind)
        for one in reading.value.changes
        if one.kind not in (*TOLD_ELSEWHERE, "provider")
        and one.status != "failed"
        and timedelta(0) <= now - one.at <= timedelta(days=SUSPECT_FOR_DAYS)
        and not any(service == one.service and abs(at - one.at) < A_MINUTE for service, at in times)
    ]
    fresh = [change for change in found if (change.service, change.words) not in words]
    return without_routine(fresh, [*known, *found])


def with_changes(check: Check, histories: ChangeHistories) -> Check:
    """The check of the deployments, with the newest other changes beside them, oldest first."""
    found = [
        (change, reading.ref)
        for reading in histories.values()
        for change in (reading.value.changes if reading.value else [])
        if change.kind not in TOLD_ELSEWHERE
    ]
    newest = sorted(found, key=lambda one: one[0].at)[-TOLD:]
    if not newest:
        return check
    text = f"{check.text}; other changes: {'; '.join(_words(change) for change, _ in newest)}"
    cites = list(dict.fromkeys([*check.cites, *(ref for _, ref in newest)]))
    return check.model_copy(update={"text": text, "cites": cites})


def in_full(change: RecordedChange) -> str:
    """What was changed, from what to what."""
    told = [f"{word} {said}" for word, said in (("from", change.old), ("to", change.new)) if said not in change.what]
    return " ".join([change.what, *told])


def _words(change: RecordedChange) -> str:
    who = f" by {change.by}" if change.by else ""
    where = f" in {change.environment}" if change.environment else ""
    return f"{change.service}: {change.kind} at {on(change.at)}{who}{where}: “{short(in_full(change), 160)}”"
