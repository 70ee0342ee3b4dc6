"""The shape of each kind of event: what its payload must hold, so that whoever reads it need not look twice.

A payload that an older Warroom wrote, or that was damaged, may not have it. Such an event is given as one of the kind
`unreadable`, which says what it was and why it cannot be read; nothing that reads events stops at it.
"""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictInt, ValidationError, create_model

from agents.io.outside_text import NotJson, read_kept_json
from agents.io.redaction import beginning
from agents.llm.gateway import CallOutcome
from agents.readings.production import Refusal
from agents.reports.basis import Severity, Status
from agents.reports.investigation import Conclusion, Findings, Hypothesis
from agents.reports.mitigation import FixConfirmation, Proposal, Regression
from agents.reports.post_mortem import ActionItems, Impact, Prevention, RootCause, Timeline
from agents.reports.triage import Acknowledgement, Message, Scope
from agents.runtime.briefing import Alert, Attempt
from graphs.model.identity import proof_of
from graphs.model.policy import Approval
from graphs.model.questions import HumanAnswer, Instruction, Question

UNREADABLE = "unreadable"
"""Of this kind is an event that cannot be read."""
MOST_SHOWN = 2000
"""Characters of what is stored."""
YEARS = range(1970, 3000)
Payload = dict[str, Any]


class Shape(BaseModel):
    """A payload, or a part of one, of which only some fields matter."""


class OwnFindings(Findings, extra="ignore"):
    """What every investigator's report has; the checks of that role stand beside it."""


class Unreadable(ValueError):
    """The payload of an event cannot be read."""


def _moment(text: str) -> str:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None or time.year not in YEARS:
        raise ValueError("expected a time with its zone")
    return text


def _of_somebody(alert: Alert) -> Alert:
    """Its sender is one that can be named."""
    proof_of(alert)
    return alert


def _put_to_people(question: Question) -> Question:
    """It has something to choose from, and its proposal is whole."""
    if not question.options:
        raise ValueError("a question needs options")
    whole = Proposal.model_validate(question.proposal).model_dump(mode="json") if question.proposal else None
    return question.model_copy(update={"proposal": whole and {**(question.proposal or {}), **whole}})


