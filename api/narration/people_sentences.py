"""People's sentences: what they are asked, what they answer, and what they tell a run unasked."""

from collections.abc import Callable
from datetime import datetime

from agents.runtime.unaided import is_called_unaided
from api.narration.vocabulary import RUN, Payload, Sentence, Tone, clock
from graphs.model.questions import Question
from graphs.steps.approval import change_in
from graphs.transcript.event import Event


def _question(event: Event) -> Sentence:
    asked: Payload = event.payload["question"]
    choice = " or ".join(asked["options"]) + (f", until {clock(asked['expires_at'])}" if asked["expires_at"] else "")
    if asked["kind"] == "approval":
        change = change_in(asked.get("proposal") or {})
        rule = asked.get("rule")
        who = f"people have ({Question.model_validate(asked).who_may_answer})" if rule else "a person has"
        return Sentence(f"{who} to decide{f' on {change}' if change else ''}: {choice}", "asks", who=RUN)
    return Sentence(f"{asked['text']} ({choice})", "asks", who=RUN)


SAYS = {
    "approve": "approves",
    "refuse": "refuses",
    "edit": "approves it changed, with",
    "cause": "names the cause",
    "amount": "sets the amount",
    "done": "says that it was done",
    "not done": "says that it was not done",
    "act": "asks for a change",
    "handled": "says: I did this myself",
    "over": "says that it is over, and that nobody did anything",
}


def _answer(event: Event) -> Sentence:
    payload: Payload = event.payload["answer"]
    named = [str(payload[name]) for name in ("cause", "component", "amount") if payload.get(name)]
    parameters: Payload = payload.get("parameters") or {}
    changed = [f"{name} {value}" for name, value in parameters.items()]
    answer = _meant(payload["answer"], payload["comment"])
    said = " ".join([SAYS.get(answer, f"says: {answer}"), *named, *changed])
    return Sentence(_with(said, payload["comment"]), "asks", who=payload["by"])


def _meant(pressed: str, comment: str) -> str:
    """What a person means: who says that it went away by itself has not done it themselves, whatever they pressed."""
    return "over" if pressed == "handled" and is_called_unaided(comment) else pressed


def _withdrawn(event: Event) -> Sentence:
    return Sentence(f"the question is withdrawn: {event.payload['why']}", "bad", who=RUN)


INSTRUCTS = {
    "severity": "sets the severity to",
    "cause": "names the cause:",
    "handled": "says: I did this myself",
    "over": "says that it is over, and that nobody did anything",
    "not over": "says that it is not over",
    "cancel": "cancels the run",
}


def _instruction(event: Event) -> Sentence:
    payload: Payload = event.payload["instruction"]
    named = [
        payload["severity"] or "",
        payload["cause"] or "",
        f"of {payload['component']}" if payload["component"] else "",
    ]
    said = " ".join([INSTRUCTS[_meant(payload["kind"], payload["comment"])], *filter(None, named)])
    tone: Tone = "bad" if payload["kind"] == "cancel" else "asks"
    return Sentence(_with(said, payload["comment"]), tone, who=payload["by"])


def _reassessment(event: Event) -> Sentence:
    payload: Payload = event.payload["instruction"]
    return Sentence(f"it has grown to {payload['severity']}: {payload['comment']}", "bad")


def _note(event: Event) -> Sentence:
    return Sentence(f"notes: {event.payload['text']}", who=event.payload["by"])


def _inquiry(event: Event) -> Sentence:
    return Sentence(f"asks: {event.payload['text']}", "asks", who=event.payload["by"])


def _reply(event: Event) -> Sentence:
    return Sentence(f"answers: {event.payload['text']}", who="" if event.role else RUN)


def _hold(event: Event) -> Sentence:
    return Sentence(_with("puts acting ON HOLD", event.payload["text"]), "bad", who=event.payload["by"])


def _resume(event: Event) -> Sentence:
    return Sentence(_with("lets acting go on", event.payload["text"]), "good", who=event.payload["by"])


def _awareness(event: Event) -> Sentence:
    payload = event.payload
    since = f"{datetime.fromisoformat(payload['at']):%Y-%m-%d %H:%M} UTC"
    return Sentence(
        _with(f"records that the breach is known since {since}", payload["text"]), "asks", who=payload["by"]
    )


def _cancelled(event: Event) -> Sentence:
    payload = event.payload
    left = "; ".join(payload.get("half_done", [])) or "nothing"
    by = f" by {payload['by']}" if payload.get("by") else ""
    return Sentence(f"the run is cancelled{by}; left half done: {left}", "bad", who=RUN)


def _with(said: str, comment: str) -> str:
    return f"{said}. {comment}" if comment else said


TOLD_OF_PEOPLE: dict[str, Callable[[Event], Sentence]] = {
    "question": _question,
    "answer": _answer,
    "withdrawn": _withdrawn,
    "instruction": _instruction,
    "reassessment": _reassessment,
    "note": _note,
    "inquiry": _inquiry,
    "reply": _reply,
    "hold": _hold,
    "resume": _resume,
    "awareness": _awareness,
    "cancelled": _cancelled,
}
"""How each kind of event in which people have a part is told."""
