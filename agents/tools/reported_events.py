"""Reported events: which lines among a system's events tell of a change, of what kind and when."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from agents.readings.history import ChangeKind

STAMP = re.compile(
    r"\s*(?P<date>\d{4}-\d{2}-\d{2})?[T ]?(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?\s+(?P<says>\S.*)",
    re.DOTALL,
)
"""A time, with its date or without, and what happened then. Without a zone it is UTC."""
FROM_TO = re.compile(
    r"\bfrom (?P<old>[\w.%/:+-]{1,60}(?: (?:%|[kMGT]i?B|ms|s|min|h)(?!\w))?)"
    r" to (?P<new>[\w.%/:+-]{1,60}(?: (?:%|[kMGT]i?B|ms|s|min|h)(?!\w))?)"
)
MADE = re.compile(
    r"\b(?:changed|set|raised|lowered|reduced|increased|renewed|rotated|replaced|revoked|issued|updated|upgraded"
    r"|downgraded|patched|moved|resized|scaled|enabled|disabled|switched|turned (?:on|off)|applied|(?:re)?loaded|pushed"
    r"|rebooted|restarted|drained|paused|added|removed|deleted|created|deployed|released|rolled (?:out|back)|promoted"
    r"|migrated|failed over|put back)\b",
    re.IGNORECASE,
)
"""What somebody did."""
WENT_ON = re.compile(r"\b(?:run|begun|began|started|finished|completed|done|on|off)\b", re.IGNORECASE)
"""Words that tell of a change only beside the subject of one."""
TROUBLE = re.compile(
    r"fail(?!ed over|over)|cannot|could not|unable|expire|timed out|refus|unhealthy|back-?off|\boom|kill(?! switch)"
    r"|evict|not found|unreach|stopped|\bprobe|denied|\berrors?\b|exceed|unavailable|\bplanned\b",
    re.IGNORECASE,
)
"""What goes wrong is a sign of a fault, and no change that somebody made; what is planned has not been made."""
SUBJECTS: tuple[tuple[ChangeKind, str], ...] = (
    ("flag", r"\bflags?\b|\btoggles?\b|\bkill switch\b"),
    ("certificate", r"\bcert(?:ificate)?s?\b|\btls\b|\bca bundle\b"),
    ("secret", r"\b(?:secret|password|credential|token)s?\b|\bkeys?\b(?=.*\b(?:renewed|rotated|replaced|revoked)\b)"),
    ("migration", r"\bmigrations?\b|\bmigrated\b|\bschema\b|\bbackfill|\breindex"),
    (
        "scaling",
        r"\breplicas? (?:from|set|raised|lowered)|\bscal(?:ed|ing)\b|\bresized\b|\b(?:memory|cpu) (?:limit|request)\b"
        r"|\bmaxmemory\b",
    ),
    ("release", r"\bdeploy|\breleased?\b|\brolled (?:out|back)\b|\brollout\b"),
    (
        "configuration",
        r"\bconfig|\bsettings?\b|\bparameters?\b|\blimits?\b|\btimeouts?\b|\bpool\b|\blevel\b|\bpolicy\b",
    ),
    ("maintenance", r"\bmaintenance\b|\bpatched\b|\brebooted\b|\bupgraded\b|\bnodes?\b|\bdrained\b|\bmachines?\b"),
    ("operator", r"\boperator\b|\bby hand\b|\bmanually\b|\brestarted\b|\bfail(?:ed )?over\b|\bsession\b"),
)
"""The kind of change, and the words that a line about one has; the first that fits."""
SURVIVES_TROUBLE = ("release", "migration")
"""Kinds that are a change also where they went wrong."""
SKEW = timedelta(minutes=5)
"""So much a system's clock may be ahead of ours."""


class ReportedEvent(NamedTuple):
    """A change, as one line tells it."""

    kind: ChangeKind
    at: datetime
    says: str
    """The line without its time."""
    old: str
    new: str
    has_failed: bool


def change_in(line: str, now: datetime) -> ReportedEvent | None:
    """Read a line; None where it tells of no change, or not when. A time without its date is the last such time."""
    stamped = told_at(line, now)
    if stamped is None:
        return None
    at, says = stamped
    kind = kind_of(says)
    if kind is None:
        return None
    between = FROM_TO.search(says)
    old, new = (between["old"], between["new"]) if between else ("", "")
    return ReportedEvent(kind, at, says, old, new, bool(TROUBLE.search(says)))


def told_at(line: str, now: datetime) -> tuple[datetime, str] | None:
    """When a line says that something happened, and what; None where it says not when, or names a time to come."""
    stamped = STAMP.fullmatch(line)
    at = _moment(stamped, now) if stamped else None
    return None if stamped is None or at is None else (at, stamped["says"].strip())


def kind_of(says: str) -> ChangeKind | None:
    """The kind of change that a text tells of; None where it tells of none."""
    kind = _subject(says)
    if TROUBLE.search(says) and kind not in SURVIVES_TROUBLE:
        return None
    if FROM_TO.search(says):
        return kind or "configuration"
    if MADE.search(says):
        return kind or "other"
    return kind if WENT_ON.search(says) or kind == "migration" else None


def _subject(says: str) -> ChangeKind | None:
    for kind, words in SUBJECTS:
        if re.search(words, says, re.IGNORECASE):
            return kind
    return None


def _moment(stamped: re.Match[str], now: datetime) -> datetime | None:
    zone = (stamped["zone"] or "Z").replace("Z", "+00:00")
    date = stamped["date"] or f"{now.astimezone(UTC):%Y-%m-%d}"
    try:
        at = datetime.fromisoformat(f"{date}T{stamped['time'].rjust(5, '0')}{zone}")
    except ValueError:
        return None
    if stamped["date"] is None and at > now + SKEW:
        at -= timedelta(days=1)
    return at if at <= now + SKEW else None
