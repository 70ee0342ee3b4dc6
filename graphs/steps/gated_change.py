"""Acts: changes to production are proposed, decided on by policy or a person, and carried out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from agents.reports.mitigation import Proposal
from agents.rules.mitigation.past_attempts import already_tried
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.tools.port import PORTS
from graphs.model import policy
from graphs.model.questions import HumanAnswer, Pause, Question
from graphs.model.runbook import PROPOSAL_EXPIRES_AFTER, PROPOSAL_IS_FRESH_FOR, TREE_ROWS
from graphs.runtime.briefings import from_state
from graphs.runtime.node_context import NodeContext, OutcomeUnknown, OutsideEffect
from graphs.runtime.nodes import Ended, GraphBuilder, Update, question_id
from graphs.steps.attempts import BACK, failed
from graphs.transcript.event import Event
from graphs.transcript.events import Author

PROPOSE, DECIDE = "_propose", "_decide"
"""What an act's first nodes are called, after the act."""


@dataclass(frozen=True)
class GatedChange:
    """Changes production: propose, decide (by policy or a person), carry out."""

    name: str
    duty: Duty[Proposal]
    instead: Duty[Proposal] | None = None
    """The Frontend Developer's duty, where the Relevant Developer acts."""
    may_do_without: bool = False
    """Where nothing can be proposed, the branch goes on."""

    def chosen(self, state: Any) -> Duty[Proposal]:
        by_frontend = self.instead and state["relevant_developer"] == "frontend_developer"
        return self.instead if by_frontend and self.instead else self.duty

    def add_to(self, builder: GraphBuilder, prefix: str, row: str, then: str) -> None:
        """Nodes in a row, and one more where nobody can tell if it was done; without a yes, back to looking."""
        parts = (PROPOSE, DECIDE, "_check_again", "_carry_out", "_ask_whether_done")
        propose, decide, check_again, carry_out, ask_whether = (f"{prefix}_{self.name}{part}" for part in parts)

        async def make_proposal(node: NodeContext) -> Update:
            return await self._propose(node, row)

        async def look_once_more(node: NodeContext) -> Update:
            return await self._check_again(node, row)

        async def do_it(node: NodeContext) -> Update:
            return await self._carry_out(node, row)

        builder.node(propose, make_proposal)
        builder.wait(decide, self._question, self._decided)
        builder.node(check_again, look_once_more)
        builder.node(carry_out, do_it)
        builder.branch(
            propose, lambda state: self._after_proposal(state, decide, then), (decide, then, "s2_ask_a_person")
        )
        builder.fork(decide, lambda state: bool(state["approved"]), check_again, BACK)
        builder.branch(
            check_again,
            lambda state: carry_out if state["approved"] else BACK if state["passed"] is False else decide,
            (carry_out, decide, BACK),
        )
        builder.wait(ask_whether, self._ask_whether, self._told_whether)
        builder.branch(carry_out, lambda state: _after_act(state, then, ask_whether), (then, BACK, ask_whether))
        again = {True: carry_out, False: then}
        builder.branch(
            ask_whether,
            lambda state: ask_whether if state["asks"] and not state["approved"] else again[state["approved"]],
            (carry_out, then, ask_whether),
        )

    def first(self, prefix: str) -> str:
        return f"{prefix}_{self.name}{PROPOSE}"

    def _after_proposal(self, state: Any, decide: str, then: str) -> str:
        if state["proposal"]:
            return decide
        return then if self.may_do_without else "s2_ask_a_person"

    async def _propose(self, node: NodeContext, row: str) -> Update:
        duty = self.chosen(node.state)
        briefing = from_state(node)
        report = await node.perform(duty, briefing, rows=(row,))
        why_not = "" if report.action is None and self.may_do_without else not_proposable(report, briefing)
        if report.action is None or why_not:
            asks = f"No mitigation to propose: {why_not}" if why_not else ""
            return {"proposal": None, "asks": asks, "passed": None}
        return self._put(node, report, row)

    def _put(self, node: NodeContext, report: Proposal, row: str) -> Update:
        proposal, author = report.model_dump(mode="json"), Author("main", *self._duty(node))
        event = node.write("proposal", {"proposal": proposal}, (row,), author)
        return {"proposal": proposal, "passed": None, "approved": False, "proposed_at": event.at.isoformat()}

    def _duty(self, node: NodeContext) -> tuple[str, str]:
        duty = self.chosen(node.state)
        return duty.role, duty.name

    def _rule(self, node: NodeContext) -> policy.PolicyRule:
        proposal = Proposal.model_validate(node.state["proposal"])
        return policy.decide(node.state["severity"], str(proposal.action), proposal.service, node.deps.policy)

    def _question(self, node: NodeContext) -> Pause:
        rule, now = self._rule(node), node.deps.clock.now()
        if rule.verdict != "ask":
            return Pause(occurrence=node.occurrence, why=rule.why, until=now, acts=True)
        expires = now + PROPOSAL_EXPIRES_AFTER * node.deps.minute
        question = Question(
            id=question_id(node),
            kind="approval",
            text=node.state["proposal"]["summary"],
            proposal=node.state["proposal"],
            options=["approve", "refuse", "edit"],
            may=list(rule.may),
            expires_at=expires,
        )
        return Pause(occurrence=node.occurrence, why=rule.why, until=expires, question=question, acts=True)

    def _decided(self, node: NodeContext, ended: Ended) -> Update:
        decision, by, said = decided(self._rule(node), ended)
        proposal = edited(node.state["proposal"], ended)
        told = {"decision": decision, "by": by, "why": said, "proposal": proposal}
        event = node.write("decision", told, author=Author("main", self.chosen(node.state).role))
        if decision == "approved":
            return {"approved": True, "proposal": proposal, "decided_at": event.at.isoformat()}
        outcome = "expired" if decision == "expired" else "refused"
        return {"approved": False, **failed(node, outcome, f"{by}: {said}", event, by)}

    async def _check_again(self, node: NodeContext, row: str) -> Update:
        """A late yes is a yes to what was shown then: where something else would be proposed now, that is asked."""
        took = datetime.fromisoformat(node.state["decided_at"]) - datetime.fromisoformat(node.state["proposed_at"])
        if took <= PROPOSAL_IS_FRESH_FOR * node.deps.minute:
            return {}
        briefing, old = from_state(node), Proposal.model_validate(node.state["proposal"])
        report = await node.perform(self.chosen(node.state), briefing, rows=())
        if (report.action, report.service) == (old.action, old.service):
            return {}
        why_not = not_proposable(report, briefing)
        if why_not:
            event = node.report_event()
            return {"approved": False, **failed(node, "expired", f"it is out of date: {why_not}", event)}
        return self._put(node, report, row)

    async def _carry_out(self, node: NodeContext, row: str) -> Update:
        duty = self.chosen(node.state)
        effect = _effect(node, Author("main", duty.role, duty.name), row)
        try:
            result = await node.carry_out(effect)
        except OutcomeUnknown as unknown:
            return {"asks": str(unknown)}
        return _after_result(node, result)

    def _ask_whether(self, node: NodeContext) -> Pause:
        expires = node.deps.clock.now() + PROPOSAL_EXPIRES_AFTER * node.deps.minute
        question = Question(
            id=question_id(node),
            kind="outcome",
            text=f"{node.state['asks']} Was it done?",
            proposal=node.state["proposal"],
            options=["done", "not done"],
            expires_at=expires,
        )
        return Pause(occurrence=node.occurrence, why="nobody can tell but a person", until=expires, question=question)

    def _told_whether(self, node: NodeContext, ended: Ended) -> Update:
        """Done: go on as after any change. Not done: carry it out anew. No answer: ask again."""
        answer = HumanAnswer.model_validate(ended["answer"]) if ended["ended_by"] == "answer" else None
        if answer is None:
            return {"approved": False}
        if answer.answer == "not done":
            return {"approved": True, "asks": ""}
        duty = self.chosen(node.state)
        effect = _effect(node, Author("main", duty.role, duty.name), TREE_ROWS[node.state["conclusion"]["cause"]])
        told = {
            "port": effect.port.name,
            "arguments": effect.arguments,
            "done": True,
            "detail": f"{answer.by}: it was done",
        }
        result = node.write("result", {**told, "reference": ""}, effect.rows, effect.author)
        return {"asks": "", "approved": False, **_after_result(node, result)}


