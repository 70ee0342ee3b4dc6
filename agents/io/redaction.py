"""Redaction: secrets are taken out of text once, before it is written or sent. What cannot be checked is withheld."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from agents.io.outside_text import sanitize, sanitize_json
from agents.io.settings import known_secrets

GONE = "[redacted]"
WITHHELD = "[withheld: it could not be checked for secrets]"
NAMES = "|".join(
    [
        r"pass(?:word|wd|phrase)|pwd|secret|credentials?|authorization|cookie|set-cookie",
        r"token|api[-_ ]?key|connection[-_ ]?string",
        r"(?:access|private|account|signing|encryption|client|routing)[-_ ]?(?:key|secret)",
    ]
)
"""How secrets are called."""
SHAPES = [
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----|[\s\S]*)",
    r"\beyJ[\w-]{8,2000}\.[\w-]{8,}(?:\.[\w-]*)?",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{16,})",
    r"\bxox[a-z]-[\w-]{8,}|hooks\.slack\.com/services/[\w/]+",
    r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[\w-]{16,}|\bwhsec_\w{16,}",
    r"\bwarroom_[0-9a-f]{8}_[\w-]{16,}|\bAIza[\w-]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}",
]
"""What secrets look like by themselves: keys, and the tokens of known givers."""
SHAPED = re.compile("|".join(SHAPES))
IN_ADDRESS = re.compile(r"(?<=://)[^/\s:@\"']*:[^/\s@\"']+(?=@)")
IN_HEADER = re.compile(r"(?i)\b(bearer|basic|digest)\s+[A-Za-z0-9+/=._~-]{8,}")
ASSIGNED = re.compile(
    rf"(?i)(?<![\w.-])([\w.-]*(?:{NAMES}))(\\?[\"']?\s*[:=]\s*\\?[\"']?)(?!\[|<|null\b|none\b)"
    r"([^\s\"',;&<>()\]}\\]{4,})"
)
QUOTED = re.compile(rf"(?i)(\"[\w.-]*(?:{NAMES})\"\s*:\s*\")(?:[^\"\\]|\\.)+")
"""A whole JSON string under such a name."""
SECRET_NAME = re.compile(rf"(?i)^[\w.-]*(?:{NAMES})$")


NUMBERS = frozenset({int, float, type(None)})
"""What hides no secret: a whole series is passed at once."""
SHORT = 200
"""Characters; texts up to here come again and again, above all names."""


def redacted(text: str) -> str:
    """The text, harmless and without its secrets; withheld as a whole where that cannot be told."""
    return without_secrets(sanitize(text))  # in this order: what nobody sees would hide a secret


def without_secrets(text: str) -> str:
    """The text letter by letter, but for its secrets; withheld as a whole where that cannot be told."""
    try:
        return (_without if len(text) <= SHORT else _without.__wrapped__)(text, known_secrets())
    except (re.error, RecursionError, MemoryError, TypeError, ValueError):
        return WITHHELD


@lru_cache(maxsize=20_000)
def _without(text: str, secrets: tuple[str, ...]) -> str:
    for known in secrets:
        text = text.replace(known, GONE)
    text = IN_ADDRESS.sub(GONE, SHAPED.sub(GONE, QUOTED.sub(rf"\1{GONE}", text)))
    return ASSIGNED.sub(rf"\1\2{GONE}", IN_HEADER.sub(rf"\1 {GONE}", text))


def cleaned(value: Any, name: str = "") -> Any:
    """A plain value without the secrets in its texts and under names of secrets."""
    match value:
        case str():
            return GONE if value and SECRET_NAME.match(name) else redacted(value)
        case int() | float() | None:
            return value
        case dict():
            fields = cast(dict[Any, Any], value)
            return {redacted(str(key)): cleaned(entry, str(key)) for key, entry in fields.items()}
        case list() | tuple():
            entries = cast(list[Any], value)
            return list(entries) if NUMBERS.issuperset(map(type, entries)) else [cleaned(e, name) for e in entries]
        case _:
            return value


def written(payload: Mapping[str, Any]) -> str:
    """A payload as JSON without its secrets; what cannot be checked is withheld."""
    try:
        return json.dumps(cleaned(sanitize_json(payload)))
    except (RecursionError, TypeError, ValueError):
        return json.dumps({"withheld": WITHHELD})
