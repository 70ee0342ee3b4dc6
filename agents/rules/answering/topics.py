"""Topics: what a person's question is about, which role answers it, and the time and services that it names."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from agents.runtime.briefing import Briefing

Topic = Literal["next update", "public", "waiting", "done", "cause", "who", "changes", "service", "impact"]
ROLES: dict[Topic, str] = {
    "next update": "support_responder",
    "public": "support_responder",
    "waiting": "project_shepherd",
    "done": "devops_automator",
    "cause": "backend_architect",
    "who": "project_shepherd",
    "changes": "devops_automator",
    "service": "infrastructure_maintainer",
    "impact": "infrastructure_maintainer",
}
OTHERWISE = "infrastructure_maintainer"
"""Answers what fits no topic: it sees the whole of production."""
STATE = (
    r"\b(?:hit|affected|impacted|hurt|down|up|slow|broken|ok|okay|fine|healthy|well|working|works?|failing|fails?"
    r"|errors?|damaged?|doing|recovered|back|normal)\b"
)
AT_WORK = (
    r"(?:on (?:it|this|call|duty)|in charge|in command|involved|active|responsible|responding|helping|looking|here"
    r"|leading|leads|commanding|commands|handling|handles|working|works|dealing|investigating|acting|taking part"
    r"|took part|approved|decided|answered)"
)
PUBLIC = r"(?:customers?|users?|people|(?:the )?public|visitors|clients)"
WORDS: tuple[tuple[Topic, str], ...] = (
    ("next update", r"\b(?:next|when)\b.*\bupdate|\bupdate\b.*\b(?:due|next|when)\b"),
    (
        "public",
        rf"\bstatus page\b|\bwhat\b.*\b{PUBLIC} (?:\w+ )?(?:read|reads|reading)\b"
        rf"|\b{PUBLIC} (?:\w+ )?(?:know|been told)\b"
        rf"|\b(?:are|is|were|was) (?:the |our )?{PUBLIC} told\b|\b{PUBLIC} (?:are|is|were|was|get|got) told\b"
        rf"|\b(?:tell|telling|told|say|saying|said) (?:to )?(?:the |our )?{PUBLIC}\b|\bpublic (?:text|words|update)\b",
    ),
    ("waiting", r"\bwait(?:s|ing)?\b|\bblock(?:s|ed|ing)\b|\bstuck\b|\bpending\b|\bholding? (?:us|it|this) up\b"),
    (
        "done",
        r"\b(?:what|anything)\b.*\b(?:was|were|been|we|you|they)\b.*\b(?:done|do|try|tried)\b"
        r"|\b(?:did|does|has|have)\b.*\b(?:help|work)(?:ed)?\b"
        r"|\bmitigat|\btried\b|\brolled back\b|\bfix(?:ed)?\b",
    ),
    (
        "changes",
        r"\b(?:what|which|who|anything|something|has|have|did)\b.*\b(?:chang|deploy|releas|rolled out|shipped)",
    ),
    ("cause", r"\bcauses?\b|\bcaused\b|\bwhy\b|\breason\b|\bculprit\b|\bhow (?:sure|certain|confident)\b"),
    ("who", rf"\bwho(?:'s)?\b.*\b{AT_WORK}\b|\bcommander\b|\bin charge\b|\bteam\b|\bon it\b"),
    ("service", STATE),
    (
        "impact",
        r"\bhow (?:bad|severe|serious|many|long|much)\b|\busers?\b|\bcustomers?\b|\bsince when\b"
        r"|\bimpact\b|\bseverity\b|\bwhen did (?:it|this) (?:start|begin)\b",
    ),
    ("changes", r"\bchanges?\b|\bdeploy|\breleases?\b"),
)
"""What a question about each topic says, in English; the first that fits counts. A service has to be named, too."""
NUMBERS = {"an": 1, "a": 1, "half": 0.5, "half an": 0.5, "one": 1, "two": 2, "three": 3, "couple of": 2, "few": 3}
WINDOW = re.compile(
    r"\b(?:last|past|previous)\s+(?:(?P<number>\d{1,4}|half an|half|an|a few|few|a|one|two|three|couple of)\s+)?"
    r"(?P<unit>min(?:ute)?s?|h(?:our)?s?|days?)\b",
    re.IGNORECASE,
)
SINCE = re.compile(r"\bsince\s+(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\b", re.IGNORECASE)
MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
LONGEST = 72 * 60
"""Minutes that are looked back at most: the ledger of changes is asked for no more."""


def topic_of(text: str, briefing: Briefing) -> Topic | None:
    """What a question is about; None where none of the topics fits."""
    for topic, words in WORDS:
        if re.search(words, text, re.IGNORECASE) and (topic != "service" or services_in(text, briefing)):
            return topic
    return None


def role_for(text: str, briefing: Briefing) -> str:
    """The role that answers a question."""
    topic = topic_of(text, briefing)
    return ROLES[topic] if topic else OTHERWISE


def services_in(text: str, briefing: Briefing) -> list[str]:
    """The services of the catalogue that a question names, in the order of the catalogue."""
    names = dict.fromkeys([*briefing.catalogue.services, briefing.service])
    return [name for name in names if name and _is_named(name, text)]


def _is_named(name: str, text: str) -> bool:
    """Whether a text has this name as a whole; `shop` is not named by `shop-db`."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE) is not None


def since(text: str, until: datetime, minute: timedelta, otherwise: int = 24 * 60) -> datetime:
    """From when on a question wants to know, seen from `until`; where it names no time, so many minutes back."""
    if clock := SINCE.search(text):
        moment = until.replace(hour=int(clock["hour"]), minute=int(clock["minute"]), second=0, microsecond=0)
        return moment if moment <= until else moment - timedelta(days=1)
    named = WINDOW.search(text)
    if named is None:
        return until - otherwise * minute
    count = _number((named["number"] or "one").lower())
    return until - min(LONGEST, count * MINUTES[named["unit"][0].lower()]) * minute


def _number(word: str) -> float:
    return float(word) if word.isdecimal() else NUMBERS.get(word.removeprefix("a ") if word != "a" else word, 1)


def concerned(text: str, briefing: Briefing, most: int = 6) -> Sequence[str]:
    """The services that a question names; where it names none, those of the incident, the alerted one first."""
    scope = briefing.scope.services if briefing.scope else []
    found = briefing.conclusion.component if briefing.conclusion else None
    own = dict.fromkeys([briefing.service, *([found] if found else []), *scope, *briefing.ledger.services])
    listed = [name for name in own if name in briefing.catalogue.services]
    return services_in(text, briefing) or listed[:most]
