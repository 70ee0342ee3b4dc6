"""Gated changes: a change to production is proposed, decided on by policy or a person, and carried out."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from agents.reports.mitigation import Proposal
from agents.rules.mitigation.past_attempts import already_tried
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.tools.port import PORTS
from graphs.model import policy
from graphs.model.questions import HumanAnswer, Pause, Question
from graphs.model.runbook import PROPOSAL_EXPIRES_AFTER, PROPOSAL_IS_FRESH_FOR
from graphs.runtime.node_context import NodeContext, OutcomeUnknown, OutsideEffect
from graphs.runtime.nodes import Ended, GraphBuilder, Update, question_id
from graphs.steps.attempts import BACK, failed
from graphs.transcript.events import Author, Event
from graphs.transcript.facts import Facts

ASK_A_PERSON = "s2_ask_a_person"
"""Where a run goes when there is nothing to propose."""


@dataclass(frozen=True)
class GatedChange:
    """A change to production, by its five nodes: propose, decide (by policy or a person), check again, carry out, ask.

    The last asks a person whether it was done, where nothing else can tell.
    """

    propose: str
    decide: str
    check_again: str
    carry_out: str
    ask_whether_done: str
    duty: Duty[Proposal]
    by_frontend: Duty[Proposal] | None = None
    """The Frontend Developer's duty, where the Relevant Developer acts."""
    may_do_without: bool = False
    """Where nothing can be proposed, the branch goes on."""

    @property
    def first(self) -> str:
        return self.propose

    def add_to(self, builder: GraphBuilder, row: str, then: str) -> None:
        """Add the nodes, which lead to `then`; without an approval, back to investigation."""
        builder.node(self.propose, partial(self._propose, row=row))
        builder.wait(self.decide, self._question, self._decided)
        builder.node(self.check_again, partial(self._check_again, row=row))
        builder.node(self.carry_out, partial(self._carry_out, row=row))
        builder.wait(self.ask_whether_done, self._ask_whether, partial(self._told_whether, row=row))
        self._connect(builder, then)

    def _connect(self, builder: GraphBuilder, then: str) -> None:
        builder.branch(self.propose, lambda state: self._after_proposal(state, then), (self.decide, then, ASK_A_PERSON))
        builder.fork(self.decide, lambda state: bool(state["approved"]), self.check_again, BACK)
        builder.branch(self.check_again, self._after_second_check, (self.carry_out, self.decide, BACK))
        builder.branch(
            self.carry_out, lambda state: self._after_change(state, then), (then, BACK, self.ask_whether_done)
        )
        builder.branch(
            self.ask_whether_done,
            lambda state: self._after_account(state, then),
            (self.carry_out, then, self.ask_whether_done),
        )

    def _after_proposal(self, state: Any, then: str) -> str:
        if state["proposal_ref"]:
            return self.decide
        return then if self.may_do_without else ASK_A_PERSON

    def _after_second_check(self, state: Any) -> str:
        if state["approved"]:
            return self.carry_out
        return BACK if state["passed"] is False else self.decide

    def _after_change(self, state: Any, then: str) -> str:
        if state["asks"]:
            return self.ask_whether_done
        return then if state["passed"] is not False else BACK

    def _after_account(self, state: Any, then: str) -> str:
        if state["approved"]:
            return self.carry_out
        return self.ask_whether_done if state["asks"] else then

    def _chosen(self, facts: Facts) -> Duty[Proposal]:
        by_frontend = self.by_frontend if facts.relevant_developer == "frontend_developer" else None
        return by_frontend or self.duty

    def _author(self, node: NodeContext) -> Author:
        duty = self._chosen(node.facts)
        return Author("main", duty.role, duty.name)

    async def _propose(self, node: NodeContext, row: str) -> Update:
        briefing = node.briefing()
        report = await node.perform(self._chosen(node.facts), briefing, rows=(row,))
        why_not = "" if report.action is None and self.may_do_without else not_proposable(report, briefing)
        if report.action is None or why_not:
            asks = f"No mitigation to propose: {why_not}" if why_not else ""
            return {"proposal_ref": "", "asks": asks, "passed": None}
        return self._put(node, report, row)

    def _put(self, node: NodeContext, report: Proposal, row: str) -> Update:
        event = node.write("proposal", {"proposal": report.model_dump(mode="json")}, (row,), self._author(node))
        return {"proposal_ref": event.ref, "passed": None, "approved": False}

    def _question(self, node: NodeContext) -> Pause:
        proposal, now = _open_proposal(node), node.deps.clock.now()
        rule = _rule(node, proposal)
        if rule.verdict != "ask":
            return Pause(occurrence=node.occurrence, why=rule.why, until=now, acts=True)
        expires = now + PROPOSAL_EXPIRES_AFTER * node.deps.minute
        question = Question(
            id=question_id(node),
            kind="approval",
            text=proposal.summary,
            proposal=proposal.model_dump(mode="json"),
            options=["approve", "refuse", "edit"],
            may=list(rule.may),
            expires_at=expires,
        )
        return Pause(occurrence=node.occurrence, why=rule.why, until=expires, question=question, acts=True)

    def _decided(self, node: NodeContext, ended: Ended) -> Update:
        proposal = _open_proposal(node)
        decision, by, said = decided(_rule(node, proposal), ended)
        payload = {"decision": decision, "by": by, "why": said}
        event = node.write(
            "decision",
            {**payload, "proposal": edited(proposal.model_dump(mode="json"), ended)},
            author=Author("main", self._chosen(node.facts).role),
        )
        if decision == "approved":
            return {"approved": True}
        outcome = "expired" if decision == "expired" else "refused"
        return {"approved": False, **failed(node, outcome, f"{by}: {said}", event, by)}

    async def _check_again(self, node: NodeContext, row: str) -> Update:
        """An approval that took long is validated again: what would be proposed now instead is put to people anew."""
        facts = node.facts
        assert facts.decided_at
        assert facts.proposed_at
        if facts.decided_at - facts.proposed_at <= PROPOSAL_IS_FRESH_FOR * node.deps.minute:
            return {}
        briefing, approved = node.briefing(), _open_proposal(node)
        report = await node.perform(self._chosen(facts), briefing, rows=())
        if (report.action, report.service) == (approved.action, approved.service):
            return {}
        why_not = not_proposable(report, briefing)
        if why_not:
            event = node.report_event()
            return {"approved": False, **failed(node, "expired", f"it is out of date: {why_not}", event)}
        return self._put(node, report, row)

    async def _carry_out(self, node: NodeContext, row: str) -> Update:
        try:
            result = await node.carry_out(_effect(node, self._author(node), row))
        except OutcomeUnknown as unknown:
            return {"asks": str(unknown)}
        return _after_result(node, result)

    def _ask_whether(self, node: NodeContext) -> Pause:
        expires = node.deps.clock.now() + PROPOSAL_EXPIRES_AFTER * node.deps.minute
        question = Question(
            id=question_id(node),
            kind="outcome",
            text=f"{node.state['asks']} Was it done?",
            proposal=_open_proposal(node).model_dump(mode="json"),
            options=["done", "not done"],
            expires_at=expires,
        )
        return Pause(occurrence=node.occurrence, why="nobody can tell but a person", until=expires, question=question)

    def _told_whether(self, node: NodeContext, ended: Ended, row: str) -> Update:
        """Done: go on as after any change. Not done: carry it out anew. No answer: ask again."""
        answer = HumanAnswer.model_validate(ended["answer"]) if ended["ended_by"] == "answer" else None
        if answer is None:
            return {"approved": False}
        if answer.answer == "not done":
            return {"approved": True, "asks": ""}
        effect = _effect(node, self._author(node), row)
        request = {"port": effect.port.name, "arguments": effect.arguments}
        account = {"done": True, "detail": f"{answer.by}: it was done", "reference": ""}
        result = node.write("result", {**request, **account}, effect.rows, effect.author)
        return {"asks": "", "approved": False, **_after_result(node, result)}


def _open_proposal(node: NodeContext) -> Proposal:
    proposal = node.facts.proposal
    assert proposal is not None
    return proposal


def _rule(node: NodeContext, proposal: Proposal) -> policy.PolicyRule:
    assert node.facts.severity
    return policy.decide(node.facts.severity, str(proposal.action), proposal.service, node.deps.policy)


def _effect(node: NodeContext, author: Author, row: str) -> OutsideEffect:
    proposal = _open_proposal(node)
    arguments = {"service": proposal.service, **proposal.parameters}
    return OutsideEffect(PORTS[str(proposal.action)], arguments, author, (row,))


def _after_result(node: NodeContext, result: Event) -> Update:
    if not result.payload["done"]:
        return failed(node, "failed", result.payload["detail"], result)
    if _open_proposal(node).action == "build_hotfix":
        return {"passed": None}
    return {"acted": True, "passed": None, "vouched": False}


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
