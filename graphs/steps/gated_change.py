"""Acts: changes to production are proposed, decided on by policy or a person, and carried out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.reports.mitigation import Proposal
from agents.runtime.duty import Duty
from agents.tools.change import Change
from graphs.model import policy
from graphs.model.questions import HumanAnswer, Pause, Question
from graphs.model.runbook import PROPOSAL_EXPIRES_AFTER, PROPOSAL_IS_FRESH_FOR, TREE_ROWS
from graphs.runtime.briefings import from_state
from graphs.runtime.node_context import NodeContext, OutcomeUnknown, OutsideEffect
from graphs.runtime.nodes import Ended, GraphBuilder, Update, question_id
from graphs.steps.approval import asked_anew, digest_of, in_words, not_proposable, settled, still_stands
from graphs.steps.attempts import BACK, failed
from graphs.transcript.events import Author, Event

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
        case = from_state(node)
        report = await node.perform(duty, case, rows=(row,))
        why_not = "" if report.action is None and self.may_do_without else not_proposable(report, case)
        if report.action is None or why_not:
            asks = f"No mitigation to propose: {why_not}" if why_not else ""
            return {"proposal": None, "asks": asks, "passed": None}
        return self._put(node, report, row)

    def _put(self, node: NodeContext, report: Proposal, row: str, anew: str = "") -> Update:
        proposal, author = report.model_dump(mode="json"), Author("main", *self._duty(node))
        told = {"proposal": proposal, "digest": digest_of(proposal), "asked_anew": anew}
        event = node.write("proposal", told, (row,), author)
        proposed = {"proposal": proposal, "proposed_at": event.at.isoformat(), "asked_anew": anew}
        return {**proposed, "passed": None, "approved": False}

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
        expires, proposal = now + PROPOSAL_EXPIRES_AFTER * node.deps.minute, node.state["proposal"]
        question = Question(
            id=question_id(node),
            kind="approval",
            text=in_words(proposal, node.state.get("asked_anew", "")),
            proposal=proposal,
            digest=digest_of(proposal),
            options=["approve", "refuse", "edit"],
            may=list(rule.may),
            expires_at=expires,
        )
        return Pause(occurrence=node.occurrence, why=rule.why, until=expires, question=question, acts=True)

    def _decided(self, node: NodeContext, ended: Ended) -> Update:
        shown = _shown(node)
        decision = settled(self._rule(node), ended, node.state["proposal"], shown)
        event = node.write("decision", decision._asdict(), author=Author("main", self.chosen(node.state).role))
        if decision.decision == "approved":
            approved = {"approved": True, "approval": event.key, "approved_as_shown": shown}
            return {**approved, "proposal": decision.proposal, "decided_at": event.at.isoformat()}
        outcome = "expired" if decision.decision == "expired" else "refused"
        return {"approved": False, **failed(node, outcome, f"{decision.by}: {decision.why}", event, decision.by)}

    async def _check_again(self, node: NodeContext, row: str) -> Update:
        """A late yes is a yes to what was shown then: where another change would be proposed now, that is asked."""
        took = datetime.fromisoformat(node.state["decided_at"]) - datetime.fromisoformat(node.state["proposed_at"])
        if took <= PROPOSAL_IS_FRESH_FOR * node.deps.minute:
            return {}
        case = from_state(node)
        report = await node.perform(self.chosen(node.state), case, rows=())
        if still_stands(node.state["proposal"], node.state.get("approved_as_shown", ""), report):
            return {}
        why_not = not_proposable(report, case)
        if why_not:
            event = node.report_event()
            return {"approved": False, **failed(node, "expired", f"it is out of date: {why_not}", event)}
        return self._put(node, report, row, asked_anew(node.state["proposal"], report))

    async def _carry_out(self, node: NodeContext, row: str) -> Update:
        effect = self._effect(node, row)
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
            digest=digest_of(node.state["proposal"]),
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
        effect = self._effect(node, TREE_ROWS[node.state["conclusion"]["cause"]])
        told = {**effect.requested, "done": True, "detail": f"{answer.by}: it was done", "reference": ""}
        result = node.write("result", told, effect.rows, effect.author)
        return {"asks": "", "approved": False, **_after_result(node, result)}

    def _effect(self, node: NodeContext, row: str) -> OutsideEffect:
        change = Change.of(node.state["proposal"])
        author = Author("main", *self._duty(node))
        return OutsideEffect(change.port, change.arguments, author, (row,), approval=node.state.get("approval", ""))


def _after_act(state: Any, then: str, ask_whether: str) -> str:
    if state["asks"]:
        return ask_whether
    return then if state["passed"] is not False else BACK


def _shown(node: NodeContext) -> str:
    """The digest of the change that the question put to people; without a question, of the proposal."""
    asked = node.find(f"question/{question_id(node)}")
    if asked is None:
        return digest_of(node.state["proposal"])
    question = Question.model_validate(asked.payload["question"])
    return question.digest or digest_of(question.proposal or {})


def _after_result(node: NodeContext, result: Event) -> Update:
    if not result.payload["done"]:
        return failed(node, "failed", result.payload["detail"], result)
    if node.state["proposal"]["action"] == "build_hotfix":
        return {"candidate_version": result.payload["reference"], "passed": None}
    return {"acted_at": result.at.isoformat(), "passed": None, "vouched": False}
