"""Severities: what a sender's own word for it comes to. A hint only; when in doubt the higher one."""

import re
from collections.abc import Mapping
from typing import Literal

from api.intake.parsing.status_words import plain

Hint = Literal["", "P1", "P2", "P3"]

WORDS: dict[str, Hint] = {
    **dict.fromkeys(("critical", "crit", "fatal", "emergency", "disaster", "page", "highest", "blocker"), "P1"),
    **dict.fromkeys(("p0", "p1", "sev0", "sev1", "s1", "availability", "down", "outage", "urgent"), "P1"),
    **dict.fromkeys(("high", "error", "major", "average", "warning", "warn", "moderate", "medium"), "P2"),
    **dict.fromkeys(("p2", "p3", "sev2", "s2", "performance", "resource", "resourcecontention", "trouble"), "P2"),
    **dict.fromkeys(("low", "lowest", "minor", "info", "informational", "information", "notice", "debug"), "P3"),
    **dict.fromkeys(("p4", "p5", "sev3", "sev4", "s3", "s4", "verbose", "notclassified", "custominfo"), "P3"),
}
"""Never P0: that takes a sign from customers. Numbers mean something else with each sender: they are in its table."""


LONGEST_WORD = 40
PART = re.compile(r"[a-z]+[0-9]*")
"""Of a severity in several words, such as `1 - Critical`."""


def hint(native: str, levels: Mapping[str, Hint]) -> Hint:
    """What a sender's word comes to; empty where it says nothing."""
    word = plain(native)
    if word in levels or word in WORDS or len(native) > LONGEST_WORD:
        return levels.get(word, WORDS.get(word, ""))
    parts: list[Hint] = [WORDS[part] for part in PART.findall(native.lower()) if part in WORDS]
    return parts[0] if parts else ""
