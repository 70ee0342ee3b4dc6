"""Keys: what tells an alert apart from all others, and stays the same when it is resolved.

The sender's own key, the id of what happened, the id of what is watched with the thing that it is about; where there
is none of them, all that does not change from one message to the next.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

from api.intake.parsing import reading
from api.intake.parsing.severities import WORDS as SEVERITY_WORDS
from api.intake.parsing.status_words import STATUS_WORDS, is_envelope_word, plain, status_in, subject_of
from api.intake.parsing.views import EVENTS, Found, View, Views, best, text_of

OF_A_RULE = ("alertid", "instanceid", "groupid")
"""Ids that may name one alert of a rule only."""
KEYS = (
    *("dedupkey", "deduplicationkey", "dedupid", "deduplicationid", "fingerprint", "alias", "incidentkey"),
    *(
        "alertkey",
        "alertcorrelationid",
        "aggregkey",
        "aggregationkey",
        "correlationkey",
        "entityid",
        "alarmarn",
        "messagekey",
    ),
)
"""What senders call a key that is meant for this."""
EVENT_IDS = (
    *("incidentid", "problemid", "pid", "issueid", "alertid", "alertuid", "alarmid", "episodeid", "ticketid"),
    *("alertinstanceid", "instanceid", "incidentnumber", "problemkey", "groupid", "errorid", "faultid", "findingid"),
    *("alertgroupid", "issuekey", "incidentuid", "sysid", "eventidentifier"),
)
"""The id of what happened."""
THING_IDS = (
    *(
        "monitorid",
        "checkid",
        "ruleid",
        "triggerid",
        "detectorid",
        "conditionid",
        "healthcheckid",
        "alertruleid",
        "testid",
    ),
    *("monitoruuid", "checkuuid", "slo", "sloid", "checkslug", "monitorslug", "ruleuid", "sensorid", "websiteid"),
)
"""The id of what is watched, or of the rule: another host is another alert."""
OWN_IDS = (
    *("id", "uuid", "guid", "uid", "key", "number", "iid", "slug", "code", "reference", "shortid", "arn", "publicid"),
)
"""What an object calls its own id."""
DIMENSIONS = (
    *("host", "hostname", "instance", "scope", "group", "groupkey", "groupvalues", "node", "pod", "device", "entity"),
    *("alertscope", "dimension", "resourceid", "mount", "queue", "tenant", "alertinstance", "servicename", "target"),
)
DELIVERY_IDS = ("deliveryid", "eventid", "messageid", "notificationid", "webhookid", "requestid")
VOLATILE = (
    *("status", "state", "action", "transition", "time", "date", "stamp", "duration", "count", "value", "level"),
    *("severity", "priority", "urgency", "output", "color", "colour", "icon", "emoji", "sequence", "attempt", "retry"),
    *("token", "signature", "nonce", "ack", "assignee", "actor", "user", "author", "comment", "history", "changes"),
    *("updates", "timeline", "evalmatches", "annotations", "version", "threshold", "percent", "usage", "latency"),
    *("elapsed", "age", "since", "until", "seen", "previous", "condition", "conclusion", "html", "image", "phase"),
    *("cause", "metadata", "snapshot", "summaryhtml", "certurl", "impact", "health", "sendergenerated", "uptime"),
    *("resultid", "runid", "outcome", "resolution", "reply", "subscribe", "performance", "attachments", "revision"),
)
"""What stands in such a name changes from one message to the next."""
VOLATILE_NAMES = frozenset(DELIVERY_IDS) | {
    *("event", "type", "eventtype", "kind", "at", "on", "end", "start", "from", "to", "now", "old", "new", "last"),
    *("traceid", "spanid", "correlationid", "conversationid", "eventname", "alerttype", "messagetype", "hook", "test"),
    *("body", "content", "details", "success", "up", "down", "closed", "open", "resolved", "firing", "active", "ok"),
    *("created", "updated", "timeout", "lastupdated", "org", "sentby", "links", "ended", "started", "duration", "ping"),
}
SENTENCES = ("message", "msg", "text", "description", "detail", "reason", "error", "note", "longdescription", "info")
"""Where such a field holds a sentence, what it says changes; a single word in it, such as BackOff, does not."""
LINKED = ("url", "link", "permalink", "uri", "href")
TARGETS = frozenset({"url", "uri", "targeturl", "monitorurl", "monitoredurl", "checkurl", "endpointurl", "siteurl"})
"""Addresses of what is watched, more likely than those of the alert's own page."""
MADE = "made of "
"""So the place of a key begins that no field holds."""
LONGEST_KEY, LONGEST_PART, MOST_PARTS = 250, 200, 60
IS_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?\s*%?")
COUNTED = re.compile(r"(?:id|number|no|port|shard|partition|queue|zone|index|tenant|key)$")
FLAGGED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
NO_IDS = ("event", "source", "context", "metadata", "annotations", "commonannotations", "attachments", "embeds")
"""Envelopes whose id is that of a message."""
NAMED_IN_METADATA = ("name", "namespace")


def key_of(views: Views, title: str = "") -> Found:
    """The key of the alert in a body."""
    return _named(views) or _numbered(views) or _digest(views, title)


