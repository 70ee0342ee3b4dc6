"""Escalation, in the background: each row of the matrix at its minute, deadlines, and reminders of open questions."""

from datetime import datetime
from typing import Any

import prompts
from agents.io.catalogue import Catalogue
from agents.roles import (
    executive_summary_generator,
    finance_tracker,
    legal_compliance_checker,
    project_shepherd,
    studio_producer,
)
from agents.runtime.duty import Duty
from agents.tools.ports import notify
from graphs.background.workflow import background_briefing, facts_of, wait_for_what_is_due, what_follows, woken_at
from graphs.model.questions import Question
from graphs.model.runbook import MATRIX
from graphs.runtime.briefings import EVIDENCE, revenue_rate
from graphs.runtime.node_context import NodeContext, OutsideEffect
from graphs.runtime.nodes import GraphBuilder, Update, question_id
from graphs.transcript.events import Author
from graphs.transcript.facts import Facts
from graphs.transcript.since_asked import as_it_stands

SEND = "questions_go_out"
REMIND_AFTER = 2 / 3
"""Of the time that a question has."""


def reminders_due(facts: Facts, now: datetime) -> list[str]:
    """The node that sends questions, where any has to be sent."""
    return [SEND] if to_send(facts, now) else []


def next_reminder_due(facts: Facts, now: datetime) -> list[datetime]:
    """When questions will have to be asked again."""
    times = [_remind_at(facts, question) for question in facts.open_questions]
    return [time for time in times if time is not None and time > now]


def to_send(facts: Facts, now: datetime) -> list[tuple[str, str, str]]:
    """Mark, audience and text of each message that is due and was not sent."""
    messages = [(f"asked {q.id}", "on-call", f"A person is needed: {q.text}") for q in facts.open_questions]
    for question in facts.open_questions:
        remind_at = _remind_at(facts, question)
        if remind_at is not None and now >= remind_at:
            text = f"Still open, until {question.expires_at:%H:%M} UTC. {as_it_stands(facts, question)}"
            messages.append((f"reminded {question.id}", "on-call", text))
    role = "Studio Producer" if facts.severity == "P0" else "Project Shepherd"
    messages += [(f"unanswered {q.id}", role, f"Nobody answered. {as_it_stands(facts, q)}") for q in facts.unanswered]
    return [message for message in messages if message[0] not in facts.marked]


def _remind_at(facts: Facts, question: Question) -> datetime | None:
    asked_at = facts.asked_at.get(question.id)
    if question.expires_at is None or asked_at is None:
        return None
    return asked_at + (question.expires_at - asked_at) * REMIND_AFTER


async def send_questions(node: NodeContext) -> Update:
    """Send every message that is due, each once."""
    facts = facts_of(node)
    for mark, audience, text in to_send(facts, woken_at(node)):
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


DUTIES: dict[str, dict[str, Duty[Any]]] = {
    "ESC-1": {"esc_1_studio_producer": studio_producer.add_resources},
    "ESC-2": {"esc_2_project_shepherd": project_shepherd.reallocate_resources},
    "ESC-3": {"esc_3_legal_compliance_checker": legal_compliance_checker.assess_regulatory_notification},
    "ESC-4": {
        "esc_4_legal_compliance_checker": legal_compliance_checker.assess_privacy_notification,
        "esc_4_executive_summary_generator": executive_summary_generator.prepare_notification,
    },
    "ESC-5": {
        "esc_5_finance_tracker": finance_tracker.assess_business_impact,
        "esc_5_studio_producer": studio_producer.assess_business_impact,
    },
}
"""Row of the matrix -> its nodes, each with the duty that it has done."""
LONGEST = 525_600
"""Minutes, a year: an amount that takes longer to lose is not waited for."""
LATE_POST_MORTEM, LATE_RESPONSE, ASK_AMOUNT = "post_mortem_overdue", "response_time_missed", "esc_5_ask_amount"


def add_to(builder: GraphBuilder) -> None:
    """Wait, escalate what is due, wait again."""
    names = [
        builder.node(name, _escalation(row, duty)) for row, duties in DUTIES.items() for name, duty in duties.items()
    ]
    names.append(builder.node(ASK_AMOUNT, ask_amount))
    names.append(builder.node(SEND, send_questions))
    names.append(builder.node(LATE_RESPONSE, response_time_missed))
    names.append(builder.node(LATE_POST_MORTEM, post_mortem_overdue))
    after = wait_for_what_is_due(builder, next_due, due, over)
    builder.branch("wait", what_follows, [*after, *names])
    for name in names:
        builder.edge(name, "wait")


def due(facts: Facts, now: datetime, catalogue: Catalogue) -> list[str]:
    """The nodes of every row whose condition holds and that was not escalated yet."""
    if facts.severity is None or facts.cancelled:
        return []
    names = reminders_due(facts, now)
    rows = [row for row in MATRIX if _holds(row, facts, now, catalogue) and not _fired(row, facts)]
    names += [name for row in rows for name in DUTIES[row]]
    if facts.revenue_limit is None and revenue_rate(facts.scope, catalogue) and ASK_AMOUNT not in facts.marked:
        names.append(ASK_AMOUNT)
    if _late(facts.respond_by, facts.responded_at, now) and LATE_RESPONSE not in facts.marked:
        names.append(LATE_RESPONSE)
    if _late(facts.post_mortem_due, facts.post_mortem_at, now) and LATE_POST_MORTEM not in facts.marked:
        names.append(LATE_POST_MORTEM)
    return names


