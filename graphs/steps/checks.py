"""Checks of step 3: whether a fix took effect, what users are told, and which attempts did not help."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import prompts
from agents.reports.basis import Report
from agents.reports.mitigation import ExternalRecovery, FixConfirmation, HotfixCheck, Proposal, Recovery, Support
from agents.reports.triage import Message
from agents.runtime.briefing import IN_VAIN, Attempt, AttemptOutcome
from agents.runtime.duty import Duty
from agents.runtime.ledger import BY_HAND, Act, Statement
from agents.runtime.outgoing_reports import unfit
from agents.tools.ports import notify
from graphs.model.questions import Pause
from graphs.model.runbook import UNAIDED_RECOVERY_WITHIN
from graphs.runtime.node_context import NodeContext, OutsideEffect
from graphs.runtime.nodes import Ended, GraphBuilder, Update, sleep_until, timed
from graphs.transcript.event import Event
from graphs.transcript.events import Author
from graphs.transcript.facts import Facts

BACK = "s2_investigate"
"""Where a run goes on after an attempt that did not fix it."""


def failed(node: NodeContext, outcome: str, account: str, shown: Event, by: str = "") -> Update:
    """Write down that the open change was not made or did not help; the run goes back with what was learned.

    `said` is what the tool, the check or the person said, `shown` the event that shows it.
    """
    node.write("attempt", {"attempt": _attempt(node, outcome, account, shown), "by": by})
    counts = outcome in IN_VAIN
    return {"passed": False, "failures": node.state.get("failures", 0) + int(counts)}


def did_not_help(node: NodeContext, account: str, shown: Event, outcome: AttemptOutcome = "did not help") -> Update:
    """Write down that what was done last did not help, or for a time: the run's own change, or a person's by hand.

    A change that was proposed and never made is no attempt: then only the recovery that did not come is counted.
    """
    return {**_in_vain(node, account, shown, outcome), "not_over": account}


def _in_vain(node: NodeContext, account: str, shown: Event, outcome: AttemptOutcome) -> Update:
    facts = node.facts
    last = facts.ledger.acts[-1] if facts.ledger.acts else None
    by_hand = last if last is not None and last.action == BY_HAND and facts.acted_at else None
    if by_hand and not any(attempt.at > by_hand.at for attempt in facts.attempts):
        is_known = _fails_itself(facts, by_hand, shown.at)
        return _by_hand(node, by_hand, account, shown, outcome) if is_known else _gone_wrong(node)
    if facts.proposal is not None and facts.carried_out_at is not None:
        return {**failed(node, outcome, account, shown), "vouched": False}
    return _gone_wrong(node)


def _fails_itself(facts: Facts, by_hand: Act, now: datetime) -> bool:
    """Whether what goes on is told of what was done by hand: not at once, nor where only others are measured hurt."""
    own, gap = {by_hand.service, facts.service}, facts.ledger.gap
    hurt = [entry for entry in facts.ledger.hurt(facts.detected_at) if entry.service in own]
    return now >= by_hand.at + gap and any(e.is_open or e.since <= by_hand.at < e.until - 2 * gap for e in hurt)


def _gone_wrong(node: NodeContext) -> Update:
    return {"passed": False, "vouched": False, "failures": node.state.get("failures", 0) + 1}


def _by_hand(node: NodeContext, act: Act, account: str, shown: Event, outcome: AttemptOutcome) -> Update:
    """An attempt of no cause: what a person did by hand says nothing of the cause that was concluded."""
    said = next(one for one in reversed(node.facts.ledger.statements) if one.is_over and one.at <= act.at)
    words = f": “{said.words}”" if said.words else ""
    done = Proposal(action=None, service=act.service, summary=f"What {said.by} did by hand{words}.")
    attempt = Attempt(
        cause="",
        component=act.service,
        proposal=done,
        outcome=outcome,
        said=account,
        at=shown.at,
        cites=[shown.ref],
    )
    node.write("attempt", {"attempt": attempt.model_dump(mode="json"), "by": said.by})
    return _gone_wrong(node)


def _attempt(node: NodeContext, outcome: str, account: str, shown: Event) -> dict[str, Any]:
    conclusion, proposal = node.facts.conclusion, node.facts.proposal
    assert conclusion
    assert proposal
    return Attempt.model_validate(
        {
            "cause": conclusion.cause or "",
            "component": conclusion.component or "",
            "proposal": proposal,
            "outcome": outcome,
            "said": account,
            "at": shown.at,
            "cites": [shown.ref],
        }
    ).model_dump(mode="json")


PATIENCE = 10
"""Minutes beyond a change's own estimate before a fix that does not show counts as failed."""


