"""Projections: what each kind of event adds to the facts of its run."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from agents.io.act_kinds import ACT_KINDS
from agents.llm.gateway import CallOutcome
from agents.llm.health import reason
from agents.readings.history import PastIncidents, PipelineStatus
from agents.readings.production import Dependencies, InfrastructureState
from agents.reports.basis import Status
from agents.reports.investigation import Conclusion
from agents.reports.mitigation import Proposal
from agents.rules.writing.testimony import of_a_deed, of_recovery
from agents.runtime.briefing import Attempt
from graphs.model.policy import Approval
from graphs.model.questions import EXPIRED, Instruction, Question
from graphs.model.runbook import LEVELS, worst
from graphs.transcript.alert_projections import OF_ALERTS
from graphs.transcript.event import Event
from graphs.transcript.events import ANSWERING
from graphs.transcript.facts import Escalated, Facts
from graphs.transcript.ledger_projections import learn
from graphs.transcript.report_projections import OF_DUTIES


def fold(events: Iterable[Event]) -> Facts:
    """Fold a whole transcript."""
    facts = Facts()
    for event in events:
        take_in(facts, event)
    return facts


def take_in(facts: Facts, event: Event) -> None:
    """Add the next event to the facts."""
    facts.seen = event.seq
    if event.lane == ANSWERING:
        return _of_answering(facts, event)
    step = re.match(r"main/s([1-5])", event.key)
    if step:
        facts.step = int(step.group(1))
    learn(facts, event)
    project = PROJECTIONS.get(event.kind)
    if project:
        project(facts, event)


def _classification(facts: Facts, event: Event) -> None:
    facts.severity, facts.severity_set_by = event.payload["severity"], event.payload["set_by"]
    known = event.payload.get("floor") or event.payload
    facts.accepted = worst(event.payload["severity"], known["severity"])
    within = LEVELS[event.payload["severity"]].respond_within
    if within is not None and facts.started_at:
        facts.respond_by = facts.started_at + within * facts.minute
    facts.record(event, f"classified {event.payload['severity']}: {'; '.join(event.payload['reasons'])}")


def _activation(facts: Facts, event: Event) -> None:
    facts.team = event.payload["team"]
    facts.activated_at = facts.activated_at or event.at
    facts.record(event, f"team activated: {', '.join(role.replace('_', ' ') for role in event.payload['joined'])}")


def _status(facts: Facts, event: Event) -> None:
    status: Status = event.payload["status"]
    if status == "Monitoring":
        facts.fixed_at, facts.is_vouched = event.at, event.payload.get("is_vouched", False)
    elif facts.fixed_at and status != "Resolved":
        facts.fixed_at, facts.relapsed_at = None, event.at
    facts.public_status, facts.status_changed_at = status, event.at
    facts.record(event, f"status {status}: {event.payload['why']}")


def _conclusion(facts: Facts, event: Event) -> None:
    found = Conclusion.model_validate(event.payload["conclusion"])
    facts.conclusion, facts.conclusion_ref, facts.concluded = found, event.ref, True
    if "named_by" in event.payload:
        _concluded_by_a_person(facts, event, found)
    facts.record(event, f"conclusion, {verdict_in_words(facts, found)}: {found.summary}")


def verdict_in_words(facts: Facts, found: Conclusion) -> str:
    """The verdict, given what else is known: a change that was made, or a cause that a person named."""
    said = {statement.cite for statement in facts.ledger.statements}
    shown = [claim for hypothesis in found.hypotheses[:1] for claim in hypothesis.support]
    if found.verdict == "cause found" and shown and all(said.issuperset(claim.cites) for claim in shown):
        return "cause named"
    is_explained = facts.ledger.acts or of_a_deed(facts.ledger) or of_recovery(facts.ledger)
    if found.verdict == "recovered by itself" and is_explained:
        return "over, and the cause is not known"
    if found.verdict == "insufficient evidence" and facts.ledger.last_named:
        return "not shown by the readings"
    return found.verdict


def _concluded_by_a_person(facts: Facts, event: Event, found: Conclusion) -> None:
    """A person named the cause, says that they have repaired it, or that it is over by itself."""
    is_handled, is_over = event.payload.get("handled"), event.payload.get("over")
    if (is_handled or is_over) and facts.carried_out_at is None:
        facts.proposal = None  # what was proposed and not made is laid aside
    if is_over:
        return
    if event.payload.get("handled", found.verdict != "cause found"):
        facts.changed_at = event.at
    else:
        facts.directed_at = event.at


def _proposal(facts: Facts, event: Event) -> None:
    facts.proposal = facts.last_proposal = Proposal.model_validate(event.payload["proposal"])
    facts.proposed_at, facts.acted_at, facts.approval = event.at, None, ""
    facts.carried_out_at = None
    facts.as_proposed, facts.asked_anew = facts.proposal, event.payload.get("asked_anew", "")
    facts.asked_though_over = event.payload.get("though_over", False)
    facts.approvals, facts.asked_for_by = [], event.payload.get("asked_by", "")
    proposes = f"{event.role.replace('_', ' ')} proposes: {event.payload['proposal']['summary']}"
    asked_for = f"{facts.asked_for_by} asks for {facts.proposal.action} of {facts.proposal.service}"
    facts.record(event, asked_for if facts.asked_for_by else proposes)


def _approval(facts: Facts, event: Event) -> None:
    """One of several approvals: whoever gave it may have changed the parameters."""
    given = Approval.model_validate(event.payload["approval"])
    facts.proposal = facts.last_proposal = Proposal.model_validate(event.payload["proposal"])
    facts.approvals.append(given)
    facts.record(event, f"approved by {given.by}, and others have to approve: {given.comment or 'no comment'}")


def _decision(facts: Facts, event: Event) -> None:
    decided = Proposal.model_validate(event.payload["proposal"])
    facts.decided_at = event.at
    if facts.proposal:
        facts.proposal = decided
    if event.payload["decision"] == "approved":
        facts.last_proposal, facts.approval = decided, event.key
    facts.record(event, f"{event.payload['decision']} by {event.payload['by']}: {event.payload['why']}")


def _attempt(facts: Facts, event: Event) -> None:
    facts.attempts.append(Attempt.model_validate(event.payload["attempt"]))
    facts.proposal = facts.acted_at = facts.carried_out_at = None


def _result(facts: Facts, event: Event) -> None:
    port, done = event.payload["port"], event.payload["done"]
    if done and facts.proposal and port == facts.proposal.action:
        facts.acted_at = facts.carried_out_at = event.at
    if done and port == "build_hotfix":
        facts.candidate_version = event.payload["reference"]
    elif done:
        facts.changed_at = event.at
    arguments = event.payload["arguments"]
    target = f" ({arguments[ACT_KINDS[port].target]})" if port in ACT_KINDS else ""
    what = f"{port} of {arguments.get('service', '')}{target}: {event.payload['detail']}"
    facts.record(event, what if done else f"not done, {what}")


def _reading(facts: Facts, event: Event) -> None:
    """With what a declared act could be done: the version to go back to, the standby, what stands in.

    And what earlier incidents of the service say.
    """
    known = facts.act_parameters
    try:
        match event.payload["tool"]:
            case "pipeline_status":
                pipeline = PipelineStatus.model_validate(event.payload.get("value"))
                known[f"rollback {pipeline.service}"] = {"version": pipeline.rollback_target or ""}
            case "infrastructure_state":
                state = InfrastructureState.model_validate(event.payload.get("value"))
                known[f"failover {state.service}"] = {"standby": state.standby or ""}
            case "dependencies":
                found = Dependencies.model_validate(event.payload.get("value"))
                stands_in = next((call.to for call in found.calls if call.fallback), "")
                known[f"fallback {found.service}"] = {"dependency": stands_in}
            case "past_incidents":
                past = PastIncidents.model_validate(event.payload.get("value"))
                facts.past_incidents = past if past.service == facts.service else facts.past_incidents
            case _:
                return
    except ValidationError:
        return  # no answer, or one in another shape


def _question(facts: Facts, event: Event) -> None:
    question = Question.model_validate(event.payload["question"])
    facts.open_questions.append(question)
    facts.asked_at[question.id] = event.at
    facts.record(event, f"asked people: {event.payload['question']['text']}")


def _settled(facts: Facts, event: Event) -> None:
    if event.payload.get("why") == EXPIRED:
        facts.unanswered += [q for q in facts.open_questions if q.id == event.payload["question"]]
    facts.open_questions = [q for q in facts.open_questions if q.id != event.payload["question"]]
    if event.kind == "withdrawn" and event.payload["why"] != EXPIRED:
        facts.record(event, f"question withdrawn: {event.payload['why']}")
    answer: dict[str, Any] = event.payload.get("answer", {})
    facts.revenue_limit = answer.get("amount") or facts.revenue_limit
    if answer:
        parameters: dict[str, Any] = answer.get("parameters") or {}
        edited = ", ".join(f"{name} {value}" for name, value in parameters.items())
        details = "; ".join(part for part in (edited, answer["comment"]) if part)
        facts.record(event, f"{answer['by']} answered {answer['answer']}{': ' if details else ''}{details}")


def _outbound(facts: Facts, event: Event) -> None:
    if event.payload["port"] == "publish_status":
        facts.updates_sent += 1
        fields = event.payload["fields"]
        facts.last_update_at, facts.last_update_status = _as_of(event), fields["status"]
        facts.last_update_words = [fields.get("impact", ""), fields.get("current_action", "")]
    if event.payload["port"] == "send_brief":
        facts.briefs_sent += 1
        facts.last_brief_at, facts.last_brief_status = _as_of(event), event.payload["fields"]["status"]


def _as_of(event: Event) -> datetime:
    """Of which moment a message speaks: when it was written, which sending it takes longer."""
    as_of = event.payload["fields"].get("as_of")
    return datetime.fromisoformat(as_of) if as_of else event.at


def _escalation(facts: Facts, event: Event) -> None:
    facts.escalated.append(Escalated(row=event.payload["row"], at=event.at))
    facts.record(event, f"escalated, {event.payload['condition']}: to {event.payload['to']}")


def _resolved(facts: Facts, event: Event) -> None:
    facts.resolved_at = event.at
    facts.post_mortem_due = datetime.fromisoformat(event.payload["post_mortem_due"])
    facts.record(event, "resolved")


def _at(field: str) -> Callable[[Facts, Event], None]:
    """A projection of a kind of event of which only the time counts."""
    return lambda facts, event: setattr(facts, field, event.at)


def _cancelled(facts: Facts, event: Event) -> None:
    facts.queued = False
    facts.cancelled, facts.open_questions = True, []
    facts.unseen = event.payload.get("unseen", False)


def _note(facts: Facts, event: Event) -> None:
    facts.notes.append(event.payload["text"])
    facts.record(event, f"{event.payload['by']} noted: {event.payload['text']}")


def _instruction(facts: Facts, event: Event) -> None:
    instruction = Instruction.model_validate({**event.payload["instruction"], "ref": event.ref})
    facts.instructions.append(instruction)
    what = " ".join(filter(None, [instruction.kind, instruction.severity or instruction.cause]))
    words = f": {instruction.comment}" if instruction.comment else ""
    facts.record(event, f"{instruction.by} instructed, {what}{words}")


def _reassessment(facts: Facts, event: Event) -> None:
    growth = Instruction.model_validate(event.payload["instruction"])
    facts.instructions.append(growth)
    facts.record(event, f"it has grown to {growth.severity}: {growth.comment}")


def _hold(facts: Facts, event: Event) -> None:
    facts.held = event.kind == "hold"
    facts.record(event, f"{event.payload['by']}: {event.kind}. {event.payload['text']}")


def _awareness(facts: Facts, event: Event) -> None:
    facts.awareness_at = datetime.fromisoformat(event.payload["at"])
    facts.record(event, f"{event.payload['by']} recorded awareness of a breach at {event.payload['at']}")


def _mark(facts: Facts, event: Event) -> None:
    facts.marked.append(event.payload["what"])


def _model_answer(facts: Facts, event: Event) -> None:
    outcome = CallOutcome.model_validate(event.payload)
    facts.spent += outcome.spent
    facts.tokens_in += outcome.usage.tokens_in
    facts.tokens_out += outcome.usage.tokens_out
    if outcome.fault is None:
        facts.model_fault = ""
    elif outcome.fault.kind != "resting" or not facts.model_fault:  # what led to the rest says more
        facts.model_fault = reason(outcome.fault)


def _of_answering(facts: Facts, event: Event) -> None:
    """What people ask, and what is read and said to answer them, is no fact of the incident; but it costs."""
    if event.kind == "model_answer":
        outcome = CallOutcome.model_validate(event.payload)
        facts.spent_answering += outcome.spent
        facts.tokens_in += outcome.usage.tokens_in
        facts.tokens_out += outcome.usage.tokens_out


def _degraded(facts: Facts, event: Event) -> None:
    facts.degraded += 1


PROJECTIONS: dict[str, Callable[[Facts, Event], None]] = {
    **OF_ALERTS,
    **OF_DUTIES,
    "classification": _classification,
    "activation": _activation,
    "status": _status,
    "conclusion": _conclusion,
    "proposal": _proposal,
    "approval": _approval,
    "decision": _decision,
    "attempt": _attempt,
    "result": _result,
    "tool_result": _reading,
    "question": _question,
    "answer": _settled,
    "withdrawn": _settled,
    "outbound": _outbound,
    "escalation": _escalation,
    "resolved": _resolved,
    "post_mortem": _at("post_mortem_at"),
    "backlog": _at("backlog_at"),
    "closed": _at("closed_at"),
    "cancelled": _cancelled,
    "note": _note,
    "instruction": _instruction,
    "reassessment": _reassessment,
    "hold": _hold,
    "resume": _hold,
    "awareness": _awareness,
    "mark": _mark,
    "model_answer": _model_answer,
    "degraded": _degraded,
}
"""What each kind of event says."""
