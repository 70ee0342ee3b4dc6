"""Caller lines: what a failing store refuses stands in the logs of those who call it, and often nowhere else."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from agents.io.catalogue import SERVES_CALLERS
from agents.readings.history import DeploymentHistory
from agents.readings.production import ErrorLog, LogPattern
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.causes import AT_ONCE
from agents.rules.diagnosis.changes import is_before
from agents.rules.diagnosis.component import ComponentState
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.log_classes import class_of
from agents.rules.diagnosis.survey import SAME_TIME, Survey
from agents.rules.writing.wording import at, short
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import error_log

OF_THE_STORE = ("damage", "read-only copy", "number range", "locks")
"""Classes of lines in which a store answers: the others may as well be about the caller itself."""


async def told_by_callers(
    context: DutyContext,
    survey: Survey,
    found: Sequence[Hypothesis],
    histories: dict[str, Reading[DeploymentHistory]],
) -> list[Hypothesis]:
    """What the callers of a failing store write of it, for stores of which nothing else explains the failure."""
    known = {h.component for h in found if h.strength >= 2 and h.status != "ruled out"}
    stores = [c for c in survey.failing if c.kind in SERVES_CALLERS and c.onset is not None and c.name not in known]
    told: list[Hypothesis] = []
    for store in stores:
        callers = [caller.name for caller in survey.callers_of(store.name) if caller.is_failing]
        logs = await asyncio.gather(*(ask(context, error_log, name, survey.minutes) for name in callers))
        lines = [
            _told(survey, store, log, histories.get(name)) for name, log in zip(callers, logs, strict=True) if log.value
        ]
        told += [line for line in lines if line is not None][:1]
    return told


def _told(
    survey: Survey,
    store: ComponentState,
    log: Reading[ErrorLog],
    history: Reading[DeploymentHistory] | None,
) -> Hypothesis | None:
    onset = store.onset
    patterns = log.value.patterns if log.value else []
    if onset is None:
        return None
    new = [p for p in patterns if p.level != "warning" and p.first_seen >= onset - SAME_TIME * survey.minute]
    total = sum(pattern.count for pattern in new)
    said = next((p for p in new if class_of(p.signature).name in OF_THE_STORE and p.count >= max(3, total / 2)), None)
    if said is None:
        return None
    return _hypothesis(store, said, log.ref, is_sure=not _is_deployed_just_before(survey, onset, history))


def _is_deployed_just_before(survey: Survey, onset: datetime, history: Reading[DeploymentHistory] | None) -> bool:
    deployments = history.value.deployments if history and history.value else []
    return any(is_before(deployment.at, onset, survey.minute, AT_ONCE) for deployment in deployments)


def _hypothesis(store: ComponentState, line: LogPattern, ref: str, is_sure: bool) -> Hypothesis:
    since = at(line.first_seen, line.last_seen)
    text = f"{line.service}, which calls it, writes “{short(line.signature)}” {line.count} times since {since}"
    means = class_of(line.signature).means or "its data is damaged"
    return Hypothesis(
        cause="infrastructure",
        component=store.name,
        statement=f"{store.name}: {means}, by what {line.service} writes: {short(line.signature, 120)}",
        status="supported" if is_sure else "open",
        strength=2 if is_sure else 1,
        support=[Claim(text=text, cites=[ref]), Claim(text=f"{store.name}: {store.figures}", cites=store.shows[:1])],
        onset=store.onset,
        signature=line.signature,
    )
