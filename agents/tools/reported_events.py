"""Reported events: which lines among a system's events tell of a change, of what kind and when."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from agents.readings.history import ChangeKind

STAMP = re.compile(
    r"\s*(?P<date>\d{4}-\d{2}-\d{2})?[T ]?(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r"(?:(?P<zone>Z|[+-]\d{2}:?\d{2})| ?UTC)?\s+(?P<says>\S.*)",
    re.DOTALL,
)
"""A time, with its date or without, and what happened then. Without a zone it is UTC."""
VALUE = r"[\w.%/:+-]{1,60}(?: (?:%|[kMGT]i?B|ms|s|min|h|d)(?!\w))?"
FROM_TO = re.compile(
    rf"\bfrom (?P<old>{VALUE}) to (?P<new>{VALUE})|(?P<was>{VALUE}) ?(?:->|=>|\u2192) ?(?P<then>{VALUE})"
)
"""A setting before and after: “from 24 to 96”, or “24 -> 96”."""
TURNED = re.compile(
    r"\b(?:to|at) \d[\d.,]* ?%"
    r"|\b(?:expires?|keep|kept|retain|deleted?|dropped?|evict)\b.{0,60}\b(?:after|for) \d",
    re.IGNORECASE,
)
"""A share that something was turned to, or a rule of how long something is kept: a setting, and no fault."""
OWN_TIME = re.compile(
    r"\b(?:to be|will be|ends?|expires?|valid|effective|takes effect)\b[^.;]{0,40}?\b(?:at|from|until|on|of)"
    r" (?:(?P<date>\d{4}-\d{2}-\d{2})[T ])?(?P<time>\d{1,2}:\d{2})(?!\d)",
    re.IGNORECASE,
)
"""When a change that is told of beforehand takes effect."""
ROUTINE = re.compile(
    r"\bgarbage collect|\blog ?rotat|\blogs? rotated|\bvacuum|\bautovacuum|\bheartbeat|\blease renewed|\bcompaction"
    r"|\bcheckpoint|\bhealth ?check (?:passed|ok)"
    r"|\b(?:backup|snapshot)s?\b.*\b(?:finished|completed|created|done|taken|ok)\b"
    r"|\b(?:hourly|daily|nightly|weekly|monthly)\b.*\b(?:mail|report|digest|statistics)\b",
    re.IGNORECASE,
)
"""What systems do by themselves all the time; a change of its settings is none of it."""
RESET = re.compile(r"\b(?:changed|set|switched|enabled|disabled|turned|moved|replaced|removed|paused)\b", re.IGNORECASE)
WATCHED = re.compile(r"\S+: [A-Z][A-Za-z]+: |(?:restart|exit|start|crash|killed): ")
"""How systems begin a line about what befell a process that they watch."""
TROUBLE = re.compile(
    r"fail(?!ed over|over)|cannot|could not|unable|expire|timed out|refus|unhealthy|back-?off|\boom|kill(?! switch)"
    r"|evict|not found|unreach|stopped|\bprobe|denied|\berrors?\b|exceed|unavailable|\bnot ready\b|\bis gone\b"
    r"|% full\b",
    re.IGNORECASE,
)
"""What goes wrong is a sign of a fault, and no change that somebody made."""
PLANNED = re.compile(r"\bplanned\b|\bscheduled:|\bwill (?:be|begin|start|end)\b|\bscheduled for\b", re.IGNORECASE)
DONE = re.compile(r"\b(?:run|begun|began|started|finished|completed|done)\b", re.IGNORECASE)
"""What is planned has not been made, unless the line says that it has begun."""
SUBJECTS: tuple[tuple[ChangeKind, str], ...] = (
    ("flag", r"\bflags?\b|\btoggles?\b|\bkill switch\b|\bexperiment\b"),
    (
        "certificate",
        r"\bcert(?:ificate)?s?\b|\btls\b|\bca bundle\b|\btrust ?store\b|\bfullchain\b|\bacme\b|\bintermediate ca\b",
    ),
    (
        "secret",
        r"\b(?:secret|password|credential|token|passphrase|jwks)s?\b"
        r"|\bkeys?\b(?=.*\b(?:renewed|rotated|replaced|revoked|created|deleted|rolled|turned|generation)\b)",
    ),
    (
        "migration",
        r"(?<!live )\bmigrations?\b|\bmigrated\b|\bschema\b|\bbackfill|\breindex|\balter table\b|\bgh-ost\b|\bpt-online"
        r"|\bflyway\b|\bliquibase\b|\balembic\b|\bcolumns?\b|\d rows\b|\bindex on\b"
        r"|\bindex\b.*\b(?:dropped|built|created|rebuilt)\b",
    ),
    (
        "scaling",
        r"\breplicas? (?:from|set|raised|lowered|\d+ ?->)|\bscal(?:ed|ing)\b|\bresized\b|\bautoscal|\bhpa\b"
        r"|\b(?:memory|cpu) (?:limit|request)\b|\bmaxmemory\b|\bwarm pool\b",
    ),
    (
        "release",
        r"\bdeploy(?! freeze)|\bhotfix\b|\bhelm upgrade\b|\breleased?\b|\brolled (?:out|back)\b|\brollout\b|\bcanary\b",
    ),
    (
        "maintenance",
        r"\b(?:nodes?|hosts?|machines?|brokers?|routers?|replicas?|disks?|racks?|instances?|pools?|images?|gateways?)\b"
        r".*\b(?:replaced|moved|rebooted|drained|rebuilt|removed|patched|upgraded|updated|recycled|paused|restarted"
        r"|live migration)\b",
    ),
    (
        "configuration",
        r"\bconfig|\bterraform\b|\bansible\b|\bsettings?\b|\bparameters?\b|\blimits?\b|\btime-?outs?\b|\bpool\b|\blevel\b|\bpolicy\b|\brules?\b"
        r"|\blifecycle\b|\bretention\b|\bthreshold\b|\bfirewall\b|\broutes?\b|\bdnssec\b|\bdns\b|\bttl\b"
        r"|\bset (?:from|to)\b",
    ),
    (
        "maintenance",
        r"\bmaintenance\b|\bpatched\b|\brebooted\b|\bupgraded\b|\bnodes?\b|\bdrained\b|\bmachines?\b|\brouters?\b"
        r"|\bbackbone\b|\bkernel\b|\bfirmware\b|\brebuilt\b|\bhardware\b|\bcontroller\b|\blink\b|\bhost fault\b",
    ),
    (
        "operator",
        r"\boperator\b|\bby hand\b|\bmanually\b|\brestarted\b|\bfail(?:ed )?-?over\b|\bswitch-?over\b|\bsession\b"
        r"|\bcommand\b|\bbulk\b|\bpromoted\b|\bprimary\b",
    ),
)
"""The kind of change, and the words that a line about one has. The first that fits is taken, which is a guess."""
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
    """Read a line; None where it tells of no change, or not when. A time without its date is the last such time.

    A change that says when it takes effect counts from then on, once that has come.
    """
    stamped = told_at(line, now)
    if stamped is None:
        return None
    at, says = stamped
    kind = kind_of(says)
    if kind is None:
        return None
    between = FROM_TO.search(says)
    old, new = (between["old"] or between["was"], between["new"] or between["then"]) if between else ("", "")
    has_failed = bool(TROUBLE.search(says)) and kind in SURVIVES_TROUBLE
    return ReportedEvent(kind, _takes_effect(says, at, now), says, old, new, has_failed)


def told_at(line: str, now: datetime) -> tuple[datetime, str] | None:
    """When a line says that something happened, and what; None where it says not when, or names a time to come."""
    stamped = STAMP.fullmatch(line)
    at = _moment(stamped, now) if stamped else None
    return None if stamped is None or at is None else (at, stamped["says"].strip())


def kind_of(says: str) -> ChangeKind | None:
    """The kind of change that a text tells of; None where it tells of routine, of a fault, or of a plan."""
    kind, is_turned = _subject(says), bool(FROM_TO.search(says) or TURNED.search(says))
    if WATCHED.match(says) or (ROUTINE.search(says) and not (is_turned or RESET.search(says))):
        return None
    if PLANNED.search(says) and not DONE.search(says):
        return kind if OWN_TIME.search(says) else None
    if TROUBLE.search(says) and not (is_turned or kind in SURVIVES_TROUBLE or OWN_TIME.search(says)):
        return None
    return kind or ("configuration" if is_turned else "other")


def _takes_effect(says: str, at: datetime, now: datetime) -> datetime:
    """The time that a change names for itself, where that has come; else the time at which it was told."""
    own = OWN_TIME.search(says)
    if own is None:
        return at
    date = own["date"] or f"{at:%Y-%m-%d}"
    try:
        effect = datetime.fromisoformat(f"{date}T{own['time'].rjust(5, '0')}+00:00")
    except ValueError:
        return at
    if own["date"] is None and effect < at:
        effect += timedelta(days=1)
    return effect if at <= effect <= now + SKEW else at


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
