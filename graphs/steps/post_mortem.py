"""Step 5: the post-mortem, within 48 hours, led by the Workflow Optimizer; its tasks go into the backlog."""

from typing import Any

import prompts
from agents.reports.post_mortem import BacklogEntries
from agents.roles import sprint_prioritizer, workflow_optimizer
from agents.rules.writing.post_mortem_summary import first_page, outcome
from agents.runtime.duty import Duty
from agents.tools.ports import add_to_backlog
from graphs.runtime.briefings import SET_BY_PEOPLE, briefing_of
from graphs.runtime.node_context import NodeContext, OutsideEffect
from graphs.runtime.nodes import FINISH, GraphBuilder, Update
from graphs.transcript.events import Author

PARTS: dict[str, Duty[Any]] = {
    "s5_reconstruct_timeline": workflow_optimizer.reconstruct_timeline,
    "s5_analyse_root_cause": workflow_optimizer.analyse_root_cause,
    "s5_assess_impact": workflow_optimizer.assess_impact,
    "s5_plan_prevention": workflow_optimizer.plan_prevention,
    "s5_assign_action_items": workflow_optimizer.assign_action_items,
}
"""S5.1 to S5.5: node -> the duty that writes this part of the report."""


def add_to(builder: GraphBuilder) -> None:
    """Timeline, root cause, impact, prevention, action items; then the report and the backlog."""
    names = [builder.node(name, _part(duty)) for name, duty in PARTS.items()]
    builder.node("s5_publish_post_mortem", publish)
    builder.node("s5_add_prevention_tasks", add_prevention_tasks)
    builder.node("s5_add_to_backlog", add_minor_to_backlog)
    for before, after in zip(names, [*names[1:], "s5_publish_post_mortem"], strict=True):
        builder.edge(before, after)
    builder.edge("s5_publish_post_mortem", "s5_add_prevention_tasks")
    builder.edge("s5_add_prevention_tasks", FINISH)
    builder.edge("s5_add_to_backlog", FINISH)


def _part(duty: Duty[Any]) -> Any:
    async def write_part(node: NodeContext) -> Update:
        facts, now = node.facts, node.deps.clock.now()
        await node.perform(duty, briefing_of(facts, node.deps, now, facts.history, SET_BY_PEOPLE))
        return {}

    return write_part


async def publish(node: NodeContext) -> Update:
    """The post-mortem report, as one event."""
    facts = node.facts
    assert facts.conclusion
    due, parts = facts.post_mortem_due, facts.post_mortem.model_dump(mode="json")
    briefing = briefing_of(facts, node.deps, node.deps.clock.now(), facts.history, SET_BY_PEOPLE)
    page = first_page(briefing)
    text = prompts.render(
        "post_mortem.md",
        run=node.run,
        service_name=facts.service,
        severity=facts.severity,
        due=f"{due:%Y-%m-%d %H:%M} UTC" if due else "not set",
        outcome=outcome(briefing),
        page=page.model_dump(mode="json"),
        **parts,
    )
    author = Author("main", "workflow_optimizer", "publish_post_mortem")
    node.write("post_mortem", {"text": text, "title": page.title, **parts}, author=author)
    return {}


async def add_prevention_tasks(node: NodeContext) -> Update:
    """S5.6: the Sprint Prioritizer puts the prevention tasks into the backlog."""
    return await _fill_backlog(node, sprint_prioritizer.add_prevention_tasks, "S5.6")


async def add_minor_to_backlog(node: NodeContext) -> Update:
    """P3: a backlog entry, and no more than that."""
    return await _fill_backlog(node, sprint_prioritizer.add_to_backlog, "TEAM-P3")


async def _fill_backlog(node: NodeContext, duty: Duty[BacklogEntries], row: str) -> Update:
    report = await node.perform(duty, node.briefing(), rows=())
    author = Author("main", duty.role, duty.name)
    entries: list[dict[str, Any]] = []
    for entry in report.entries:
        arguments = entry.model_dump()
        sent = await node.send(OutsideEffect(add_to_backlog, arguments, author, (row,), arguments))
        entries.append({**arguments, "added": sent.payload["done"], "reference": sent.payload["reference"]})
    node.write("backlog", {"entries": entries}, (row,), author)
    return {}
