"""Causes of lost, damaged or exposed data: no request fails, so it is looked for in what began with a change.

The suspects are the services that keep the data, and those that use these stores.
"""

import asyncio
import re
from typing import NamedTuple

from agents.io.catalogue import SERVES_CALLERS
from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import ErrorLog, InfrastructureState, LogPattern
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.changes import Change, changes_of, is_before
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.suspect_evidence import HISTORY_HOURS, deployed, in_place
from agents.rules.writing.wording import at, on, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import deployment_history, error_log, infrastructure_state

DAYS_BACK = 4
"""Data is missed late: the log is read for so many days."""
MOST = 8
SHOWS_WITHIN_HOURS = 24
"""A version that loses data begins to do so at the latest so long after its deployment."""
LINE_SHOWS_WITHIN = 30
"""Minutes of the runbook after a change in which what it broke begins to stand in the log."""
TOUCHES_DATA = re.compile(
    r"\b(?:resiz\w*|memory|maxmemory|retention|keep\w*|ttl|expir\w*|evict\w*|delet\w*|remov\w*|clean\w*|purg\w*|tid\w+"
    r"|mov\w+|migrat\w*|archiv\w*|restor\w*|truncat\w*|polic\w*|permission\w*|principal|roles?|public|read|access|acl"
    r"|grant\w*|bucket)\b",
    re.IGNORECASE,
)
"""What a change of keeping or of access is told with: other changes lose or open no data."""


class DataSuspect(NamedTuple):
    """A service that keeps the data or uses its store, and what was read of it."""

    name: str
    log: Reading[ErrorLog]
    history: Reading[DeploymentHistory]
    record: Reading[InfrastructureState]


async def data_causes(briefing: Briefing, context: DutyContext) -> list[Hypothesis]:
    """What may have lost, damaged or opened the data of the alerted service, where a check shows that it is."""
    if briefing.scope is None or briefing.scope.data_at_risk != "yes":
        return []
    suspects = await asyncio.gather(*(_suspect(context, name) for name in _names(briefing)))
    found = [h for suspect in suspects for h in (_by_release(briefing, suspect), _by_change(briefing, suspect)) if h]
    lines = [h for h in found if h.version]
    if len(lines) > 1:  # more than one began to write something new: none of them is tied to the data
        found = [h.model_copy(update={"strength": 1, "status": "open"}) if h in lines else h for h in found]
    return found


def _names(briefing: Briefing) -> list[str]:
    """The alerted service, the stores below it, and who uses them."""
    catalogue, known = briefing.catalogue, briefing.catalogue.services
    direct = known[briefing.service].depends_on if briefing.service in known else []
    stores = [name for name in direct if name in known and known[name].kind in SERVES_CALLERS]
    users = [caller for store in stores for caller in catalogue.callers(store)]
    return [n for n in dict.fromkeys([briefing.service, *stores, *users]) if n in known][:MOST]


async def _suspect(context: DutyContext, name: str) -> DataSuspect:
    log, history, record = await asyncio.gather(
        ask(context, error_log, name, DAYS_BACK * 24 * 60),
        ask(context, deployment_history, name, HISTORY_HOURS),
        ask(context, infrastructure_state, name),
    )
    return DataSuspect(name, log, history, record)


def _by_release(briefing: Briefing, suspect: DataSuspect) -> Hypothesis | None:
    """A version that alone has been writing something new since it was deployed, be it a warning."""
    patterns = suspect.log.value.patterns if suspect.log.value else []
    releases = [d for d in (suspect.history.value.deployments if suspect.history.value else []) if in_place(d)]
    newest = releases[-1] if releases else None
    line = next((p for p in patterns if newest and _came_with(briefing, p, newest)), None)
    if newest is None or line is None:
        return None
    since = at(line.first_seen, briefing.now)
    text = f"{suspect.name} writes “{short(line.signature)}” {line.count} times since {since}, all by {newest.version}"
    return Hypothesis(
        cause="recent deployment",
        component=suspect.name,
        statement=f"{newest.version} of {suspect.name}, deployed at {on(newest.at)}, began to do this to the data",
        status="supported",
        strength=2,
        support=[
            Claim(text=text, cites=[suspect.log.ref]),
            Claim(text=f"{deployed(newest)}; nothing like it was written before", cites=[suspect.history.ref]),
        ],
        onset=line.first_seen,
        version=newest.version,
        changed_at=newest.at,
    )


def _came_with(briefing: Briefing, pattern: LogPattern, release: Deployment) -> bool:
    is_new = is_before(release.at, pattern.first_seen, briefing.minute, 60 * SHOWS_WITHIN_HOURS)
    return pattern.versions == [release.version] and pattern.count >= 3 and is_new


def _by_change(briefing: Briefing, suspect: DataSuspect) -> Hypothesis | None:
    """The one change on record that touches how its data is kept, or with which it began to write something new."""
    told = [(change, _why_suspected(briefing, suspect, change)) for change in changes_of(suspect.record, briefing.now)]
    fitting = [(change, why) for change, why in told if why is not None]
    if not fitting:
        return None
    (change, why), is_alone = fitting[-1], len(fitting) == 1
    return Hypothesis(
        cause="recent deployment" if change.is_setting else "infrastructure",
        component=suspect.name,
        statement=f"“{short(change.words, 120)}” of {suspect.name} at {on(change.at)} did this to the data",
        status="supported" if is_alone else "open",
        strength=2 if is_alone else 1,
        support=[why],
        onset=change.at,
        change=change.words,
        changed_at=change.at,
    )


def _why_suspected(briefing: Briefing, suspect: DataSuspect, change: Change) -> Claim | None:
    if change.kind == "migration" or TOUCHES_DATA.search(change.words):
        text = f"{change.told}; it touches how data is kept or who may read it"
        return Claim(text=text, cites=[change.ref])
    began = [p for p in suspect.log.value.patterns if _began_with(briefing, p, change)] if suspect.log.value else []
    if not began:
        return None
    since = at(began[0].first_seen, briefing.now)
    text = f"{change.told}; {suspect.name} writes “{short(began[0].signature)}” {began[0].count} times since {since}"
    return Claim(text=text, cites=[change.ref, suspect.log.ref])


def _began_with(briefing: Briefing, pattern: LogPattern, change: Change) -> bool:
    """Whether a line came with a change; what is told at that very minute, and is of no known kind, may be a sign."""
    if change.kind == "other" and pattern.first_seen - change.at < briefing.minute:
        return False
    return pattern.count >= 3 and is_before(change.at, pattern.first_seen, briefing.minute, LINE_SHOWS_WITHIN)
