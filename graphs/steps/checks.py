"""Looks and tells of step 3: whether a fix took, and what users are told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import prompts
from agents.reports.basis import Report
from agents.reports.mitigation import ExternalRecovery, HotfixCheck, Recovery, Support
from agents.reports.triage import Message
from agents.reports.verification import FixConfirmation
from agents.runtime.duty import Duty
from agents.runtime.public_text import unfit
from agents.tools.ports.communication import notify
from graphs.model.questions import Pause
from graphs.model.runbook import UNAIDED_RECOVERY_WITHIN
from graphs.runtime.briefings import from_state
from graphs.runtime.node_context import NodeContext, OutsideEffect, moment
from graphs.runtime.nodes import Ended, GraphBuilder, Update, sleep_until, timed
from graphs.steps.attempts import BACK, failed
from graphs.transcript.event import Event
from graphs.transcript.events import Author

PATIENCE = 10
"""Minutes beyond a change's own estimate before a fix that does not show counts as failed."""


@dataclass(frozen=True)
class RecoveryCheck:
    """Only reads; looks again after some minutes while it is too early to say."""

    name: str
    duty: Duty[Any]
    again_after: int = 0
    shows_recovery: bool = False
    """Passing it is the recovery: the status page says Monitoring from then on."""

    def first(self, prefix: str) -> str:
        return f"{prefix}_{self.name}"

    def add_to(self, builder: GraphBuilder, prefix: str, row: str, then: str) -> None:
        name = self.first(prefix)

        async def look(node: NodeContext) -> Update:
            return await self._look(node, row)

        builder.node(name, look)
        if not self.again_after:
            builder.fork(name, lambda state: state["passed"] is not False, then, BACK)
            return
        settle = f"{name}_again_later"
        builder.wait(settle, self._settle, _time_to_look)
        builder.branch(
            name, lambda state: {True: then, False: BACK, None: settle}[state["passed"]], (then, BACK, settle)
        )
        builder.edge(settle, name)

    def _settle(self, node: NodeContext) -> Pause:
        until = node.deps.clock.now() + self.again_after * node.deps.minute
        return sleep_until(node, until, f"{self.name.replace('_', ' ')} again")

    async def _look(self, node: NodeContext, row: str) -> Update:
        report = await node.perform(self.duty, from_state(node), rows=(row,))
        event = node.report_event()
        passed = verdict(report, overdue=event.at > self._deadline(node))
        if passed is False:
            return _gone_wrong(node, report, event)
        status = _mark(node, report, passed) if self.shows_recovery else {}
        return {"passed": passed, **status}

    def _deadline(self, node: NodeContext) -> datetime:
        proposal = node.state["proposal"]
        acted = moment(node.state.get("acted_at"))
        if proposal is None or acted is None:
            concluded = node.deps.transcripts.cited(node.run, node.state["conclusion_ref"])
            assert concluded is not None
            return concluded.at + UNAIDED_RECOVERY_WITHIN * node.deps.minute
        return acted + (proposal["takes_effect_in_minutes"] + PATIENCE) * node.deps.minute


def _gone_wrong(node: NodeContext, report: Report, event: Event) -> Update:
    if node.state["proposal"] is not None:
        return failed(node, "did not help", report.summary, event)
    return {"passed": False, "failures": node.state.get("failures", 0) + 1}


def _time_to_look(node: NodeContext, ended: Ended) -> Update:
    timed(node, ended, "time to look again")
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


def _mark(node: NodeContext, report: Report, passed: bool | None) -> Update:
    """Move the status page to Monitoring when users are well again, and back when they are not."""
    well = passed or (isinstance(report, ExternalRecovery) and report.service_normal)
    if well and node.state["status"] != "Monitoring":
        event = node.write("status", {"status": "Monitoring", "why": report.summary})
        return {"status": "Monitoring", "fixed_at": event.at.isoformat()}
    if not well and node.state["status"] == "Monitoring":
        node.write("status", {"status": "Identified", "why": report.summary})
        return {"status": "Identified", "fixed_at": None}
    return {}


@dataclass(frozen=True)
class UserMessage:
    """Tells users, through the outbox; nobody is told the same twice."""

    name: str
    duty: Duty[Message]

    def first(self, prefix: str) -> str:
        return f"{prefix}_{self.name}"

    def add_to(self, builder: GraphBuilder, prefix: str, row: str, then: str) -> None:
        async def tell(node: NodeContext) -> Update:
            report = await node.perform(self.duty, from_state(node), rows=())
            if report.text == node.state.get("told_users"):
                return {}
            author = Author("main", self.duty.role, self.duty.name)
            why = unfit(report.text, "", node.deps.catalogue)
            text = "A service may not work as usual. We are working on it." if why else report.text
            if why:
                node.write("degraded", {"why": f"words for the public were replaced: {why}"})
            told = {"text": text, "from": prompts.page(self.duty.role).title}
            await node.send(OutsideEffect(notify, {"audience": "users", "text": text}, author, (row,), told))
            return {"told_users": report.text}

        builder.edge(builder.node(self.first(prefix), tell), then)
