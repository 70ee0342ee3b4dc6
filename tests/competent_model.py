"""A competent model: it looks, and hands in what an excellent engineer would answer; for the rest there is a tape."""

import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml

from agents.reports.basis import Report
from agents.runtime import performing
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from evals.playing.play import Played, play
from evals.scenarios.loading import load
from tests.model_plays import through
from tests.model_server import Reply, Request, calls
from tests.model_tape import HAND_IN, Tape, is_asked_for_an_objection, who_is_asked

ANSWERS = Path(__file__).parent / "answers"
SCENARIO = "first_light"
FIELD = re.compile(r"\{(\w+) ([\w-]+) (\w+)\}")
TOLD = re.compile(r"\{told: ([^}]+)\}")
NAMED: dict[str, str] = {"scope": r"Scope \[(\w+)\]", "alert": r"The alert \[(\w+)\]"}
Json = dict[str, Any]


class Performed(NamedTuple):
    """A duty as it was done, with what the rules would have reported, where they were asked."""

    duty: Duty[Any]
    briefing: Briefing
    occurrence: str
    report: Report
    by_book: Report | None


class Engineer:
    """Answers as the file of answers says, at the first visit of each duty."""

    def __init__(self, tape: Tape) -> None:
        self._tape, self._answers = tape, cast(Json, yaml.safe_load((ANSWERS / "engineer.yaml").read_text()))
        self._opened: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.handed_in: dict[str, list[Json]] = {}

    def __call__(self, request: Request) -> Reply:
        name = self._duty(request)
        messages = request["messages"]
        with self._lock:
            self._opened[name] += len(messages) == 2
        if name not in self._answers or self._opened[name] > 1:
            return self._by_tape(request)
        answer = self._answers[name]
        if len(messages) == 2 and answer["looks"]:
            return calls(*(tuple(look) for look in answer["looks"]))
        told = (str(message["content"]) for message in messages if message["role"] == "tool")
        read = [json.loads(content) for content in told if content.startswith('{"ref"')]
        seen = {name_of(look): value for look, value in zip(answer["looks"], read, strict=False)}
        report = filled(answer["report"], seen, str(messages[1]["content"]))
        self.handed_in.setdefault(name, []).append(report)
        return calls((HAND_IN, report))

    def _duty(self, request: Request) -> str:
        """The role and the duty that is asked for; whether there is an objection is asked without the role."""
        role, duty = who_is_asked(request)
        if is_asked_for_an_objection(request):
            return next((name for name in self._answers if name.endswith(f"/{duty}")), "")
        return f"{role}/{duty}"

    def _by_tape(self, request: Request) -> Reply:
        try:
            return self._tape(request)
        except KeyError:  # a duty that the recorded run did not come to
            return calls((HAND_IN, {}))


def name_of(look: list[Any]) -> str:
    """A look as its answer is cited: the tool, and of what."""
    tool, arguments = look
    return f"{tool} {arguments.get('service') or arguments.get('provider')}"


def filled(value: Any, seen: Mapping[str, Json], briefing: str) -> Any:
    """An answer with the refs and numbers that it names."""
    if isinstance(value, dict):
        parts = cast(Json, value)
        return {
            name: [_ref(str(cite), seen, briefing) for cite in part]
            if name == "cites"
            else filled(part, seen, briefing)
            for name, part in parts.items()
        }
    if isinstance(value, list):
        return [filled(part, seen, briefing) for part in cast(list[Any], value)]
    if not isinstance(value, str):
        return value
    if whole := FIELD.fullmatch(value):
        return _number(whole, seen)
    value = TOLD.sub(lambda found: re.findall(rf"{re.escape(found[1])}\D*(\d+)", briefing)[0], value)
    return FIELD.sub(lambda found: f"{_number(found, seen):,}", value)


def _ref(cite: str, seen: Mapping[str, Json], briefing: str) -> str:
    """The ref of an event that was read, or that the briefing names."""
    if cite in seen:
        return str(seen[cite]["ref"])
    pattern = NAMED.get(cite) or rf"{re.escape(cite.removeprefix('told: '))}[^\n]*?\[(\w+)\]"
    found = re.search(pattern, briefing)
    assert found, cite
    return found[1]


def _number(found: re.Match[str], seen: Mapping[str, Json]) -> float:
    """A number of an answer: of a series its newest sample, in percent; of a log the count of its first line."""
    value = seen[f"{found[1]} {found[2]}"]
    if "patterns" in value:
        return int(value["patterns"][0][found[3]])
    read = value[found[3]]
    if not isinstance(read, dict):
        return int(read)
    series = cast(Json, read)
    newest = series["now"] if "now" in series else series["latest"][-1] if "latest" in series else series["values"][-1]
    return round(100 * newest, 1)


class Rehearsal(NamedTuple):
    """An incident through the competent model, with each duty as it was done at its first visit."""

    played: Played
    engineer: Engineer
    performed: dict[str, Performed]


@cache
def rehearsal() -> Rehearsal:
    """Play the incident once."""
    book = play(load(SCENARIO))
    engineer = Engineer(Tape(book.events))
    performed: dict[str, Performed] = {}
    original = performing.more_cautious

    async def watched(duty: Duty[Any], report: Any, briefing: Briefing, context: DutyContext) -> Any:
        by_book: list[Report] = []

        async def by_rules(known: Briefing, where: DutyContext) -> Any:
            by_book.append(await duty.without_model(known, where))
            return by_book[0]

        own = replace(duty, without_model=by_rules)
        stands = await original(own, report, briefing, context)
        name = f"{duty.role}/{duty.name}"
        rules_said = by_book[0] if by_book else None
        performed.setdefault(name, Performed(duty, briefing, context.occurrence, report, rules_said))
        return stands

    performing.more_cautious = watched
    try:
        played = through(load(SCENARIO), engineer)
    finally:
        performing.more_cautious = original
    return Rehearsal(played, engineer, performed)
