"""Changes that are no release: what a service's own record says was done to it, and what ties one to the errors.

Settings, flags, rules, sizes, certificates, secrets, migrations and maintenance stand in prose among its events.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from agents.readings.history import ChangeKind
from agents.readings.production import InfrastructureState
from agents.rules.writing.wording import on, short
from agents.runtime.duty_context import Reading
from agents.tools.reported_events import FROM_TO, TURNED, change_in

SUSPECT_FOR_DAYS = 7
"""For so long a change is suspected at all, where something besides the time ties it to the errors."""
SAMPLING = 2
"""Minutes of the runbook. Two events closer than this may be told in either order."""

OFTEN = 3
"""What was done so often in the same words, on one component or on several, is routine."""
APART = timedelta(hours=1)
"""Routine of one component comes at its own times; parts of one piece of work come one after the other."""
OPERATION_KINDS = ("scaling", "maintenance", "operator", "certificate", "secret")
"""Kinds of operations on what a service runs on; the others are put back like a release."""


class Change(NamedTuple):
    """Something that was done to a service, as its record tells it."""

    service: str
    at: datetime
    words: str
    is_setting: bool
    """It is put back like a release; otherwise it is an operation on what the service runs on."""
    ref: str
    kind: ChangeKind = "other"

    @property
    def told(self) -> str:
        return f"{self.service}, {on(self.at)}: “{short(self.words, 140)}”"


def changes_of(
    reading: Reading[InfrastructureState] | None,
    now: datetime,
    others: Iterable[Reading[InfrastructureState] | None] = (),
) -> list[Change]:
    """The changes that a service's record tells of, oldest first, without its routine.

    `others`: the records of what is around it; what is done on all of them at various times is routine, too.
    """
    own = _told(reading, now)
    known = [*own, *(change for other in others if other is not reading for change in _told(other, now))]
    return without_routine(own, known)


def without_routine(changes: Sequence[Change], known: Sequence[Change]) -> list[Change]:
    """Leave out what was done again and again in the same words, by all that is known: it tells nothing of today.

    What was rolled out in steps names another value each time, and comes in one go on several components.
    """
    return [change for change in changes if not _is_routine(change, known)]


def _is_routine(change: Change, known: Sequence[Change]) -> bool:
    said = _without_counts(change.words)
    same = sorted((one for one in known if _without_counts(one.words) == said), key=lambda one: one.at)
    own = [one.at for one in same if one.service == change.service]
    gaps = [later - earlier for earlier, later in pairwise(own)]
    if len(own) >= OFTEN and (all(gap >= APART for gap in gaps) or len({one.words for one in same}) == 1):
        return True
    services = {one.service: one.at for one in same}
    return len(services) >= OFTEN and max(services.values()) - min(services.values()) >= APART


def _without_counts(words: str) -> str:
    """Its words alone, but for a setting, whose values are what it is about."""
    return words if FROM_TO.search(words) or TURNED.search(words) else re.sub(r"\d[\d.,]*", "", words)


def _told(reading: Reading[InfrastructureState] | None, now: datetime) -> list[Change]:
    if reading is None or reading.value is None:
        return []
    found = (_change(reading.value.service, event, reading.ref, now) for event in reading.value.events)
    return sorted((change for change in found if change is not None), key=lambda change: change.at)


def _change(service: str, event: str, ref: str, now: datetime) -> Change | None:
    told = change_in(event, now)
    if told is None or told.has_failed or now - told.at > timedelta(days=SUSPECT_FOR_DAYS):
        return None
    return Change(service, told.at, told.says, told.kind not in OPERATION_KINDS, ref, told.kind)


def is_before(moment: datetime, onset: datetime, minute: timedelta, within: float) -> bool:
    """Whether something came no longer than `within` minutes of the runbook before the onset."""
    return -SAMPLING <= (onset - moment) / minute <= within
