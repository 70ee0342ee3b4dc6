"""Step 5: the post-mortem, within 48 hours, led by the Workflow Optimizer; its tasks go into the backlog."""

from typing import Any

import prompts
from agents import sprint_prioritizer, workflow_optimizer
from agents.reports import BacklogEntries
from agents.role import Duty
from agents.tools.backlog import add_to_backlog
from graphs.case import from_state, with_history
from graphs.nodes import FINISH, Chart, Update
from graphs.transcript import Author
from graphs.visit import Effect, Visit

PARTS: dict[str, tuple[str, Duty[Any]]] = {
    "timeline": ("s5_reconstruct_timeline", workflow_optimizer.reconstruct_timeline),
    "root_cause": ("s5_analyse_root_cause", workflow_optimizer.analyse_root_cause),
    "impact": ("s5_assess_impact", workflow_optimizer.assess_impact),
    "prevention": ("s5_plan_prevention", workflow_optimizer.plan_prevention),
    "action_items": ("s5_assign_action_items", workflow_optimizer.assign_action_items),
}
"""S5.1 to S5.5: part of the report -> node and duty."""


def add_to(chart: Chart) -> None:
    """Timeline, root cause, impact, prevention, action items; then the report and the backlog."""
    names = [chart.node(name, _part(part, duty)) for part, (name, duty) in PARTS.items()]
    chart.node("s5_publish_post_mortem", publish)
    chart.node("s5_add_prevention_tasks", add_prevention_tasks)
    chart.node("s5_add_to_backlog", add_minor_to_backlog)
    for before, after in zip(names, [*names[1:], "s5_publish_post_mortem"], strict=True):
        chart.edge(before, after)
    chart.edge("s5_publish_post_mortem", "s5_add_prevention_tasks")
    chart.edge("s5_add_prevention_tasks", FINISH)
    chart.edge("s5_add_to_backlog", FINISH)


def _part(part: str, duty: Duty[Any]) -> Any:
    async def write_part(visit: Visit) -> Update:
        report = await visit.perform(duty, with_history(visit))
        return {"post_mortem": {**visit.state.get("post_mortem", {}), part: report.model_dump(mode="json")}}

    return write_part


async def publish(visit: Visit) -> Update:
    """The post-mortem report, as one event."""
    facts = visit.room.facts(visit.run)
    due = facts.post_mortem_due
    text = prompts.render(
        "post_mortem.md",
        run=visit.run,
        service_name=visit.state["service"],
        severity=visit.state["severity"],
        due=f"{due:%Y-%m-%d %H:%M} UTC" if due else "not set",
        verdict=visit.state["conclusion"]["verdict"],
        **visit.state["post_mortem"],
    )
    author = Author("main", "workflow_optimizer", "publish_post_mortem")
    visit.write("post_mortem", {"text": text, **visit.state["post_mortem"]}, author=author)
    return {}


async def add_prevention_tasks(visit: Visit) -> Update:
    """S5.6: the Sprint Prioritizer puts the prevention tasks into the backlog."""
    return await _fill_backlog(visit, sprint_prioritizer.add_prevention_tasks, "S5.6")


async def add_minor_to_backlog(visit: Visit) -> Update:
    """P3: a backlog entry, and no more than that."""
    return await _fill_backlog(visit, sprint_prioritizer.add_to_backlog, "TEAM-P3")


async def _fill_backlog(visit: Visit, duty: Duty[BacklogEntries], row: str) -> Update:
    report = await visit.perform(duty, from_state(visit), rows=())
    author = Author("main", duty.role, duty.name)
    entries: list[dict[str, Any]] = []
    for entry in report.entries:
        arguments = entry.model_dump()
        sent = await visit.send(Effect(add_to_backlog, arguments, author, (row,), arguments))
        entries.append({**arguments, "added": sent.payload["done"], "reference": sent.payload["reference"]})
    visit.write("backlog", {"entries": entries}, (row,), author)
    return {}
