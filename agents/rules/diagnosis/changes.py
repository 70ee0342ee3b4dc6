"""Changes that are no release: what a service's own record says was done to it, and what ties one to the errors.

Settings, flags, rules, sizes, certificates, secrets, migrations and maintenance stand in prose among its events.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from agents.readings.production import InfrastructureState
from agents.rules.writing.wording import on, short
from agents.runtime.duty_context import Reading

ChangeKind = Literal["setting", "operation"]
SUSPECT_FOR_DAYS = 7
"""For so long a change is suspected at all, where something besides the time ties it to the errors."""
SAMPLING = 2
"""Minutes of the runbook. Two events closer than this may be told in either order."""

STAMP = re.compile(
    r"^\s*(?:(?P<date>\d{4}-\d{2}-\d{2})[T ])?(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?:Z|UTC|\+00:00)?\s+(?P<words>\S.*)$"
)
DONE = (
    r"set|sets|changed?|switched|turned|raised|lowered|increased|decreased|reduced|resized|rotated|renewed|replaced|moved"
    r"|migrated|migration|pushed|loaded|reloaded|applied|imported|enabled|disabled|activated|deactivated|drained|upgraded"
    r"|updated|patched|scaled|schedule|limited|widened|narrowed|granted|revoked|removed|deleted|dropped|tidied|cleaned"
    r"|added|begun|began|started by|paused|reassigned|rerouted|failed over|flag|feature switch"
)
CHANGES = re.compile(rf"\b(?:{DONE})\b|\bfrom \S+(?: \S+)? to \S+|\bon for\b", re.IGNORECASE)
UNDONE_BY_ITSELF = re.compile(
    r"stopped reporting|could not be|cannot|failed(?! over)|killed|evict|crash|back-?off|unhealthy|not ready|passed the"
    r"|above|below|log rotation|garbage collection|backup|no run",
    re.IGNORECASE,
)
"""What befalls a service, or is routine: no change that somebody made."""
SETTINGS = re.compile(
    r"\b(?:config\w*|settings?|flags?|switch|rules?|polic(?:y|ies)|tables?|time-?outs?|threshold|limits?|cache of|proxy"
    r"|threads?|records?|schema|migration|index|column|permissions?|roles?|routes?|weights?)\b",
    re.IGNORECASE,
)
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
    kind: ChangeKind
    """A setting, which is put back like a release; or an operation on what the service runs on."""
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
    told = STAMP.match(event)
    if told is None or not CHANGES.search(told["words"]) or UNDONE_BY_ITSELF.search(told["words"]):
        return None
    moment = _moment(told, now)
    if moment is None or moment > now or now - moment > timedelta(days=SUSPECT_FOR_DAYS):
        return None
    kind: ChangeKind = "setting" if SETTINGS.search(told["words"]) else "operation"
    return Change(service, moment, told["words"], kind, ref)


def _moment(told: re.Match[str], now: datetime) -> datetime | None:
    """A time of day without its date is the latest such time that has been."""
    clock = (int(told["hour"]), int(told["minute"]), int(told["second"] or 0))
    try:
        day = datetime.strptime(told["date"], "%Y-%m-%d").replace(tzinfo=UTC) if told["date"] else now
        moment = day.replace(hour=clock[0], minute=clock[1], second=clock[2], microsecond=0)
    except ValueError:
        return None
    return moment - timedelta(days=1) if not told["date"] and moment > now else moment


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
