"""Acts: changes to production are proposed, decided on by policy or a person, and carried out."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from agents.attempts import already_tried
from agents.briefing import Briefing
from agents.port import PORTS
from agents.reports import Proposal
from agents.role import Duty
from graphs import policy
from graphs.attempts import BACK, failed
from graphs.case import from_state
from graphs.nodes import Chart, Ended, Update, question_id
from graphs.questions import HumanAnswer, Pause, Question
from graphs.runbook import PROPOSAL_EXPIRES_AFTER
from graphs.transcript import Author
from graphs.visit import Effect, Visit


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
        """Three nodes in a row; without a yes, back to investigation."""
        propose, decide, carry_out = (f"{prefix}_{self.name}_{part}" for part in ("propose", "decide", "carry_out"))

        async def make_proposal(visit: Visit) -> Update:
            return await self._propose(visit, row)

        async def do_it(visit: Visit) -> Update:
            return await self._carry_out(visit, row)

        chart.node(propose, make_proposal)
        chart.wait(decide, self._question, self._decided)
        chart.node(carry_out, do_it)
        chart.branch(
            propose, lambda state: self._after_proposal(state, decide, then), (decide, then, "s2_ask_a_person")
        )
        chart.fork(decide, lambda state: bool(state["approved"]), carry_out, BACK)
        chart.fork(carry_out, lambda state: state["passed"] is not False, then, BACK)

    def first(self, prefix: str) -> str:
        return f"{prefix}_{self.name}_propose"

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
        proposal = report.model_dump(mode="json")
        visit.write("proposal", {"proposal": proposal}, (row,), Author("main", duty.role, duty.name))
        return {"proposal": proposal, "passed": None, "approved": False}

    def _question(self, visit: Visit) -> Pause:
        proposal = Proposal.model_validate(visit.state["proposal"])
        verdict, why = policy.decide(visit.state["severity"], str(proposal.action), proposal.service, visit.room.policy)
        now = visit.room.clock.now()
        if verdict != "ask":
            return Pause(occurrence=visit.occurrence, why=why, until=now)
        expires = now + PROPOSAL_EXPIRES_AFTER * visit.room.minute
        question = Question(
            id=question_id(visit),
            kind="approval",
            text=proposal.summary,
            proposal=visit.state["proposal"],
            options=["approve", "refuse"],
            expires_at=expires,
        )
        return Pause(occurrence=visit.occurrence, why=why, until=expires, question=question)

    def _decided(self, visit: Visit, ended: Ended) -> Update:
        proposal = Proposal.model_validate(visit.state["proposal"])
        verdict, why = policy.decide(visit.state["severity"], str(proposal.action), proposal.service, visit.room.policy)
        decision, by, said = decided(verdict, why, ended)
        told = {"decision": decision, "by": by, "why": said, "proposal": visit.state["proposal"]}
        event = visit.write("decision", told, author=Author("main", self.chosen(visit.state).role))
        if decision == "approved":
            return {"approved": True}
        outcome = "expired" if decision == "expired" else "refused"
        return {"approved": False, **failed(visit, outcome, f"{by}: {said}", [event.ref], by)}

    async def _carry_out(self, visit: Visit, row: str) -> Update:
        proposal = Proposal.model_validate(visit.state["proposal"])
        duty = self.chosen(visit.state)
        arguments = {"service": proposal.service, **proposal.parameters}
        author = Author("main", duty.role, duty.name)
        result = await visit.carry_out(Effect(PORTS[str(proposal.action)], arguments, author, (row,)))
        if not result.payload["done"]:
            return failed(visit, "failed", result.payload["detail"], [result.ref])
        if proposal.action == "build_hotfix":
            return {"candidate_version": result.payload["reference"], "passed": None}
        return {"acted_at": result.at.isoformat(), "passed": None, "vouched": False}


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


def decided(verdict: policy.Verdict, why: str, ended: Ended) -> tuple[str, str, str]:
    """The decision, who made it, and what they said. Only a clear yes is a yes."""
    if verdict == "auto":
        return "approved", "policy", why
    if verdict == "never":
        return "refused", "policy", why
    if ended["ended_by"] != "answer":
        return "expired", "nobody", "nobody answered in time"
    answer = HumanAnswer.model_validate(ended["answer"])
    said = answer.comment or "no comment"
    return ("approved" if answer.answer == "approve" else "refused"), answer.by, said
