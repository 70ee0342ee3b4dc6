"""Scripted models for the loopback server: one that answers as a recorded run did, and one that fails at random."""

import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from graphs.transcript.event import Event
from tests.model_server import Reply, Request, calls

NO_EVENT = re.compile(r"cites ([^:]+): there is no such event")
NUMBERED = re.compile(r'"([^"]+)" neither stands')
Model = Callable[[Request], Reply]
"""Answers requests as the loopback server gets them."""
Visit = tuple[list[tuple[str, dict[str, Any]]], dict[str, Any]]


def who_is_asked(request: Request) -> tuple[str, str]:
    """The role and the duty that a conversation is about."""
    before, _, briefing = request["messages"][1]["content"].partition("\n# Briefing: ")
    title = before.rpartition("\n# ")[2].partition("\n")[0]
    duty = briefing.partition("\n")[0].strip()
    return title.strip().lower().replace(" ", "_"), duty


def is_asked_for_an_objection(request: Request) -> bool:
    """Whether the rules did the duty, and the model is asked for one thing only."""
    return "\n# Do you object?\n" in request["messages"][1]["content"]


class Tape:
    """Answers as a recorded run did: for each duty the same tool calls, then the same report.

    Where a report is complained about it does as it is told: it leaves the numbers out that nothing shows."""

    def __init__(self, events: list[Event]) -> None:
        self._visits: dict[tuple[str, str], list[Visit]] = {}
        self._opened: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        for finished in events:
            if finished.kind == "duty_finished":
                occurrence = finished.key.removesuffix("/finished")
                asked = [
                    (event.payload["tool"], event.payload["arguments"])
                    for event in events
                    if event.kind == "tool_call" and event.key.startswith(f"{occurrence}/tool/")
                ]
                visits = self._visits.setdefault((finished.role, finished.duty), [])
                visits.append((asked, finished.payload["report"]))

    def __call__(self, request: Request) -> Reply:
        if is_asked_for_an_objection(request):
            return calls((HAND_IN, NO_OBJECTION))
        who = who_is_asked(request)
        opening = len(request["messages"]) == 2
        with self._lock:
            self._opened[who] += opening
            visits = self._visits[who]
            asked, report = visits[min(self._opened[who], len(visits)) - 1]
        if opening and asked:
            return calls(*asked)
        return calls((HAND_IN, corrected(report, request)))


HAND_IN = "hand_in"
NO_OBJECTION: dict[str, Any] = {"summary": "No objection.", "objects": False, "reasons": []}


def corrected(report: dict[str, Any], request: Request) -> dict[str, Any]:
    """The report without the numbers and the events that the last complaint names."""
    last = str(request["messages"][-1]["content"])
    unknown = {ref for refs in NO_EVENT.findall(last) for ref in refs.split(", ")}
    report = without(report, unknown) if unknown else report
    for number in NUMBERED.findall(last):
        report = vaguer(report, re.compile(rf"(?<![\w.]){re.escape(number)}(?!\w)"))
    return report


def vaguer(value: Any, number: re.Pattern[str]) -> Any:
    """A value whose texts do not name a number any more; what it says in fields of their own stays."""
    if isinstance(value, dict):
        known = cast(dict[str, Any], value)
        spoken = {name: number.sub("some", part) for name, part in known.items() if name in ("text", "what")}
        return {name: spoken.get(name) or vaguer(part, number) for name, part in known.items()}
    return [vaguer(part, number) for part in cast(list[Any], value)] if isinstance(value, list) else value


def without(value: Any, refs: set[str]) -> Any:
    """A value without the items of its lists that cite nothing but these."""
    if isinstance(value, dict):
        kept = {name: without(part, refs) for name, part in cast(dict[str, Any], value).items()}
        return {**kept, "cites": [ref for ref in kept["cites"] if ref not in refs]} if "cites" in kept else kept
    if isinstance(value, list):
        parts = [without(part, refs) for part in cast(list[Any], value)]
        return [
            part for part in parts if not (isinstance(part, dict) and cast(dict[str, Any], part).get("cites") == [])
        ]
    return value


class Unsteady:
    """A model that fails in a share of its calls, the same ones in every play with the same seed."""

    def __init__(self, model: Model, faults: list[Reply], share: float, seed: str) -> None:
        self._model, self._faults, self._share, self._seed = model, faults, share, seed
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.failed = 0
        self.asked = 0

    def __call__(self, request: Request) -> Reply:
        name = f"{who_is_asked(request)} {len(request['messages'])}"
        with self._lock:
            self._times[name] += 1
            self.asked += 1
            dice = random.Random(f"{self._seed} {name} {self._times[name]}")
            if dice.random() < self._share:
                self.failed += 1
                return dice.choice(self._faults)
        return self._model(request)