def _late(deadline: datetime | None, done: datetime | None, now: datetime) -> bool:
    return deadline is not None and done is None and now > deadline


def _holds(row: str, facts: Facts, now: datetime, catalogue: Catalogue) -> bool:
    scope = facts.scope
    match row:
        case "ESC-1" | "ESC-2":
            limit = _time_limit(row, facts)
            return limit is not None and now >= limit
        case "ESC-3":
            return scope is not None and scope.breach_suspected
        case "ESC-4":
            return scope is not None and scope.user_data_affected
        case "ESC-5":
            passes = _passes_amount_at(facts, catalogue)
            return passes is not None and now >= passes
        case _:
            raise ValueError(f"the matrix has no row {row}")


def _time_limit(row: str, facts: Facts) -> datetime | None:
    """When a time condition is met: it stops when recovery is verified, and a relapse arms it again."""
    escalation = MATRIX[row]
    stopped = facts.fixed_at or facts.resolved_at
    if facts.severity != escalation.severity or stopped or not facts.started_at or escalation.after is None:
        return None
    return facts.started_at + escalation.after * facts.minute


def _passes_amount_at(facts: Facts, catalogue: Catalogue) -> datetime | None:
    """When the revenue lost passes the set amount, as things stand."""
    rate = revenue_rate(facts.scope, catalogue)
    if facts.revenue_limit is None or not rate or not facts.started_at:
        return None
    minutes = facts.revenue_limit / rate
    if minutes > LONGEST:
        return None
    passes = facts.started_at + minutes * facts.minute
    return None if facts.fixed_at and facts.fixed_at < passes else passes


def countdowns(facts: Facts, catalogue: Catalogue) -> dict[str, datetime]:
    """Row -> when its clock runs out, as things stand; without those that were escalated."""
    limits = {
        "ESC-1": _time_limit("ESC-1", facts),
        "ESC-2": _time_limit("ESC-2", facts),
        "ESC-5": _passes_amount_at(facts, catalogue),
    }
    return {row: limit for row, limit in limits.items() if limit and not _fired(row, facts)}


def _fired(row: str, facts: Facts) -> bool:
    times = [escalated.at for escalated in facts.escalated if escalated.row == row]
    if MATRIX[row].after is None or facts.relapsed_at is None:
        return bool(times)
    return any(at >= facts.relapsed_at for at in times)


def next_due(facts: Facts, now: datetime, catalogue: Catalogue) -> datetime | None:
    """The earliest limit that is still ahead."""
    limits = [_time_limit("ESC-1", facts), _time_limit("ESC-2", facts), _passes_amount_at(facts, catalogue)]
    limits += [facts.respond_by] if facts.responded_at is None else []
    limits += [facts.post_mortem_due] if facts.post_mortem_at is None else []
    ahead = [limit for limit in limits if limit and limit > now]
    return min([*ahead, *next_reminder_due(facts, now)], default=None)


def over(facts: Facts) -> bool:
    """The clocks stop when the post-mortem and the backlog are done."""
    return facts.cancelled or facts.backlog_at is not None


def _escalation(row: str, duty: Duty[Any]) -> Any:
    async def escalate(node: NodeContext) -> Update:
        report = await node.perform(duty, background_briefing(node), rows=())
        to = prompts.page(duty.role).title
        fields = {"row": row, "condition": MATRIX[row].condition, "to": to, "action": MATRIX[row].action}
        author = Author("escalation", duty.role, duty.name)
        node.write("escalation", {**fields, "report": report.model_dump(mode="json")}, (row,), author)
        text = f"{MATRIX[row].condition}: {MATRIX[row].action}. {report.summary}"
        await node.send(OutsideEffect(notify, {"audience": to, "text": text}, author, (row,), fields))
        return {}

    return escalate


async def ask_amount(node: NodeContext) -> Update:
    """ESC-5 with no amount set: ask for it; nothing else waits for the answer."""
    question = Question(
        id=question_id(node),
        kind="revenue limit",
        text="Revenue is being lost and no amount is set above which it is escalated. Above which amount?",
        options=["amount"],
    )
    node.ask(question)
    node.write("mark", {"what": ASK_AMOUNT})
    return {}


async def response_time_missed(node: NodeContext) -> Update:
    """The response time of the level has passed before anyone did anything."""
    facts = facts_of(node)
    node.write("mark", {"what": LATE_RESPONSE, "respond_by": facts.respond_by, "severity": facts.severity})
    return {}


async def post_mortem_overdue(node: NodeContext) -> Update:
    """48 hours have passed without a post-mortem: the Project Shepherd follows it up."""
    briefing = background_briefing(node, EVIDENCE - {"post_mortem"})
    report = await node.perform(project_shepherd.chase_post_mortem, briefing)
    author = Author("escalation", "project_shepherd", "chase_post_mortem")
    node.write("mark", {"what": LATE_POST_MORTEM, "report": report.model_dump(mode="json")}, author=author)
    await node.send(OutsideEffect(notify, {"audience": "Project Shepherd", "text": report.summary}, author))
    return {}
