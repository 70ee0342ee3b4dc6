"""Reassessment, in the background: the scope is looked at again while the main workflow waits, so growth is seen."""

from datetime import datetime

from agents.io.catalogue import Catalogue
from agents.roles import infrastructure_maintainer as maintainer
from graphs.background.workflow import background_briefing, facts_of, wait_for_what_is_due, what_follows
from graphs.model.questions import Instruction
from graphs.model.runbook import REASSESS_EVERY, worst
from graphs.model.severity import required_floor
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import GraphBuilder, Update
from graphs.transcript.events import Author
from graphs.transcript.facts import Facts

LANE, LOOK = "reassessment", "s1_2_assess_scope_again"


def add_to(builder: GraphBuilder) -> None:
    """Wait, look, wait again; what has grown past a rule is handed to the main workflow."""
    builder.node(LOOK, assess_scope_again)
    builder.branch("wait", what_follows, [*wait_for_what_is_due(builder, next_due, due, over), LOOK])
    builder.edge(LOOK, "wait")


def due(facts: Facts, now: datetime, _: Catalogue) -> list[str]:
    """Every five minutes since anyone looked."""
    following = _next_look(facts)
    return [LOOK] if following and following <= now else []


def next_due(facts: Facts, now: datetime, _: Catalogue) -> datetime | None:
    """When the scope is looked at again, if nobody does before; what is due now is looked at now."""
    following = _next_look(facts)
    return now + REASSESS_EVERY * facts.minute if following and following <= now else following


def _next_look(facts: Facts) -> datetime | None:
    """While a person is asked, or is not because they said that it is over, or a change takes effect.

    Who investigates looks by themselves. P0 cannot grow; but the status page speaks of what was seen within minutes.
    """
    is_asked = any(question.kind != "revenue limit" for question in facts.open_questions)
    waits = is_asked or facts.acted_at or (facts.concluded and facts.ledger.said_over)
    if not waits or facts.severity is None or facts.scope_at is None or facts.fixed_at or over(facts):
        return None
    return facts.scope_at + REASSESS_EVERY * facts.minute


def over(facts: Facts) -> bool:
    """Nothing grows any more, or nobody works on it now."""
    return facts.cancelled or facts.resolved_at is not None or facts.backlog_at is not None


async def assess_scope_again(node: NodeContext) -> Update:
    """S1.2 once more; S1.3 is left to the main workflow, at its next wait."""
    facts = facts_of(node)
    assert facts.accepted is not None
    report = await node.perform(maintainer.assess_scope, background_briefing(node), rows=())
    floor = required_floor(report, facts.service, facts.alert_received, node.deps.catalogue)
    has_said_so = any(given.kind == "scope" and given.severity == floor.severity for given in facts.instructions)
    if has_said_so or worst(facts.accepted, floor.severity) == facts.accepted:
        return {}
    instruction = Instruction(
        kind="scope",
        by="Infrastructure Maintainer",
        comment="; ".join(floor.reasons),
        severity=floor.severity,
        ref=node.report_event().ref,
    )
    author = Author(LANE, "infrastructure_maintainer", "assess_scope")
    node.write("reassessment", {"instruction": instruction.model_dump(mode="json")}, author=author)
    return {}
