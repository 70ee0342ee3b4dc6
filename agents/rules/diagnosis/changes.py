"""Changes that are no release: what a service's own record says was done to it, and what ties one to the errors.

Settings, flags, rules, sizes, certificates, secrets, migrations and maintenance stand in prose among its events.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from agents.readings.production import InfrastructureState
from agents.rules.writing.wording import on, short
from agents.runtime.duty_context import Reading
from agents.tools.reported_events import change_in

SUSPECT_FOR_DAYS = 7
"""For so long a change is suspected at all, where something besides the time ties it to the errors."""
SAMPLING = 2
"""Minutes of the runbook. Two events closer than this may be told in either order."""

OPERATION_KINDS = ("scaling", "maintenance", "operator", "certificate", "secret")
"""Kinds of operations on what a service runs on; the others are put back like a release."""
WORD = re.compile(r"[a-z][a-z0-9]{3,}|v\d+")
ENDINGS = re.compile(r"(?:ings?|ed|es|s|ies)$")
TOO_COMMON = re.compile(
    r"added|after|answer|answered|been|before|began|begun|call|called|calls|changed|client|clients|"
    r"connection|connections|customer|customers|data|done|error|errors|every|everybody|fail|failed|failing|"
    r"fails|from|have|host|hour|hours|instance|instances|into|less|line|lines|lowered|machine|machines|"
    r"message|minute|minutes|more|moved|name|names|node|nodes|only|other|over|planned|pushed|raised|read|"
    r"release|removed|renewed|replaced|replica|replicas|request|requests|response|second|seconds|server|"
    r"service|services|some|switched|than|that|their|them|then|they|this|time|timed|times|turned|updated|"
    r"user|users|usual|value|values|version|were|when|where|which|while|will|with|write"
)
"""Words that a line and a record share without having anything to do with one another."""


class Change(NamedTuple):
    """Something that was done to a service, as its record tells it."""

    service: str
    at: datetime
    words: str
    is_setting: bool
    """It is put back like a release; otherwise it is an operation on what the service runs on."""
    ref: str

    @property
    def told(self) -> str:
        return f"{self.service}, {on(self.at)}: “{short(self.words, 140)}”"


def changes_of(reading: Reading[InfrastructureState] | None, now: datetime) -> list[Change]:
    """The changes that a service's record tells of, oldest first."""
    if reading is None or reading.value is None:
        return []
    found = (_change(reading.value.service, event, reading.ref, now) for event in reading.value.events)
    return sorted((change for change in found if change is not None), key=lambda change: change.at)


def _change(service: str, event: str, ref: str, now: datetime) -> Change | None:
    told = change_in(event, now)
    if told is None or told.has_failed or now - told.at > timedelta(days=SUSPECT_FOR_DAYS):
        return None
    return Change(service, told.at, told.says, told.kind not in OPERATION_KINDS, ref)


def is_before(change: Change, onset: datetime, minute: timedelta, within: float) -> bool:
    """Whether a change came no longer than `within` minutes of the runbook before the onset."""
    return -SAMPLING <= (onset - change.at) / minute <= within


def shared_words(words: str, lines: Iterable[str]) -> list[str]:
    """What the record of a change and error lines both name, apart from what any line might."""
    own = _stems(words)
    return sorted({stem for line in lines for stem in _stems(line)} & own)


def _stems(text: str) -> set[str]:
    found = {word for word in WORD.findall(text.lower()) if not TOO_COMMON.fullmatch(word)}
    return {ENDINGS.sub("", word) if len(word) > 5 else word for word in found}
