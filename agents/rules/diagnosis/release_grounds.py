"""Release grounds: what ties an error line to a release besides the time, and which dependencies nobody has seen."""

import re
from typing import Any

from agents.readings.history import Deployment
from agents.readings.production import LogPattern
from agents.rules.diagnosis.change_ties import shared_words
from agents.rules.diagnosis.component import ComponentState, is_degraded
from agents.rules.diagnosis.log_classes import meaning
from agents.rules.diagnosis.survey import Survey
from agents.runtime.duty_context import Reading

SOURCE_FILE = re.compile(
    r"[\w>)-]\.(?:py|rb|jsx?|mjs|tsx?|go|java|kt|scala|clj|php|cpp|swift|exs|erl|lua)\b"
    r"|\w\.(?:c|cc|cs|rs|pl|ex)(?::\d|:<n>)"
)
"""The name of a file of source code, as stack traces write it; of short endings only with its line."""
EXCEPTION = re.compile(
    r"\b[A-Z]\w*(?:Error|Exception)\b|\bpanic(?::|ked at\b)|\b[Tt]raceback\b|[Ss]egmentation fault|\bsegfault"
    r"|is not a function|\b[Uu]n(?:handled|caught) (?:exception|rejection)"
)
OUTSIDE = re.compile(
    r"\b\w*(?:Api|API|Connect|Socket|Network|Timeout|Http|HTTP|URL|IO|OS|Operational|Database|SQL|Auth|Credential|Remote|Client)"
    r"\w*(?:Error|Exception)\b"
)
"""Exceptions with which libraries tell of something outside the code."""


def is_of_our_code(line: str) -> bool:
    """Whether an error line names a place in our code, or an exception that code itself raises."""
    names_one = SOURCE_FILE.search(line) or (EXCEPTION.search(line) and not OUTSIDE.search(line))
    return meaning(line) == "code" and bool(names_one)


def is_tied(release: Deployment, pattern: LogPattern) -> bool:
    """Whether an error line names a place in our code, or what the note of the release says it touched."""
    return is_of_our_code(pattern.signature) or bool(shared_words(release.note, [pattern.signature]))


def dark_dependencies(survey: Survey, component: ComponentState) -> list[str]:
    """Dependencies of which nothing is known, be it that nothing is connected or that it did not answer."""
    if component.calls is not None and component.calls.value is not None:
        return []
    seen = survey.components
    return [name for name in component.depends_on if name not in seen or seen[name].is_dark]


def unseen_dependencies(survey: Survey, component: ComponentState) -> list[str]:
    """Those of them that something is connected for, be it only the calls to them: it could have told."""
    if component.calls is None:
        return []
    calls = _is_connected(component.calls)
    return [n for n in dark_dependencies(survey, component) if calls or _has_connection(survey.components.get(n))]


def _has_connection(dependency: ComponentState | None) -> bool:
    if dependency is None:
        return False
    own = [dependency.golden, dependency.infrastructure, dependency.database, dependency.status]
    return any(reading is not None and _is_connected(reading) for reading in own)


def _is_connected(reading: Reading[Any]) -> bool:
    return reading.refusal is None or reading.refusal.error != "not connected"


def is_calm_below(survey: Survey, component: ComponentState) -> bool:
    """Whether every dependency was seen, and none of them fails."""
    calls = component.calls.value.calls if component.calls and component.calls.value else []
    known = [survey.components[name] for name in component.depends_on if name in survey.components]
    is_seen = bool(calls) or not dark_dependencies(survey, component)
    return is_seen and not any(is_degraded(call) for call in calls) and not any(one.is_failing for one in known)
