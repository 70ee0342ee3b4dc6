"""Looks and tells of step 3: whether a fix took, and what users are told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import prompts
from agents.public_words import unfit
from agents.reports import ExternalRecovery, FixConfirmation, HotfixCheck, Message, Recovery, Report, Support
from agents.role import Duty
from agents.tools.channel import notify
from graphs.attempts import BACK, failed
from graphs.case import from_state
from graphs.nodes import Chart, Ended, Update, sleep_until, timed
from graphs.questions import Pause
from graphs.runbook import UNAIDED_RECOVERY_WITHIN
from graphs.transcript import Author, Event
from graphs.visit import Effect, Visit, moment

PATIENCE = 10
"""Minutes beyond a change's own estimate before a fix that does not show counts as failed."""


@dataclass(frozen=True)
class Look:
    """Only reads; looks again after some minutes while it is too early to say."""

    name: str
    duty: Duty[Any]
    again_after: int = 0
    shows_recovery: bool = False
    """Passing it is the recovery: the status page says Monitoring from then on."""

    def first(self, prefix: str) -> str:
        return f"{prefix}_{self.name}"

    def add_to(self, chart: Chart, prefix: str, row: str, then: str) -> None:
        name = self.first(prefix)

        async def look(visit: Visit) -> Update:
            return await self._look(visit, row)

        chart.node(name, look)
        if not self.again_after:
            chart.fork(name, lambda state: state["passed"] is not False, then, BACK)
            return
        settle = f"{name}_again_later"
        chart.wait(settle, self._settle, _time_to_look)
        chart.branch(name, lambda state: {True: then, False: BACK, None: settle}[state["passed"]], (then, BACK, settle))
        chart.edge(settle, name)

    def _settle(self, visit: Visit) -> Pause:
        until = visit.room.clock.now() + self.again_after * visit.room.minute
        return sleep_until(visit, until, f"{self.name.replace('_', ' ')} again")

    async def _look(self, visit: Visit, row: str) -> Update:
        report = await visit.perform(self.duty, from_state(visit), rows=(row,))
        event = visit.report_event()
        passed = verdict(report, overdue=event.at > self._deadline(visit))
        if passed is False:
            return _gone_wrong(visit, report, event)
        status = _mark(visit, report, passed) if self.shows_recovery else {}
        return {"passed": passed, **status}

    def _deadline(self, visit: Visit) -> datetime:
        proposal = visit.state["proposal"]
        acted = moment(visit.state.get("acted_at"))
        if proposal is None or acted is None:
            concluded = visit.room.transcripts.cited(visit.run, visit.state["conclusion_ref"])
            assert concluded is not None
            return concluded.at + UNAIDED_RECOVERY_WITHIN * visit.room.minute
        return acted + (proposal["takes_effect_in_minutes"] + PATIENCE) * visit.room.minute


def _gone_wrong(visit: Visit, report: Report, event: Event) -> Update:
    if visit.state["proposal"] is not None:
        return failed(visit, "did not help", report.summary, event)
    return {"passed": False, "failures": visit.state.get("failures", 0) + 1}


def _time_to_look(visit: Visit, ended: Ended) -> Update:
    timed(visit, ended, "time to look again")
    return {}


def verdict(report: Report, overdue: bool) -> bool | None:
    """Whether a look passed; None where it is too early to say."""
    match report:
        case Recovery():
            return True if report.state == "recovered" else (False if overdue else None)
        case ExternalRecovery():
            if report.service_normal:
                return True if report.provider_recovered else None
            return False if overdue else None
        case FixConfirmation():
            return report.confirmed
        case HotfixCheck():
            return report.passed
        case Support():
            return True
        case _:
            raise TypeError(f"{type(report).__name__} says nothing about whether a fix took")


def _mark(visit: Visit, report: Report, passed: bool | None) -> Update:
    """Move the status page to Monitoring when users are well again, and back when they are not."""
    well = passed or (isinstance(report, ExternalRecovery) and report.service_normal)
    if well and visit.state["status"] != "Monitoring":
        event = visit.write("status", {"status": "Monitoring", "why": report.summary})
        return {"status": "Monitoring", "fixed_at": event.at.isoformat()}
    if not well and visit.state["status"] == "Monitoring":
        visit.write("status", {"status": "Identified", "why": report.summary})
        return {"status": "Identified", "fixed_at": None}
    return {}


@dataclass(frozen=True)
class Tell:
    """Tells users, through the outbox; nobody is told the same twice."""

    name: str
    duty: Duty[Message]

    def first(self, prefix: str) -> str:
        return f"{prefix}_{self.name}"

    def add_to(self, chart: Chart, prefix: str, row: str, then: str) -> None:
        async def tell(visit: Visit) -> Update:
            report = await visit.perform(self.duty, from_state(visit), rows=())
            if report.text == visit.state.get("told_users"):
                return {}
            author = Author("main", self.duty.role, self.duty.name)
            why = unfit(report.text, "", visit.room.catalogue)
            text = "A service may not work as usual. We are working on it." if why else report.text
            if why:
                visit.write("degraded", {"why": f"words for the public were replaced: {why}"})
            told = {"text": text, "from": prompts.page(self.duty.role).title}
            await visit.send(Effect(notify, {"audience": "users", "text": text}, author, (row,), told))
            return {"told_users": report.text}

        chart.edge(chart.node(self.first(prefix), tell), then)