Moment = Annotated[str, AfterValidator(_moment)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Amount = Annotated[float | None, Field(strict=True, allow_inf_nan=False)]
SAID = {"by": str, "text": str}
SUMMARY = {"summary": str}
SENT = {"port": str, "arguments": Payload, "done": StrictBool, "detail": str, "reference": (str, "")}
UPDATE: dict[str, Any] = {
    **{"status": Status, "impact": str, "current_action": str, "next_update": str, "service_name": str},
    "as_of": (Moment, None),
}

REPORTS: dict[str, type[BaseModel]] = {
    "acknowledge": Acknowledgement,
    "assess_scope": Scope,
    "investigate": OwnFindings,
    "check_system": OwnFindings,
    "confirm_fix": FixConfirmation,
    "run_regression": Regression,
    "tell_users": Message,
    "reconstruct_timeline": Timeline,
    "analyse_root_cause": RootCause,
    "assess_impact": Impact,
    "plan_prevention": Prevention,
    "assign_action_items": ActionItems,
}
"""Duty -> what its report must hold, where something is made of the whole report."""

SHAPES: dict[str, Any] = {
    "alert": {
        "alert": Annotated[Alert, AfterValidator(_of_somebody)],
        "run": str,
        "service": str,
        "minute_seconds": Annotated[Number, Field(gt=0, le=86_400)],
        "revenue_limit": Amount,
    },
    "queued": {"parent": str},
    "storm": {"incidents": StrictInt, "shared": [{"share": Number, "label": object, "value": object}]},
    "classification": {
        "severity": Severity,
        "level": str,
        "was": Severity | None,
        "reasons": list[str],
        "set_by": str,
        "floor": ({"severity": Severity}, None),
    },
    "activation": {"team": list[str], "joined": list[str]},
    "duty_started": SUMMARY,
    "duty_finished": {"by": str, "report": SUMMARY},
    **{f"duty_finished {duty}": {"by": str, "report": report} for duty, report in REPORTS.items()},
    "tool_call": {"tool": str, "arguments": Payload},
    "tool_result": {"tool": str, "refusal": (Refusal, None)},
    "tool_result screenshot": {"tool": str, "refusal": (Refusal, None), "value": ({"file": str}, None)},
    "model_answer": CallOutcome,
    "status": {"status": Status, "why": str},
    "hypothesis": Hypothesis,
    "conclusion": {"conclusion": Conclusion},
    "proposal": {"proposal": Proposal},
    "approval": {"approval": Approval, "proposal": Proposal},
    "decision": {"decision": str, "by": str, "why": str, "proposal": Proposal},
    "attempt": {"attempt": Attempt},
    "intent": {"port": str, "arguments": Payload},
    "result": SENT,
    "outbound": {**SENT, "fields": Payload},
    "outbound publish_status": {**SENT, "arguments": {"text": str}, "fields": UPDATE},
    "outbound send_brief": {**SENT, "arguments": {"text": str}, "fields": {"situation": str, "status": Status}},
    "outbound open_channel": {**SENT, "arguments": {"name": str}, "fields": Payload},
    "outbound notify": {**SENT, "arguments": {"audience": str, "text": str}, "fields": Payload},
    "question": {"question": Annotated[Question, AfterValidator(_put_to_people)]},
    "answer": {"question": str, "answer": HumanAnswer},
    "withdrawn": {"question": str, "why": str},
    "instruction": {"instruction": Instruction},
    "reassessment": {"instruction": Instruction},
    "escalation": {"row": str, "condition": str, "to": str, "report": SUMMARY},
    "timer": {"ended_by": str},
    "resolved": {"post_mortem_due": Moment},
    "post_mortem": {
        "text": str,
        "root_cause": (SUMMARY, None),
        "prevention": (SUMMARY, None),
        "action_items": ({"items": [{"action": str, "owner": str, "deadline": str}]}, None),
    },
    "post_mortem_edited": {**SAID, "comment": (str, "")},
    "post_mortem_published": {"by": str, "version": str},
    "backlog": {"entries": [{"title": str}]},
    "cancelled": {"half_done": (list[str], [])},
    "note": SAID,
    "inquiry": SAID,
    "reply": {"inquiry": str, "text": str, "is_answered": StrictBool, "cites": list[str], "by": str},
    "hold": SAID,
    "resume": SAID,
    "awareness": {**SAID, "at": Moment},
    "mark": {"what": str},
    "degraded": {"why": str},
    "breaker": {"state": str},
    "error": {"error": str, "again_at": (Moment, None)},
    UNREADABLE: {"was": str, "why": str},
}
"""Kind, where it matters with its duty, tool or port -> what its payload must hold. A pair: a type and its default."""


def read(kind: str, duty: str, stored: str) -> Payload:
    """Read a payload as it is stored. Raises Unreadable."""
    try:
        payload: Any = read_kept_json(stored)
    except NotJson as error:
        raise Unreadable(f"its content is not JSON: {error}") from error
    if not isinstance(payload, dict):
        raise Unreadable("its content is no JSON object")
    return fitted(kind, duty, cast(Payload, payload))


def fitted(kind: str, duty: str, payload: Payload) -> Payload:
    """Give a payload that has the shape of its kind; fields with a default that came later are in it.

    Raises Unreadable.
    """
    names = [f"{kind} {of}" for of in (duty, payload.get("tool"), payload.get("port")) if of]
    shape = next((found for name in (*names, kind) if (found := _shape(name))), None)
    if shape is None:
        return payload
    try:
        return {**payload, **_whole(shape.model_validate(payload), payload)}
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:3])
        raise Unreadable("; ".join(faults)) from error


def stand_in(kind: str, why: str, stored: str) -> Payload:
    """The payload of an event that cannot be read."""
    return {"was": kind, "why": why, "stored": beginning(stored, MOST_SHOWN)}


def _whole(report: BaseModel, payload: Payload) -> Payload:
    """What the models among a payload's parts, or the payload as one, hold altogether."""
    if not isinstance(report, Shape):
        return report.model_dump(mode="json")
    parts = {name: part for name, part in vars(report).items() if isinstance(part, BaseModel)}
    return {name: {**payload[name], **_whole(part, payload[name])} for name, part in parts.items()}


@cache
def _shape(name: str) -> type[BaseModel] | None:
    return _made(name, SHAPES[name]) if name in SHAPES else None


def _made(name: str, shape: Any) -> Any:
    """A type as the table says it: a dictionary is a part with these fields, a list one of such parts."""
    match shape:
        case dict():
            fields: dict[str, Any] = {
                field: _field(f"{name} {field}", each) for field, each in cast(Payload, shape).items()
            }
            return create_model(name, __base__=Shape, **fields)
        case [each]:
            return list[_made(name, each)]
        case _:
            return shape


def _field(name: str, shape: Any) -> tuple[Any, Any]:
    """A field's type and its default; one whose default is None may be None."""
    if not isinstance(shape, tuple):
        return _made(name, shape), ...
    kind, default = cast(tuple[Any, Any], shape)
    return (_made(name, kind) | None if default is None else _made(name, kind)), default
