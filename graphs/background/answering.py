"""Answering: what people ask of a run is answered beside its workflows, by the role that fits.

A question that is on disk is answered after a crash, too. What is written here is no fact of the incident."""

from dataclasses import replace
from typing import Any

from agents.reports.answer import Answer
from agents.roster import DUTIES
from agents.rules.answering.topics import role_for
from agents.runtime.briefing import Briefing, PersonsQuestion
from agents.runtime.duty import Duty
from agents.tools import offered
from graphs.runtime.briefings import briefing_of
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import STEP
from graphs.transcript.event import Event
from graphs.transcript.events import ANSWERING, Author
from graphs.transcript.facts import Facts

NODE, DUTY = "answer", "answer_question"
NOT_ANSWERED = "This was not answered: answering it failed several times. Ask again, perhaps in other words."


async def answer_open_inquiries(deps: Dependencies, run: str) -> None:
    """Answer what was asked of a run and has no reply yet, in the order in which it was asked."""
    for inquiry in _open(deps, run):
        node = _node(deps, run, inquiry)
        try:
            await _answer(node, inquiry)
        except Exception as error:
            error.add_note(f"{STEP}{node.occurrence}")
            raise


def give_up(deps: Dependencies, run: str) -> None:
    """Reply to the first open question that it was not answered: trying again has not helped."""
    for inquiry in _open(deps, run)[:1]:
        _reply(_node(deps, run, inquiry), inquiry, Answer(summary=NOT_ANSWERED, is_answered=False), "", "")


def _open(deps: Dependencies, run: str) -> list[Event]:
    replied = {event.payload["inquiry"] for event in deps.transcripts.of_kind(run, "reply")}
    return [event for event in deps.transcripts.of_kind(run, "inquiry") if event.ref not in replied]


def _node(deps: Dependencies, run: str, inquiry: Event) -> NodeContext:
    return NodeContext(deps, {"run": run, "visits": {}}, ANSWERING, NODE, int(inquiry.key.split("/")[1]))


async def _answer(node: NodeContext, inquiry: Event) -> None:
    """Have the role that fits answer from what was known when it was asked."""
    facts = node.deps.facts(node.run, inquiry.seq, ANSWERING)
    briefing = _briefing(node.deps, facts, inquiry)
    duty = _duty(role_for(inquiry.payload["text"], briefing), facts)
    answer = await node.perform(duty, briefing)
    _reply(node, inquiry, answer, duty.role, node.report_event().payload["by"])


def _briefing(deps: Dependencies, facts: Facts, inquiry: Event) -> Briefing:
    asked = {name: inquiry.payload[name] for name in ("by", "text")}
    question = PersonsQuestion(**asked, at=inquiry.at, is_over=_is_over(facts))
    return briefing_of(facts, deps, inquiry.at, facts.history).model_copy(update={"question": question})


def _duty(role: str, facts: Facts) -> Duty[Any]:
    """The role's duty; once the run is over it may read its record alone."""
    duty = DUTIES[role][DUTY]
    return replace(duty, tools=offered.RECORD) if _is_over(facts) else duty


def _is_over(facts: Facts) -> bool:
    return facts.status in ("closed", "cancelled")


def _reply(node: NodeContext, inquiry: Event, answer: Answer, role: str, by: str) -> None:
    cites = list(dict.fromkeys(ref for claim in answer.claims for ref in claim.cites))
    payload = {
        "inquiry": inquiry.ref,
        "text": answer.summary,
        "is_answered": answer.is_answered,
        "cites": cites,
        "by": by,
    }
    node.write("reply", payload, author=Author(ANSWERING, role, DUTY if role else ""))
