"""Status words: what senders call a status, alone, inside the name of an event, or in front of a title."""

import itertools
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from agents.runtime.briefing import AlertStatus

Words = Mapping[str, AlertStatus]

FIRING = (
    *("firing", "alerting", "alert", "alarm", "inalarm", "trigger", "triggered", "retriggered", "fired", "raised"),
    *("active", "activated", "open", "opened", "reopen", "reopened", "new", "created", "create", "started", "begin"),
    *("down", "problem", "failing", "failed", "fail", "failure", "error", "errored", "errors", "critical", "warning"),
    *("warn", "degraded", "trouble", "unresolved", "renotify", "ongoing", "detected", "unhealthy", "unreachable"),
    *("breached", "breach", "violated", "anomalous", "abnormal", "crashed", "crash", "outage", "offline", "late"),
    *("investigating", "identified", "monitoring", "verifying", "inprogress", "live", "triage", "fixing", "reminder"),
    *("majoroutage", "partialoutage", "degradedperformance", "majorissue", "minorissue", "issue", "reactivated"),
    *("triggering", "flapping", "timeout", "timedout", "exceeded", "burning", "broken", "unavailable", "declared"),
    *("stillfailing", "interrupted", "impaired", "unacknowledged", "escalated", "regressed", "regression"),
    *(
        "reappeared",
        "incidentopen",
        "notresponding",
        "todo",
        "unacked",
        "occurred",
        "reoccurred",
        "fatal",
        "emergency",
        "opening",
        "disrupted",
        "stale",
        "red",
    ),
)
RESOLVED = (
    *("resolved", "resolve", "resolving", "autoresolved", "ok", "okay", "recovered", "recovery", "recover", "closed"),
    *("close", "up", "inactive", "deactivated", "cleared", "clear", "normal", "success", "successful", "succeeded"),
    *("passing", "passed", "pass", "fixed", "healthy", "ended", "end", "completed", "complete", "expired", "deleted"),
    *("operational", "postmortem", "solved", "done", "finished", "online", "available", "restored", "autoclosed"),
    *(
        "canceled",
        "cancelled",
        "declined",
        "merged",
        "archived",
        "stopped",
        "mitigated",
        "green",
        "good",
        "back",
        "remediated",
    ),
    *("solution", "synced", "reset", "normalized", "terminated", "learning", "postincident", "reporting", "dismissed"),
)
ACKNOWLEDGED = (
    *("acknowledged", "acknowledge", "acknowledgement", "acknowledgment", "acked", "ack", "snoozed", "muted"),
    *("silenced", "suppressed", "assigned"),
)
NO_DATA = ("nodata", "renodata", "insufficientdata", "missing", "nodataavailable", "absent")
CONTROL = ("ping", "test", "scheduled", "undermaintenance", "skipped", "neutral", "subscriptionconfirmation")
STATUS_WORDS: dict[str, AlertStatus] = {
    **dict.fromkeys(FIRING, "firing"),
    **dict.fromkeys(RESOLVED, "resolved"),
    **dict.fromkeys(ACKNOWLEDGED, "acknowledged"),
    **dict.fromkeys(NO_DATA, "no data"),
    **dict.fromkeys(CONTROL, "control"),
}
"""Words that senders share, without spaces and marks."""
BY_WEIGHT: tuple[AlertStatus, ...] = ("resolved", "acknowledged", "no data", "firing")
"""In the name of an event such as `error.resolved` the first of these counts that one of its words means."""
NEGATIONS = frozenset({"not", "no", "never", "without"})
LONGEST_NAME, MOST_TOKENS = 80, 8
"""Of an event: what is longer is a sentence."""
TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
BRACKETED = re.compile(r"\[([^\[\]]{1,60})\]|\(([A-Za-z ]{2,20})\)")
WITH_COUNT = re.compile(r"\s*(?::\s*\d+|\bon \{.*|#\d+)\s*$")
PREFIX = re.compile(r"[^\w\[(]*([A-Za-z][A-Za-z -]{1,24}?)\s*(?:[:|\u2013\u2014]|\s-)\s+(?=\S)")
LEADING = re.compile(r"[^\w\[(]*([A-Z]{2,20})\b(?![:\w-])\s*")
SENTENCE = re.compile(r"\b(?:is|are|was|has|have|been|now|back|again|to|state)\s+([A-Za-z]+)\b")
LAST_WORD = re.compile(
    r"^(?:\S+ ){1,5}(down|up|ok|resolved|recovered|failed|cleared|offline|online)\W*$", re.IGNORECASE
)
MARKS: dict[str, AlertStatus] = {
    **dict.fromkeys("\u2705\U0001f7e2\u2714\U0001f44d\U0001f49a", "resolved"),
    **dict.fromkeys("\U0001f534\U0001f6a8\u274c\U0001f525\u26a0\U0001f7e0\U0001f7e1\u2757\u26d4", "firing"),
}
MEASURED = re.compile(
    r"\b\d\d?:\d\d(?::\d\d)?\b|\d+[.,]\d+\S*|\d+\s?(?:%|[kmgt]i?b\b|m?s\b|sec\w*|min\w*|h\b|hours?\b|x\b)",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+(?:[-_./:@][^\W_]+)*")


class Headline(NamedTuple):
    """A title without the status that stood in it."""

    title: str
    status: AlertStatus | None


def plain(word: str) -> str:
    """A word without case, spaces and marks."""
    return _short_plain(word) if len(word) <= LONGEST_NAME else _plain(word)


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


_short_plain = lru_cache(maxsize=5_000)(_plain)
"""The same words come with every alert."""


def tokens(name: str) -> list[str]:
    """The words of a name such as incident.resolved, alert_fired or AlertFired."""
    return [token.lower() for token in TOKEN.findall(name)]


def status_in(name: str, words: Words = STATUS_WORDS) -> AlertStatus | None:
    """What a status, or the name of an event, says; None where it says none."""
    whole = words.get(plain(name)) or STATUS_WORDS.get(plain(name))
    if whole or len(name) > LONGEST_NAME:
        return whole
    parts = tokens(name)
    if len(parts) > MOST_TOKENS or not NEGATIONS.isdisjoint(parts):
        return None
    pairs = [first + second for first, second in itertools.pairwise(parts)]
    found = {words.get(part) or STATUS_WORDS.get(part) for part in (*parts, *pairs)}
    return next((status for status in BY_WEIGHT if status in found), None)


def headline(title: str) -> Headline:
    """Take the status out of a title: `[FIRING:1] HighErrors`, `Resolved: HighErrors`, `Shop is down`."""
    for pattern in (_in_brackets, _in_front, _leading):
        found = pattern(title)
        if found:
            return found
    words = [*SENTENCE.findall(title), *LAST_WORD.findall(title)]
    said: list[AlertStatus] = [status for word in words if (status := STATUS_WORDS.get(plain(word)))]
    mark: AlertStatus | None = next((MARKS[letter] for letter in title[:3] if letter in MARKS), None)
    return Headline(title, said[-1] if said else mark)


def _in_brackets(title: str) -> Headline | None:
    for found in list(BRACKETED.finditer(title))[:4]:
        word = WITH_COUNT.sub("", found[1] or found[2])
        status = STATUS_WORDS.get(plain(word))
        if status:
            rest = f"{title[: found.start()]} {title[found.end() :]}"
            return Headline(" ".join(rest.split()).strip(" -:|") or title, status)
    return None


def _in_front(title: str) -> Headline | None:
    found = PREFIX.match(title)
    status = STATUS_WORDS.get(plain(found[1])) if found else None
    return Headline(title[found.end() :].strip(), status) if found and status else None


def _leading(title: str) -> Headline | None:
    found = LEADING.match(title)
    status = STATUS_WORDS.get(plain(found[1])) if found else None
    return Headline(title[found.end() :].strip() or title, status) if found and status else None


def is_envelope_word(text: str) -> bool:
    """Whether a text only says what kind of message this is, such as `alert_fired` or `incident.created`."""
    parts = tokens(text)
    is_name = not ENVELOPE_WORDS.isdisjoint(parts) and " " not in text.strip()
    return is_name and all(part in ENVELOPE_WORDS or part.isdecimal() for part in parts)


ENVELOPE_WORDS = frozenset(STATUS_WORDS) | {
    *("event", "events", "incident", "incidents", "notification", "notifications", "webhook", "message", "monitor"),
    *(
        "updated",
        "update",
        "changed",
        "change",
        "state",
        "status",
        "statechange",
        "com",
        "org",
        "io",
        "v",
        "occurrence",
    ),
    *(
        "added",
        "item",
        "case",
        "alerts",
        "transition",
        "published",
        "metric",
        "check",
        "healthcheck",
        "uptime",
        "public",
    ),
}


TURNING = frozenset(
    (
        *("down", "up", "ok", "okay", "resolved", "recovered", "recovery", "firing", "fired", "triggered", "trigger"),
        *("retriggered", "critical", "warning", "problem", "open", "opened", "closed", "failed", "failing", "passed"),
        *("passing", "succeeded", "success", "unhealthy", "healthy", "alert", "alarm", "alerting", "cleared", "normal"),
        *("offline", "online", "unavailable", "available", "active", "inactive", "acknowledged", "acknowledgement"),
        *("started", "ended", "degraded", "reachable", "unreachable", "reopened", "resolve", "fine"),
        *("since", "is", "are", "was", "has", "have", "been", "now", "back", "again"),
    )
)
"""Words in a title that are others when the alert is over."""


def subject_of(title: str) -> str:
    """What a title is about: without the words that change when it is over and what was measured, in lower case."""
    text = MEASURED.sub(" ", headline(title).title)
    kept = (word.lower() for word in WORD.findall(text))
    return " ".join(word for word in kept if plain(word) not in TURNING)
