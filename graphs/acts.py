"""Acts: changes to production are proposed, decided on by policy or a person, and carried out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from agents.book.attempts import already_tried
from agents.briefing import Briefing
from agents.port import PORTS
from agents.reports import Proposal
from agents.role import Duty
from graphs import policy
from graphs.attempts import BACK, failed
from graphs.case import from_state
from graphs.nodes import Chart, Ended, Update, question_id
from graphs.questions import HumanAnswer, Pause, Question
from graphs.runbook import PROPOSAL_EXPIRES_AFTER, PROPOSAL_IS_FRESH_FOR, TREE_ROWS
from graphs.transcript import Author, Event
from graphs.visit import Effect, OutcomeUnknown, Visit

PROPOSE, DECIDE = "_propose", "_decide"
"""What an act's first nodes are called, after the act."""


@dataclass(frozen=True)
class Act:
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

    def add_to(self, chart: Chart, prefix: str, row: str, then: str) -> None:
        """Nodes in a row, and one more where nobody can tell if it was done; without a yes, back to looking."""
        parts = (PROPOSE, DECIDE, "_check_again", "_carry_out", "_ask_whether_done")
        propose, decide, check_again, carry_out, ask_whether = (f"{prefix}_{self.name}{part}" for part in parts)

        async def make_proposal(visit: Visit) -> Update:
            return await self._propose(visit, row)

        async def look_once_more(visit: Visit) -> Update:
            return await self._check_again(visit, row)

        async def do_it(visit: Visit) -> Update:
            return await self._carry_out(visit, row)

        chart.node(propose, make_proposal)
        chart.wait(decide, self._question, self._decided)
        chart.node(check_again, look_once_more)
        chart.node(carry_out, do_it)
        chart.branch(
            propose, lambda state: self._after_proposal(state, decide, then), (decide, then, "s2_ask_a_person")
        )
        chart.fork(decide, lambda state: bool(state["approved"]), check_again, BACK)
        chart.branch(
            check_again,
            lambda state: carry_out if state["approved"] else BACK if state["passed"] is False else decide,
            (carry_out, decide, BACK),
        )
        chart.wait(ask_whether, self._ask_whether, self._told_whether)
        chart.branch(carry_out, lambda state: _after_act(state, then, ask_whether), (then, BACK, ask_whether))
        again = {True: carry_out, False: then}
        chart.branch(
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

    async def _propose(self, visit: Visit, row: str) -> Update:
        duty = self.chosen(visit.state)
        case = from_state(visit)
        report = await visit.perform(duty, case, rows=(row,))
        why_not = "" if report.action is None and self.may_do_without else not_proposable(report, case)
        if report.action is None or why_not:
            asks = f"No mitigation to propose: {why_not}" if why_not else ""
            return {"proposal": None, "asks": asks, "passed": None}
        return self._put(visit, report, row)

    def _put(self, visit: Visit, report: Proposal, row: str) -> Update:
        proposal, author = report.model_dump(mode="json"), Author("main", *self._duty(visit))
        event = visit.write("proposal", {"proposal": proposal}, (row,), author)
        return {"proposal": proposal, "passed": None, "approved": False, "proposed_at": event.at.isoformat()}

    def _duty(self, visit: Visit) -> tuple[str, str]:
        duty = self.chosen(visit.state)
        return duty.role, duty.name

    def _rule(self, visit: Visit) -> policy.Rule:
        proposal = Proposal.model_validate(visit.state["proposal"])
        return policy.decide(visit.state["severity"], str(proposal.action), proposal.service, visit.room.policy)

    def _question(self, visit: Visit) -> Pause:
        rule, now = self._rule(visit), visit.room.clock.now()
        if rule.verdict != "ask":
            return Pause(occurrence=visit.occurrence, why=rule.why, until=now, acts=True)
        expires = now + PROPOSAL_EXPIRES_AFTER * visit.room.minute
        question = Question(
            id=question_id(visit),
            kind="approval",
            text=visit.state["proposal"]["summary"],
            proposal=visit.state["proposal"],
            options=["approve", "refuse", "edit"],
            may=list(rule.may),
            expires_at=expires,
        )
        return Pause(occurrence=visit.occurrence, why=rule.why, until=expires, question=question, acts=True)

    def _decided(self, visit: Visit, ended: Ended) -> Update:
        decision, by, said = decided(self._rule(visit), ended)
        proposal = edited(visit.state["proposal"], ended)
        told = {"decision": decision, "by": by, "why": said, "proposal": proposal}
        event = visit.write("decision", told, author=Author("main", self.chosen(visit.state).role))
        if decision == "approved":
            return {"approved": True, "proposal": proposal, "decided_at": event.at.isoformat()}
        outcome = "expired" if decision == "expired" else "refused"
        return {"approved": False, **failed(visit, outcome, f"{by}: {said}", event, by)}

    async def _check_again(self, visit: Visit, row: str) -> Update:
        """A late yes is a yes to what was shown then: where something else would be proposed now, that is asked."""
        took = datetime.fromisoformat(visit.state["decided_at"]) - datetime.fromisoformat(visit.state["proposed_at"])
        if took <= PROPOSAL_IS_FRESH_FOR * visit.room.minute:
            return {}
        case, old = from_state(visit), Proposal.model_validate(visit.state["proposal"])
        report = await visit.perform(self.chosen(visit.state), case, rows=())
        if (report.action, report.service) == (old.action, old.service):
            return {}
        why_not = not_proposable(report, case)
        if why_not:
            event = visit.report_event()
            return {"approved": False, **failed(visit, "expired", f"it is out of date: {why_not}", event)}
        return self._put(visit, report, row)

    async def _carry_out(self, visit: Visit, row: str) -> Update:
        duty = self.chosen(visit.state)
        effect = _effect(visit, Author("main", duty.role, duty.name), row)
        try:
            result = await visit.carry_out(effect)
        except OutcomeUnknown as unknown:
            return {"asks": str(unknown)}
        return _after_result(visit, result)

    def _ask_whether(self, visit: Visit) -> Pause:
        expires = visit.room.clock.now() + PROPOSAL_EXPIRES_AFTER * visit.room.minute
        question = Question(
            id=question_id(visit),
            kind="outcome",
            text=f"{visit.state['asks']} Was it done?",
            proposal=visit.state["proposal"],
            options=["done", "not done"],
            expires_at=expires,
        )
        return Pause(occurrence=visit.occurrence, why="nobody can tell but a person", until=expires, question=question)

    def _told_whether(self, visit: Visit, ended: Ended) -> Update:
        """Done: go on as after any change. Not done: carry it out anew. No answer: ask again."""
        answer = HumanAnswer.model_validate(ended["answer"]) if ended["ended_by"] == "answer" else None
        if answer is None:
            return {"approved": False}
        if answer.answer == "not done":
            return {"approved": True, "asks": ""}
        duty = self.chosen(visit.state)
        effect = _effect(visit, Author("main", duty.role, duty.name), TREE_ROWS[visit.state["conclusion"]["cause"]])
        told = {
            "port": effect.port.name,
            "arguments": effect.arguments,
            "done": True,
            "detail": f"{answer.by}: it was done",
        }
        result = visit.write("result", {**told, "reference": ""}, effect.rows, effect.author)
        return {"asks": "", "approved": False, **_after_result(visit, result)}


def _after_act(state: Any, then: str, ask_whether: str) -> str:
    if state["asks"]:
        return ask_whether
    return then if state["passed"] is not False else BACK


def _effect(visit: Visit, author: Author, row: str) -> Effect:
    proposal = Proposal.model_validate(visit.state["proposal"])
    arguments = {"service": proposal.service, **proposal.parameters}
    return Effect(PORTS[str(proposal.action)], arguments, author, (row,))


def _after_result(visit: Visit, result: Event) -> Update:
    if not result.payload["done"]:
        return failed(visit, "failed", result.payload["detail"], result)
    if visit.state["proposal"]["action"] == "build_hotfix":
        return {"candidate_version": result.payload["reference"], "passed": None}
    return {"acted_at": result.at.isoformat(), "passed": None, "vouched": False}


def edited(proposal: dict[str, Any], ended: Ended) -> dict[str, Any]:
    """The proposal as a person changed it, and still frozen."""
    answer: dict[str, Any] = ended.get("answer") or {}
    parameters = answer.get("parameters")
    return {**proposal, "parameters": parameters} if parameters else proposal


def not_proposable(report: Proposal, case: Briefing) -> str:
    """Why a proposal cannot be put to anyone; empty where it can. Targets and arguments must be real."""
    if report.action is None:
        return report.summary
    if report.service not in case.catalogue.services:
        return f"the target {report.service} is not in the catalogue"
    try:
        PORTS[report.action].arguments.model_validate({"service": report.service, **report.parameters})
    except ValidationError as error:
        return f"the arguments do not fit {report.action}: {error.errors()[0]['msg']}"
    if already_tried(case.attempts, report.service, report.action, report.parameters):
        return f"{report.action} of {report.service} was tried or refused before: {case.attempts[-1].said}"
    return ""


def decided(rule: policy.Rule, ended: Ended) -> tuple[str, str, str]:
    """The decision, who made it, and what they said. Only a clear yes is a yes."""
    if rule.verdict != "ask":
        return ("approved" if rule.verdict == "auto" else "refused"), "policy", rule.why
    if ended["ended_by"] != "answer":
        return "expired", "nobody", "nobody answered in time"
    answer = HumanAnswer.model_validate(ended["answer"])
    said = answer.comment or "no comment"
    return ("approved" if answer.answer in ("approve", "edit") else "refused"), answer.by, said
