"""Lanes: what each role does in a run, duty by duty, with the tool calls that each takes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from agents.io.outside_text import clean
from api.narration.event_lines import shortened
from api.narration.vocabulary import words
from graphs.transcript.event import Event


@dataclass
class DutyActivity:
    """One duty at work, or done."""

    ref: str
    """Of the event with which it began: its permalink."""
    role: str
    duty: str
    task: str
    rows: list[str]
    began: datetime
    ended: datetime | None = None
    by: str = ""
    """book or model, once it is done."""
    summary: str = ""
    calls: int = 0
    answered: int = 0
    refused: int = 0
    """Tool calls that got no answer."""
    asks: str = ""
    """The tool call that began last."""
    degraded: bool = False

    @property
    def took(self) -> timedelta:
        return (self.ended or self.began) - self.began


@dataclass
class RoleActivity:
    """The lanes of one run; a role has one once it is at work."""

    of: dict[str, list[DutyActivity]] = field(default_factory=dict[str, list[DutyActivity]])
    """Role -> what it did, oldest first."""
    _under: dict[str, DutyActivity] = field(default_factory=dict[str, DutyActivity])

    def take_in(self, event: Event) -> DutyActivity | None:
        """Take in the next event; gives the duty that it belongs to."""
        if event.kind == "duty_started":
            return self._begin(event)
        work = self._under.get(occurrence(event))
        if work:
            _learn(work, event)
        return work

    def _begin(self, event: Event) -> DutyActivity:
        task, _, rows = str(event.payload["summary"]).rpartition(" (")
        work = DutyActivity(event.ref, event.role, event.duty, clean(task), rows.rstrip(")").split(", "), event.at)
        self.of.setdefault(event.role, []).append(work)
        self._under[occurrence(event)] = work
        return work


def occurrence(event: Event) -> str:
    """The visit that an event belongs to: lane/node#number."""
    return "/".join(event.key.split("/")[:2])


def _learn(work: DutyActivity, event: Event) -> None:
    match event.kind:
        case "duty_finished":
            work.ended, work.by = event.at, event.payload["by"]
            work.summary = clean(str(event.payload["report"]["summary"]))
        case "tool_call":
            work.calls, work.asks = work.calls + 1, asked(event)
        case "tool_result":
            is_refused = bool(event.payload.get("refusal"))
            work.answered, work.refused = work.answered + (not is_refused), work.refused + is_refused
        case "degraded":
            work.degraded = True
        case _:
            return


def asked(event: Event) -> str:
    """A tool call in few words."""
    arguments = ", ".join(map(str, event.payload["arguments"].values()))
    return shortened(clean(f"{words(event.payload['tool'])}: {arguments}"), 90)


class Stretch(NamedTuple):
    """A duty in the timeline of its role; in per cent of the width."""

    x: float
    width: float
    work: DutyActivity


def timeline(lanes: RoleActivity, now: datetime) -> dict[str, list[Stretch]]:
    """Role -> when it was at work, from the first duty of the run to the last, or to now while one goes on."""
    works = [work for of_role in lanes.of.values() for work in of_role]
    if not works:
        return {}
    start = min(work.began for work in works)
    whole = max(max(work.ended or now for work in works) - start, timedelta(seconds=1))
    return {
        role: [
            Stretch(
                round(100 * ((work.began - start) / whole), 2),
                max(0.4, round(100 * (((work.ended or now) - work.began) / whole), 2)),
                work,
            )
            for work in of_role
        ]
        for role, of_role in lanes.of.items()
    }
