"""Change ties: the words, names, values and subjects that the record of a change shares with what is read of a failure.

Such a tie is a mechanism; that a change came just before is none.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from agents.rules.diagnosis.log_classes import class_of
from agents.tools.reported_events import FROM_TO

WORD = re.compile(r"[a-z][a-z0-9]{3,}|v\d+")
ENDINGS = re.compile(r"(?:ings?|ed|es|s|ies)$")
TOO_COMMON = re.compile(
    r"added|after|answer|answered|been|before|began|begun|call|called|calls|change|changed|client|clients|"
    r"connection|connections|count|customer|customers|data|done|down|error|errors|every|everybody|fail|failed|failing|"
    r"fails|file|files|finished|from|have|host|hosts|hour|hours|instance|instances|into|less|limit|line|lines|lowered|"
    r"machine|machines|message|minute|minutes|more|moved|name|names|node|nodes|only|other|over|planned|prod|"
    r"production|pushed|raised|read|record|records|refused|release|removed|renewed|replaced|replica|replicas|request|"
    r"requests|response|rows|second|seconds|server|service|services|some|started|state|switched|such|"
    r"than|that|their|them|then|they|this|time|timed|timeout|times|turned|type|unknown|updated|user|users|usual|value|"
    r"values|version|were|when|where|which|while|will|with|without|write"
)
"""Words that a line and a record share without having anything to do with one another."""
NAME = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
QUANTITY = re.compile(r"\d[\d.,_]*(?:[kmgt]i?b?|ms|s|min|h|d|x|st|nd|rd|th)?", re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d{2}")
ADDRESS = re.compile(r"\d+(?:\.\d+){2,}(?:-\d+)?")
TECHNICAL = re.compile(
    r"[1-5]xx|p\d\d|h[23]|http[123s]?|http-\d+|ipv[46]|utf-?8|sha-?\d+|md5|x509|base64|oauth2|s3|ec2|k8s|e2e|i18n|l[47]"
    r"|tls1\.\d|tlsv1\.\d|v[1-4]|ip6|dns64|sslv3|mysql2|log4j2?|web2|int(?:32|64)",
    re.IGNORECASE,
)
"""Names of techniques, which tell no two things apart."""
NUMBER = re.compile(r"(?<![\w.-])(?P<number>\d+(?:\.\d+)?) ?(?P<unit>ms|s|min|h|d|k|[KMG]i?B)?(?![\w.-])")
FOR_SO_LONG = re.compile(r"\b(?:for|after|to) (?P<new>\d+(?:\.\d+)?(?: ?(?:ms|s|min|h|d|k|[KMG]i?B))?)(?![\w.%]| %)")
UNITS = {
    "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
    "k": 1000, "KB": 1000, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip
LEAST = 10
"""A smaller number stands in too many lines."""
STATUSES = range(400, 600)


class Subject(NamedTuple):
    """Something that a change can be about, whose fault lines of some classes show."""

    name: str
    change: re.Pattern[str]
    classes: tuple[str, ...]


def _subject(name: str, change: str, *classes: str) -> Subject:
    return Subject(name, re.compile(change, re.IGNORECASE), classes)


SUBJECTS = (
    _subject("certificates", r"\bcert(?:ificate)?s?\b|fullchain|\bacme\b|trust ?store|\bca bundle\b", "certificate"),
    _subject(
        "credentials",
        r"\b(?:secret|password|credential|token|key)s?\b|\bgrants?\b|\brole\b|\bpermission",
        "credentials",
    ),
    _subject("names", r"\bdns|\bresolver|\bzone\b.*\brecords?\b|\bnameserver|\bdelegation\b", "name resolution"),
    _subject("connections", r"\bpool\b|max_?open|\bconnections?\b|max_?conn", "connections"),
    _subject(
        "which copy of the database takes writes",
        r"\bfail(?:ed)?[- ]?over\b|\bswitch-?over\b|\bpromoted\b|\bprimary\b|\bwriter\b|\bread[- ]only\b",
        "read-only copy",
    ),
    _subject("the columns of tables", r"\bmigrat|\bschema\b|\bcolumns?\b|\bgh-ost\b|\bcut-?over\b", "schema"),
    _subject(
        "the network",
        r"\bfirewall|\brout(?:e|ers?|ing)\b|\bbackbone\b|\bbgp\b|\begress\b|\bnat\b|\bsecurity groups?\b|\blink\b",
        "network",
    ),
    _subject("a limit", r"\blimits?\b|\bquotas?\b|\bbudget\b", "quota", "room"),
    _subject("disks", r"\bdisks?\b|\bvolumes?\b|\bretention\b|\bstorage\b", "disk"),
    _subject("memory", r"\bmemory\b|\bheap\b|\bmaxmemory\b", "memory"),
)


class Tie(NamedTuple):
    """What a change and a line have in common."""

    marks: list[str]
    """Words, names and values that both hold."""
    is_named: bool
    """A name or a value is among them: what was changed is what fails."""
    subject: str
    """What both are about, where the marks are none."""


def tie(words: str, line: str, known: Iterable[str]) -> Tie | None:
    """What ties the record of a change to a line; None where nothing does. `known`: marks that tie nothing."""
    plain = set(known)
    names = [mark for mark in [*shared_names(words, line), *shared_values(words, line)] if mark not in plain]
    shared = [word for word in shared_words(words, [line]) if word not in plain]
    marks = list(dict.fromkeys([*names, *shared]))
    about = next((s.name for s in SUBJECTS if class_of(line).name in s.classes and s.change.search(words)), "")
    return Tie(marks, bool(names), about) if marks or about else None


def shared_words(words: str, lines: Iterable[str]) -> list[str]:
    """What the record of a change and error lines both name, apart from what any line might."""
    own = _stems(words)
    return sorted({stem for line in lines for stem in _stems(line)} & own)


def shared_names(words: str, line: str) -> list[str]:
    """Names that stand in both: of a column, a key, a host, a region, a version."""
    return sorted(_names(words) & _names(line))


def shared_values(words: str, line: str) -> list[str]:
    """Values that a change has set and that stand in the line: a signature keeps only what is the same in each line."""
    told = [found["new"] or found["then"] for found in FROM_TO.finditer(words)]
    told += [found["new"] for found in FOR_SO_LONG.finditer(words)]
    seen = {amount for found in NUMBER.finditer(line) if not _is_status(found) for amount in _amounts(found)}
    return sorted({value for value in told for found in NUMBER.finditer(value) if seen & _amounts(found)})


def _names(text: str) -> set[str]:
    tokens = {part for token in NAME.findall(text) for part in (token, *token.split("."))}
    return {token.lower() for token in tokens if _is_name(token)}


def _is_name(token: str) -> bool:
    if len(token) < 2 or TECHNICAL.fullmatch(token) or QUANTITY.fullmatch(token) or DATE.match(token):
        return bool(ADDRESS.fullmatch(token))
    has_letter, has_digit = any(c.isalpha() for c in token), any(c.isdigit() for c in token)
    return (has_letter and has_digit) or ("_" in token and has_letter)


def _is_status(found: re.Match[str]) -> bool:
    return not found["unit"] and "." not in found["number"] and int(found["number"]) in STATUSES


def _amounts(found: re.Match[str]) -> set[float]:
    """A number as it stands, and in its smallest unit: 20 s are 20000 ms."""
    number = float(found["number"])
    return {amount for amount in (number, number * UNITS.get(found["unit"] or "", 1)) if amount >= LEAST}


def _stems(text: str) -> set[str]:
    found = {word for word in WORD.findall(text.lower()) if not TOO_COMMON.fullmatch(word)}
    return {ENDINGS.sub("", word) if len(word) > 5 else word for word in found}
