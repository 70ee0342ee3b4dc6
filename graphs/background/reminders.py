"""Questions are sent to people with a link, again before they expire, and then to the escalation role."""

from datetime import datetime
from typing import Any

from agents.tools.ports import notify
from graphs.background.workflow import facts_of, woken_at
from graphs.model.questions import Question
from graphs.runtime.node_context import NodeContext, OutsideEffect
from graphs.runtime.nodes import Update
from graphs.transcript.events import Author
from graphs.transcript.facts import Facts

SEND = "questions_go_out"
REMIND_AFTER = 2 / 3
"""Of the time that a question has."""


def due(facts: Facts, now: datetime) -> list[str]:
    """The node that sends questions, where any has to be sent."""
    return [SEND] if _to_send(facts, now) else []


def next_due(facts: Facts, now: datetime) -> list[datetime]:
    """When questions will have to be asked again."""
    times = [_remind_at(facts, question) for question in facts.open_questions]
    return [time for time in times if time is not None and time > now]


def _to_send(facts: Facts, now: datetime) -> list[tuple[str, str, str]]:
    """Mark, audience and text of each message that is due and was not sent."""
    messages = [(f"asked {q.id}", "on-call", f"A person is needed: {q.text}") for q in facts.open_questions]
    for question in facts.open_questions:
        remind_at = _remind_at(facts, question)
        if remind_at is not None and now >= remind_at:
            text = f"Still needed, until {question.expires_at:%H:%M} UTC: {question.text}"
            messages.append((f"reminded {question.id}", "on-call", text))
    role = "Studio Producer" if facts.severity == "P0" else "Project Shepherd"
    messages += [(f"unanswered {q.id}", role, f"Nobody answered: {q.text}") for q in facts.unanswered]
    return [message for message in messages if message[0] not in facts.marked]


def _remind_at(facts: Facts, question: Question) -> datetime | None:
    asked_at = facts.asked_at.get(question.id)
    if question.expires_at is None or asked_at is None:
        return None
    return asked_at + (question.expires_at - asked_at) * REMIND_AFTER


async def send_questions(node: NodeContext) -> Update:
    """Send every message that is due, each once."""
    facts = facts_of(node)
    for mark, audience, text in _to_send(facts, woken_at(node)):
        linked = f"{text} {node.deps.public_url}/runs/{node.run}#{mark.partition(' ')[2]}"
        author = Author("escalation")
        arguments = {"audience": audience, "text": linked, **_answerable(facts, mark.partition(" ")[2])}
        await node.send(OutsideEffect(notify, arguments, author, fields={"about": mark}))
        node.write("mark", {"what": mark}, author=author)
    return {}


def _answerable(facts: Facts, question_id: str) -> dict[str, Any]:
    """The question and its possible answers, where it is still open."""
    asked = next((question for question in facts.open_questions if question.id == question_id), None)
    return {"question": asked.id, "answers": asked.options} if asked else {}
