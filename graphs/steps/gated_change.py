"""Gated changes: a change to production is proposed, decided on by policy or a person, and carried out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from agents.reports.mitigation import Proposal
from agents.rules.writing.wording import at
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.ledger import Act
from agents.tools.change import Change, UnfitChange
from graphs.model import policy
from graphs.model.policy import Approval
from graphs.model.questions import HumanAnswer, Pause, Question
from graphs.model.runbook import PROPOSAL_EXPIRES_AFTER, PROPOSAL_IS_FRESH_FOR
from graphs.runtime.node_context import MadeMeanwhile, NodeContext, OutcomeUnknown, OutsideEffect
from graphs.runtime.nodes import Ended, GraphBuilder, Update, question_id
from graphs.steps.approval import (
    NO_COMMENT,
    Decision,
    Fields,
    approvals_in_words,
    approvals_with,
    asked_anew,
    digest_of,
    in_words,
    lead_on,
    not_proposable,
    still_stands,
)
from graphs.steps.checks import BACK, failed
from graphs.steps.second_look import asked_whether_still, is_read_again, measured_over
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Occurrence
from graphs.transcript.facts import Facts

ASK_A_PERSON = "s2_ask_a_person"
"""Where a run goes when there is nothing to propose."""
PUT_ANEW = "Put to the policy anew: by the time it was decided on, the hours of another rule had begun."
"""Said before why else it is put to people again: whoever is asked now was not told so before."""


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
        builder.branch(
            self.propose, lambda state: self._after_proposal(state, then), (self.decide, then, ASK_A_PERSON, BACK)
        )
        builder.branch(self.decide, self._after_decision, (self.check_again, self.decide, BACK))
        builder.branch(self.check_again, self._after_second_check, (self.carry_out, self.decide, BACK))
        builder.branch(
            self.carry_out,
            lambda state: self._after_change(state, then),
            (then, BACK, self.ask_whether_done, self.decide),
        )
        builder.branch(
            self.ask_whether_done,
            lambda state: self._after_account(state, then),
            (self.carry_out, then, self.ask_whether_done),
        )

    def _after_proposal(self, state: Any, then: str) -> str:
        if state["proposal_ref"]:
            return self.decide
        if state["passed"] is False:
            return BACK
        return then if self.may_do_without else ASK_A_PERSON

    def _after_decision(self, state: Any) -> str:
        """Without a decision, as when further people have to approve, it is asked again."""
        if state["approved"]:
            return self.check_again
        return BACK if state["passed"] is False else self.decide

    def _after_second_check(self, state: Any) -> str:
        if state["approved"]:
            return self.carry_out
        return BACK if state["passed"] is False else self.decide

    def _after_change(self, state: Any, then: str) -> str:
        if state["asks"]:
            return self.ask_whether_done
        if state["passed"] is False:
            return BACK
        return then if state["approved"] else self.decide

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
        if report.action is None and not report.is_needed and not _was_sent_back(node):
            return {"proposal_ref": "", "asks": "", "passed": False}  # it is well now: what it was is looked at again
        why_not = "" if report.action is None and self.may_do_without else _why_not(node, report, briefing)
        if report.action is None or why_not:
            asks = f"No mitigation to propose: {why_not}" if why_not else ""
            return {"proposal_ref": "", "asks": asks, "passed": None}
        return self._put(node, report, row)

    def _put(
        self, node: NodeContext, report: Proposal, row: str, anew: str = "", *, though_over: bool = False
    ) -> Update:
        proposal = report.model_dump(mode="json")
        payload = {"proposal": proposal, "digest": digest_of(proposal), "asked_anew": anew}
        payload |= {"though_over": True} if though_over else {}
        if anew and node.facts.asked_for_by:
            payload["asked_by"] = node.facts.asked_for_by
        event = node.write("proposal", payload, (row,), self._author(node))
        return {"proposal_ref": event.ref, "passed": None, "approved": False}

    def _question(self, node: NodeContext) -> Pause:
        proposal, now = _open_proposal(node), node.deps.clock.now()
        rule = _rule(node, proposal)
        if rule.verdict != "ask":
            return Pause(occurrence=node.occurrence, why=rule.why, until=now, acts=True)
        expires, shown = now + PROPOSAL_EXPIRES_AFTER * node.deps.minute, proposal.model_dump(mode="json")
        approvals = policy.valid_approvals(node.facts.approvals, rule, digest_of(shown))
        question = Question(
            id=question_id(node),
            kind="approval",
            text=in_words(
                shown, node.facts.asked_anew, approvals_in_words(rule, approvals), lead_on(node.facts, shown)
            ),
            proposal=shown,
            digest=digest_of(shown),
            options=["approve", "refuse", "edit"],
            may=list(rule.approvers),
            approvals=rule.approvals,
            approved_by=[one.by for one in approvals],
            rule=rule.record if rule.number else None,
            expires_at=expires,
        )
        return Pause(occurrence=node.occurrence, why=rule.why, until=expires, question=question, acts=True)

    def _decided(self, node: NodeContext, ended: Ended) -> Update:
        proposal, asked = _open_proposal(node), _asked(node)
        rule = _rule(node, proposal)
        if asked and rule.verdict == "auto":
            rule = policy.ASK  # the policy was changed while people were asked: what they say counts
        decision = decision_on(rule, ended, proposal.model_dump(mode="json"), _shown(asked, proposal))
        author = Author("main", self._chosen(node.facts).role)
        payload = {**decision._asdict(), "rule": rule.record.model_dump()}
        if decision.decision == "approved" and asked and rule is not policy.ASK:
            approvals = approvals_with(asked, rule, node.facts.approvals, decision)
            if len(approvals) < rule.approvals:
                return _partly_approved(node, approvals, decision, author)
            payload["approved_by"] = [one.by for one in approvals]
        event = node.write("decision", payload, author=author)
        if decision.decision == "approved":
            return {"approved": True}
        outcome = "expired" if decision.decision == "expired" else "refused"
        return {"approved": False, **failed(node, outcome, f"{decision.by}: {decision.why}", event, decision.by)}

    async def _check_again(self, node: NodeContext, row: str) -> Update:
        """An approval that took long is validated again: another change that would be proposed now is put to people."""
        facts = node.facts
        assert facts.decided_at
        assert facts.proposed_at
        if made := _made_meanwhile(facts):
            why_not = f"{made.action.replace('_', ' ')} of {made.service} was made at {at(made.at)} by another run"
            approved = node.find(facts.approval)
            assert approved
            return {"approved": False, **failed(node, "overtaken", why_not, approved)}
        if _another_rule_has_begun(node):
            anew = f"{PUT_ANEW} {facts.asked_anew.removeprefix(PUT_ANEW).strip()}".strip()
            return self._put(node, _open_proposal(node), row, anew, though_over=facts.asked_though_over)
        is_called_for_by_people = facts.asked_for_by or facts.asked_though_over
        if is_called_for_by_people or facts.decided_at - facts.proposed_at <= PROPOSAL_IS_FRESH_FOR * node.deps.minute:
            return {}  # no reading called for what a person asked for, so none can be out of date
        briefing, approved = node.briefing(), _open_proposal(node).model_dump(mode="json")
        report = await node.perform(self._chosen(facts), briefing, rows=())
        shown = digest_of(facts.as_proposed.model_dump(mode="json")) if facts.as_proposed else ""
        if still_stands(approved, shown, report):
            return {}
        why_not = _why_not(node, report, briefing)
        if why_not:
            event = node.report_event()
            return {"approved": False, **failed(node, "overtaken", f"it is out of date: {why_not}", event)}
        return self._put(node, report, row, asked_anew(approved, report))

    async def _carry_out(self, node: NodeContext, row: str) -> Update:
        """Make the change, unless what it was proposed for is measured to be over: then people are asked once more."""
        proposal = _open_proposal(node)
        if is_read_again(node) and (found := await measured_over(node)):
            if _rule(node, proposal, node.facts.decided_at).verdict == "auto":
                return failed(node, "overtaken", f"before it was made, it was over: {found}", node.report_event())
            return self._put(node, proposal, row, asked_whether_still(node, proposal, found), though_over=True)
        try:
            result = await node.carry_out(_effect(node, self._author(node), row))
        except OutcomeUnknown as unknown:
            return {"asks": str(unknown)}
        except MadeMeanwhile as made:
            approved = node.find(node.facts.approval)
            assert approved
            return failed(node, "overtaken", str(made), approved)
        return _after_result(node, result)

    def _ask_whether(self, node: NodeContext) -> Pause:
        expires = node.deps.clock.now() + PROPOSAL_EXPIRES_AFTER * node.deps.minute
        proposal = _open_proposal(node).model_dump(mode="json")
        question = Question(
            id=question_id(node),
            kind="outcome",
            text=f"{node.state['asks']} Was it done?",
            proposal=proposal,
            digest=digest_of(proposal),
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
        account = {"done": True, "detail": f"{answer.by}: it was done", "reference": ""}
        result = node.write("result", {**effect.requested, **account}, effect.rows, effect.author)
        return {"asks": "", "approved": False, **_after_result(node, result)}


def decision_on(rule: policy.PolicyRule, ended: Ended, proposal: Fields, shown: str) -> Decision:
    """The decision on a proposal. `shown`: the digest that the question had. Nothing else can be approved."""
    decision, by, why = decided(rule, ended)
    wanted = edited(proposal, ended)
    try:
        digest = Change.of(wanted).digest
    except UnfitChange as unfit:
        digest, cannot = "", str(unfit)
    else:
        cannot = "" if digest_of(proposal) == shown else "what was shown is not what is proposed"
    if decision == "approved" and cannot:
        return Decision("refused", by, f"it cannot be approved: {cannot}", wanted, digest)
    return Decision(decision, by, why, wanted, digest)


def decided(rule: policy.PolicyRule, ended: Ended) -> tuple[str, str, str]:
    """The decision, who made it, and what they said. Only a clear yes is a yes."""
    if rule.verdict != "ask":
        return ("approved" if rule.verdict == "auto" else "refused"), "policy", rule.why
    if ended["ended_by"] != "answer":
        return "expired", "nobody", "nobody answered in time"
    answer = HumanAnswer.model_validate(ended["answer"])
    comment = answer.comment or NO_COMMENT
    return ("approved" if answer.answer in ("approve", "edit") else "refused"), answer.by, comment


def edited(proposal: Fields, ended: Ended) -> Fields:
    """The proposal as a person changed it, and still frozen."""
    answer: Fields = ended.get("answer") or {}
    return {**proposal, "parameters": answer["parameters"]} if answer.get("answer") == "edit" else proposal


class RecordLost(Exception):
    """An event that a step needs is damaged."""


def _why_not(node: NodeContext, report: Proposal, briefing: Briefing) -> str:
    """Why a proposal cannot be put to anyone; what nothing connected can carry out is advice to a person."""
    if why_not := not_proposable(report, briefing):
        return why_not
    change = Change.of(report.model_dump(mode="json"))
    if node.deps.connections.driver(change.port, change.service) is not None:
        return ""
    what = report.summary.replace("Propose: ", "What would help: ", 1)
    return f"nothing is connected that can do the {change}; somebody could do it by hand. {what}"


def _was_sent_back(node: NodeContext) -> bool:
    """Whether a proposal was looked for here before, and no person has named the cause since: then one is asked."""
    if node.number == 1:
        return False
    before = node.find(f"{Occurrence(node.lane, node.node, node.number - 1).name}/started")
    directed_at = node.facts.directed_at
    return before is None or directed_at is None or before.at > directed_at


def _open_proposal(node: NodeContext) -> Proposal:
    """The proposal that is decided on or carried out. Raises RecordLost."""
    proposal = node.facts.proposal
    if proposal is None:
        raise RecordLost("what was proposed cannot be read in the transcript any more")
    return proposal


def _rule(node: NodeContext, proposal: Proposal, at: datetime | None = None) -> policy.PolicyRule:
    """The rule that decides; its hours are looked at when the change was proposed, unless another time is given."""
    facts = node.facts
    moment = at or facts.proposed_at
    assert facts.severity
    assert moment
    change = policy.ProposedChange(
        facts.severity, str(proposal.action), proposal.service, facts.alert_received.environment, moment
    )
    return policy.decide(change, node.deps.policy)


def _made_meanwhile(facts: Facts) -> Act | None:
    """The same change of the same service, made since this one was proposed: by another run, as this one waits."""
    assert facts.proposal
    assert facts.proposed_at
    wanted = (facts.proposal.action, facts.proposal.service)
    made = (act for act in facts.ledger.acts if (act.action, act.service) == wanted and act.at >= facts.proposed_at)
    return next(made, None)


def _another_rule_has_begun(node: NodeContext) -> bool:
    """Whether a rule that does more than let it through was in force at the decision, and not yet at the proposal."""
    proposal = _open_proposal(node)
    at_decision = _rule(node, proposal, node.facts.decided_at)
    return at_decision.verdict != "auto" and at_decision != _rule(node, proposal)


def _partly_approved(node: NodeContext, approvals: Sequence[Approval], decision: Decision, author: Author) -> Update:
    """Write down a yes that is not enough by itself; people are asked again."""
    if approvals and approvals[-1].by == decision.by:
        payload = {"approval": approvals[-1].model_dump(), "proposal": decision.proposal}
        node.write("approval", payload, author=author)
    return {"approved": False, "passed": None}


def _effect(node: NodeContext, author: Author, row: str) -> OutsideEffect:
    change = Change.of(_open_proposal(node).model_dump(mode="json"))
    return OutsideEffect(change.port, change.arguments, author, (row,), approval=node.facts.approval)


def _asked(node: NodeContext) -> Question | None:
    """The question that this visit put to people; None where the policy needed none."""
    asked = node.find(f"question/{question_id(node)}")
    return Question.model_validate(asked.payload["question"]) if asked else None


def _shown(asked: Question | None, proposal: Proposal) -> str:
    """The digest of the change that the question put to people; without a question, of the proposal."""
    if asked is None:
        return digest_of(proposal.model_dump(mode="json"))
    return asked.digest or digest_of(asked.proposal or {})


def _after_result(node: NodeContext, result: Event) -> Update:
    if not result.payload["done"]:
        return failed(node, "failed", result.payload["detail"], result)
    if _open_proposal(node).action == "build_hotfix":
        return {"passed": None}
    return {"acted": True, "passed": None, "vouched": False}
