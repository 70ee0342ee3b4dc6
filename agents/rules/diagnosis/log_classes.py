"""Log classes: what an error line speaks of, what that means, and who or what mends it."""

import re
from typing import Literal, NamedTuple

Group = Literal["damage", "platform", "elsewhere", "code", "other"]


class LogClass(NamedTuple):
    """One kind of error line."""

    name: str
    group: Group
    """Damaged data, what the component runs on, another system, our own code, or nothing that says anything."""
    words: re.Pattern[str]
    means: str = ""
    """What fails, after the component's name."""
    remedy: str = ""
    """What mends it, where no change that is declared for a service does."""


def _class(name: str, group: Group, words: str, means: str = "", remedy: str = "") -> LogClass:
    return LogClass(name, group, re.compile(words, re.IGNORECASE), means, remedy)


CLASSES = (
    _class("damage", "damage", r"corrupt|checksum|invalid page|integrity|data loss|inconsisten|torn page"),
    _class(
        "certificate",
        "platform",
        r"x509|certificate|\b(ssl|tls)\b.*(handshake|expired|verif|fail|error|alert)|handshake_failure|unknown ca\b",
        "its TLS certificates, or those of what it calls, are refused",
        "renew the certificate, or trust the authority that signed it",
    ),
    _class(
        "name resolution",
        "platform",
        r"no such host|name resolution|nxdomain|servfail|getaddrinfo|enotfound|eai_again|unknown ?host"
        r"|(could not|cannot|failed to|unable to) resolve|name or service not known|\bdns\b.*(fail|error|time)",
        "names of other systems are not resolved",
        "put right the name or the DNS that does not answer for it",
    ),
    _class(
        "credentials",
        "platform",
        r"authentication failed|access denied for user|login failed|wrongpass|noauth"
        r"|invalid (credentials?|password|api key|client secret|access key|signature)"
        r"|(token|credentials?|secret|key) (has |have |is |are )?(expired|revoked)"
        r"|expired(token| token| credential)|\b401\b|unauthorized|unauthenticated|permission denied"
        r"|could not authenticate|signature ?does ?not ?match",
        "its credentials are refused",
        "put the right credential back, or let it be issued anew",
    ),
    _class(
        "scheduling",
        "platform",
        r"evicted|errimage|imagepull|failedscheduling|insufficient (cpu|memory)|unschedulable"
        r"|\bpending\b.*\b(nodes?|quota)\b|nodes? (fit|are available)|could not be placed",
        "its replicas are not placed on a machine",
    ),
    _class(
        "quota",
        "platform",
        r"quota|throttl|limit exceeded|limitexceeded",
        "it is over a limit that it has been given",
        "raise the limit, or call less",
    ),
    _class(
        "connections",
        "platform",
        r"too many (connections|clients|open files)|remaining connection|pool (is )?(empty|timeout|exhaust)"
        r"|no (free|idle|available|more) connections?|no connections? (left|available|free)"
        r"|connection is not available|queuepool|(connection|thread|worker)s? .*exhaust|emfile",
        "it has run out of connections",
    ),
    _class(
        "locks",
        "platform",
        r"lock wait|lock timeout|waiting for .*lock|could not obtain lock|canceling statement due to lock",
        "it waits for locks that another session holds",
    ),
    _class("disk", "platform", r"no space|disk full|volume .*full|enospc|read-only file", "its disk is full"),
    _class(
        "memory",
        "platform",
        r"out of memory|\boom|memory limit|heap space|cannot allocate memory",
        "it is out of memory",
    ),
    _class("room", "platform", r"queue (is )?full|too many|exhaust|rejected", "it has no room left"),
    _class(
        "another system",
        "elsewhere",
        r"tim(ed|e) ?-?out|deadline|refused|unreachable|unavailable|upstream|reset by|econn|bad gateway|circuit"
        r"|no route|\b(429|50[0-4])\b|rate limit|does not answer|aborted by the client"
        r"|\b(call|request|query|command|publish|write|read)\w* (to|on|from|of) .*(fail|answered)",
    ),
    _class(
        "code",
        "code",
        r"exception|error\b|traceback|panic|null|undefined|\bnone\b|\bnan\b|assert|index|cannot|invalid|unexpected"
        r"|division|overflow|recursion|attribute|deadlock|pars(e|ing)|migration|constraint|segfault|segmentation"
        r"|not a function|mismatch|unhandled|uncaught| at \S+:(\d+|<n>)",
    ),
)
"""In this order: the first whose words a line has is its class."""
OTHER = LogClass("other", "other", re.compile(r"(?!)"))


def class_of(line: str) -> LogClass:
    """What a log line speaks of. A line that no words fit says nothing for any cause."""
    return next((known for known in CLASSES if known.words.search(line)), OTHER)


def meaning(line: str) -> Group:
    """The group of a log line's class."""
    return class_of(line).group