@dataclass(frozen=True)
class RecoveryCheck:
    """Only reads; checks again after some minutes while it is too early to say."""

    node: str
    duty: Duty[Any]
    wait: str = ""
    """The node that waits before the check is made again; without one it is made once."""
    again_after: int = 0
    """Minutes until then."""
    shows_recovery: bool = False
    """Passing it is the recovery: the status page says Monitoring from then on."""

    @property
    def first(self) -> str:
        return self.node

    def add_to(self, builder: GraphBuilder, row: str, then: str) -> None:
        """Add the check, which leads to `then`, back to investigation, or to a wait and to itself again."""
        builder.node(self.node, partial(self._check, row=row))
        if not self.wait:
            builder.fork(self.node, lambda state: state["passed"] is not False, then, BACK)
            return
        builder.wait(self.wait, self._wait, _time_to_check)
        ways = {True: then, False: BACK, None: self.wait}
        builder.branch(self.node, lambda state: ways[state["passed"]], (then, BACK, self.wait))
        builder.edge(self.wait, self.node)

    def _wait(self, node: NodeContext) -> Pause:
        until = node.deps.clock.now() + self.again_after * node.deps.minute
        return sleep_until(node, until, f"{self.duty.name.replace('_', ' ')} again")

    async def _check(self, node: NodeContext, row: str) -> Update:
        report = await node.perform(self.duty, node.briefing(), rows=(row,))
        event = node.report_event()
        overdue = event.at > self._deadline(node)
        if overdue and isinstance(report, Recovery) and report.state == "not measured":
            return {"passed": True}  # step 4 asks people whether it is over
        passed = verdict(report, overdue)
        if passed is False:
            return did_not_help(node, report.summary, event)
        recovery = _show_recovery(node, report, passed) if self.shows_recovery else {}
        return {"passed": passed, **recovery}

    def _deadline(self, node: NodeContext) -> datetime:
        """When a fix that does not show counts as failed."""
        proposal, acted_at = node.facts.proposal, node.facts.acted_at
        if proposal is None or acted_at is None:
            concluded = node.deps.transcripts.cited(node.run, node.facts.conclusion_ref)
            assert concluded is not None
            return concluded.at + UNAIDED_RECOVERY_WITHIN * node.deps.minute
        return acted_at + (proposal.takes_effect_in_minutes + PATIENCE) * node.deps.minute


def _time_to_check(node: NodeContext, ended: Ended) -> Update:
    timed(node, ended, "time to look again")
    return {}


def verdict(report: Report, overdue: bool) -> bool | None:
    """Whether a check passed; None where it is too early to say."""
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


def said_to_go_on(node: NodeContext) -> Statement | None:
    """The word of the person who said last that it goes on; also where they said so during this visit."""
    if node.find(f"{node.occurrence}/status.1"):
        return None  # the node runs again, and had decided before they said it: the instruction is taken up next
    return node.deps.facts(node.run).ledger.said_to_go_on


def says_not_over(by: str, words: str) -> str:
    """That a person says that it goes on, for the status."""
    return f"{by} says that it is not over{f': “{words}”' if words else ''}"


def _show_recovery(node: NodeContext, report: Report, passed: bool | None) -> Update:
    """Move the status page to Monitoring when users are well again, and back when they are not."""
    well = passed or (isinstance(report, ExternalRecovery) and report.service_normal)
    monitoring = node.facts.public_status == "Monitoring"
    if well and not monitoring and not said_to_go_on(node):
        node.write("status", {"status": "Monitoring", "why": report.summary})
        return {"recovered": True}
    if not well and monitoring:
        node.write("status", {"status": "Identified", "why": report.summary})
        return {"recovered": False}
    return {}


@dataclass(frozen=True)
class UserMessage:
    """Tells users, through the outbox; nobody is told the same twice."""

    node: str
    duty: Duty[Message]

    @property
    def first(self) -> str:
        return self.node

    def add_to(self, builder: GraphBuilder, row: str, then: str) -> None:
        """Add the message, which leads to `then`."""
        builder.edge(builder.node(self.node, partial(self._tell, row=row)), then)

    async def _tell(self, node: NodeContext, row: str) -> Update:
        report = await node.perform(self.duty, node.briefing(node.facts.by_newest_look()), rows=())
        if report.text == node.facts.told_users:
            return {}
        author = Author("main", self.duty.role, self.duty.name)
        why = unfit(report.text, "", node.deps.catalogue)
        text = "A service may not work as usual. We are working on it." if why else report.text
        if why:
            node.write("degraded", {"why": f"words for the public were replaced: {why}"})
        fields = {"text": text, "from": prompts.page(self.duty.role).title}
        await node.send(OutsideEffect(notify, {"audience": "users", "text": text}, author, (row,), fields))
        return {}