def _named(views: Views) -> Found | None:
    """A key that is meant to be one, or the id of what happened, with that of its rule where both are there."""
    thing = best(views.outside_in, THING_IDS)
    found = best(views.outside_in, KEYS) or best(views.outside_in, EVENT_IDS) or _own_id(views.events)
    if found and thing and plain(found.place).endswith(OF_A_RULE):
        return Found(f"{thing.text}/{found.text}", f"{thing.place}, {found.place}")
    if found:
        return found
    return _with_dimensions(thing, views) if thing else None


def _numbered(views: Views) -> Found | None:
    """An object's own id: of an envelope, of the body unless that is only a message, of what is watched."""
    outer = [] if _is_message(views) else views.outermost
    found = _own_id([view for view in views.wrappers if view.name not in NO_IDS])
    found = found or _own_id(outer)
    if found:
        return found
    thing = _own_id(views.things)
    return _with_dimensions(thing, views) if thing else None


def _own_id(views: list[View]) -> Found | None:
    found = (text_of(view, name) for view in views for name in OWN_IDS if name not in ("key", "code") or view.depth)
    return next((own for own in found if own and _is_id(own.text)), None)


def _is_id(text: str) -> bool:
    return len(text) <= LONGEST_PART and not is_envelope_word(text)


def _is_message(views: Views) -> bool:
    """Whether the id of a body names the message: it says of which type it is, and holds another object."""
    names = {name for view in views.outermost for name in view.fields}
    says_type = not names.isdisjoint({"specversion", "detailtype", "eventtype", "event", "webhookevent"})
    return bool(says_type or ("type" in names and views.wrappers)) and "status" not in names and "state" not in names


def _with_dimensions(found: Found, views: Views) -> Found:
    parts = [said for name in DIMENSIONS if (said := best(views.outside_in, (name,)))]
    texts = list(dict.fromkeys(part.text for part in parts if part.text != found.text))
    place = ", ".join([found.place, *(part.place for part in parts)])
    return Found("/".join([found.text, *texts])[:LONGEST_KEY], place)


def _digest(views: Views, title: str) -> Found:
    """All that does not change: short and in plain words where that fits, as a hash where it does not."""
    named = {("title", subject_of(title) or title)} if title else set[tuple[str, str]]()
    found = sorted(set(_parts(views.told)))[:MOST_PARTS]
    said = {content for _, content in found}
    parts = sorted({*found, *(part for part in named if part[1] not in said)})
    text = ",".join(f"{name}={content}" for name, content in parts)
    if len(text) > LONGEST_KEY:
        text = hashlib.sha256(text.encode()).hexdigest()[:32]
    return Found(text, f"{MADE}{', '.join(dict.fromkeys(name for name, _ in parts)) or 'the title'}"[:LONGEST_KEY])


def labels_key(labels: dict[str, str]) -> str:
    """The key of an alert that is known by its labels alone."""
    text = ",".join(f"{name}={content}" for name, content in sorted(labels.items()))
    return text if len(text) <= LONGEST_KEY else hashlib.sha256(text.encode()).hexdigest()[:32]


def _parts(told: Any) -> Iterator[tuple[str, str]]:
    """Names and texts that tell the alert apart."""
    level: list[tuple[str, str, Any]] = [("", "", told)]
    seen = 0
    while level and seen < 1_000:
        inner: list[tuple[str, str, Any]] = []
        for path, name, content in level:
            seen += 1
            if isinstance(content, dict):
                inner += _inside(path, cast(dict[str, Any], content))
            elif isinstance(content, list):
                inner += [(path, name, each) for each in cast(list[Any], content)[:50]]
            elif part := _part(name, content):
                yield path, part
        level = inner


def _inside(path: str, fields: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for given, content in list(fields.items())[:500]:
        name = plain(given)
        if name == "metadata" and isinstance(content, dict):
            named = cast(dict[str, Any], content)
            yield from ((f"{path}.{given}.{key}", key, named[key]) for key in NAMED_IN_METADATA if key in named)
        is_message = name in VOLATILE_NAMES and not isinstance(content, dict | list)
        changes = (
            is_message or name.endswith(DELIVERY_IDS) or any(mark in name for mark in VOLATILE if name not in EVENTS)
        )
        if not changes and not (name == "id" and not path):
            yield f"{path}.{given}" if path else given, name, content


def _part(name: str, content: Any) -> str:
    """What a field adds to the key; empty where it may be different next time."""
    if isinstance(content, bool | float) or content is None:
        return ""
    said = reading.text(content)
    if not said or FLAGGED.search(said[:40]) or plain(said) in STATUS_WORDS or plain(said) in SEVERITY_WORDS:
        return ""
    if IS_NUMBER.fullmatch(said):
        return said if COUNTED.search(name) else ""
    if said.startswith(("http://", "https://")):
        return _address(name, said)
    if " " in said:
        return "" if name.startswith(SENTENCES) else subject_of(said[:LONGEST_PART])
    return "" if len(said) > LONGEST_PART or status_in(said) else said


def _address(name: str, said: str) -> str:
    if (name.endswith(LINKED) or name.startswith("link")) and name not in TARGETS:
        return ""
    try:
        parts = urlsplit(said)
    except ValueError:
        return ""
    return f"{parts.netloc}{parts.path}" if not name.startswith("url") else parts.netloc