def _after_act(state: Any, then: str, ask_whether: str) -> str:
    if state["asks"]:
        return ask_whether
    return then if state["passed"] is not False else BACK


def _effect(node: NodeContext, author: Author, row: str) -> OutsideEffect:
    proposal = Proposal.model_validate(node.state["proposal"])
    arguments = {"service": proposal.service, **proposal.parameters}
    return OutsideEffect(PORTS[str(proposal.action)], arguments, author, (row,))


def _after_result(node: NodeContext, result: Event) -> Update:
    if not result.payload["done"]:
        return failed(node, "failed", result.payload["detail"], result)
    if node.state["proposal"]["action"] == "build_hotfix":
        return {"candidate_version": result.payload["reference"], "passed": None}
    return {"acted_at": result.at.isoformat(), "passed": None, "vouched": False}


def edited(proposal: dict[str, Any], ended: Ended) -> dict[str, Any]:
    """The proposal as a person changed it, and still frozen."""
    answer: dict[str, Any] = ended.get("answer") or {}
    parameters = answer.get("parameters")
    return {**proposal, "parameters": parameters} if parameters else proposal


def not_proposable(report: Proposal, briefing: Briefing) -> str:
    """Why a proposal cannot be put to anyone; empty where it can. Targets and arguments must be real."""
    if report.action is None:
        return report.summary
    if report.service not in briefing.catalogue.services:
        return f"the target {report.service} is not in the catalogue"
    try:
        PORTS[report.action].arguments.model_validate({"service": report.service, **report.parameters})
    except ValidationError as error:
        return f"the arguments do not fit {report.action}: {error.errors()[0]['msg']}"
    if already_tried(briefing.attempts, report.service, report.action, report.parameters):
        return f"{report.action} of {report.service} was tried or refused before: {briefing.attempts[-1].said}"
    return ""


def decided(rule: policy.PolicyRule, ended: Ended) -> tuple[str, str, str]:
    """The decision, who made it, and what they said. Only a clear yes is a yes."""
    if rule.verdict != "ask":
        return ("approved" if rule.verdict == "auto" else "refused"), "policy", rule.why
    if ended["ended_by"] != "answer":
        return "expired", "nobody", "nobody answered in time"
    answer = HumanAnswer.model_validate(ended["answer"])
    said = answer.comment or "no comment"
    return ("approved" if answer.answer in ("approve", "edit") else "refused"), answer.by, said
