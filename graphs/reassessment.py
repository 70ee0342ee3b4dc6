"""Re-assessment, beside the main lane: the scope looked at again while the main lane waits, so that growth is seen."""

from datetime import datetime

from agents import infrastructure_maintainer as maintainer
from agents.catalogue import Catalogue
from graphs.facts import Facts
from graphs.instructions import Instruction
from graphs.lanes import case, facts_of, wait_for_what_is_due, what_follows
from graphs.nodes import Chart, Update
from graphs.runbook import REASSESS_EVERY, worst
from graphs.severity import demanded
from graphs.transcript import Author
from graphs.visit import Visit

LANE, LOOK = "reassessment", "s1_2_assess_scope_again"


def add_to(chart: Chart) -> None:
    """Wait, look, wait again; what has grown past a rule is handed to the main lane."""
    chart.node(LOOK, assess_scope_again)
    chart.branch("wait", what_follows, [*wait_for_what_is_due(chart, next_due, due, over), LOOK])
    chart.edge(LOOK, "wait")


def due(facts: Facts, now: datetime, _: Catalogue) -> list[str]:
    """Every five minutes since anyone looked."""
    following = _next_look(facts)
    return [LOOK] if following and following <= now else []


def next_due(facts: Facts, now: datetime, _: Catalogue) -> datetime | None:
    """When the scope is looked at again, if nobody does before; what is due now is looked at now."""
    following = _next_look(facts)
    return now + REASSESS_EVERY * facts.minute if following and following <= now else following


def _next_look(facts: Facts) -> datetime | None:
    """While a person is asked or a change takes effect: who investigates looks by themselves, and P0 cannot grow."""
    waits = facts.acted_at or any(question.kind != "revenue limit" for question in facts.open_questions)
    if not waits or facts.severity in (None, "P0") or facts.scope_at is None or facts.fixed_at or over(facts):
        return None
    return facts.scope_at + REASSESS_EVERY * facts.minute


def over(facts: Facts) -> bool:
    """Nothing grows any more, or nobody works on it now."""
    return facts.cancelled or facts.resolved_at is not None or facts.backlog_at is not None


async def assess_scope_again(visit: Visit) -> Update:
    """S1.2 once more; S1.3 is the main lane's, at its next wait."""
    known, briefing = facts_of(visit), case(visit)
    assert known.accepted is not None
    report = await visit.perform(maintainer.assess_scope, briefing, rows=())
    floor = demanded(report, briefing)
    was_told = any(told.kind == "scope" and told.severity == floor.severity for told in known.instructions)
    if was_told or worst(known.accepted, floor.severity) == known.accepted:
        return {}
    told = Instruction(
        kind="scope",
        by="Infrastructure Maintainer",
        comment="; ".join(floor.reasons),
        severity=floor.severity,
        ref=visit.report_event().ref,
    )
    author = Author(LANE, "infrastructure_maintainer", "assess_scope")
    visit.write("reassessment", {"instruction": told.model_dump(mode="json")}, author=author)
    return {}
