"""Sprint Prioritizer: what goes into the backlog."""

from agents.reports.post_mortem import BacklogEntries, BacklogEntry
from agents.rules.writing.wording import short
from agents.runtime.briefing import Briefing
from agents.runtime.duty import duty
from agents.runtime.duty_context import DutyContext


@duty("Put the prevention tasks of the post-mortem into the backlog, one per action item.", rows=("S5.6",))
async def add_prevention_tasks(briefing: Briefing, context: DutyContext) -> BacklogEntries:
    items = briefing.post_mortem.action_items.items if briefing.post_mortem.action_items else []
    timeline = briefing.post_mortem.timeline
    minutes = timeline.user_impact_minutes if timeline else None
    cost = f"users were affected for {minutes:.0f} minutes" if minutes else "no user impact is known"
    entries = [
        BacklogEntry(
            title=_title(item.action),
            owner=item.owner,
            deadline=f"{item.deadline:%Y-%m-%d}",
            why=f"Run {briefing.run} ({briefing.severity or 'no severity'}) on {briefing.service}: {cost}. "
            f"{item.action}",
        )
        for item in items
    ]
    said = f"{len(entries)} prevention tasks for the backlog." if entries else "There are no action items, so no tasks."
    return BacklogEntries(entries=entries, summary=said)


def _title(action: str) -> str:
    """At most twelve words, without the test of success that follows."""
    words = action.partition(":")[0].partition(";")[0].rstrip(".").split()
    return " ".join(words[:12]) + (" …" if len(words) > 12 else "")


@duty("Put a P3 into the backlog; it is not investigated.", rows=("TEAM-P3",))
async def add_to_backlog(briefing: Briefing, context: DutyContext) -> BacklogEntries:
    listed = briefing.catalogue.services.get(briefing.service)
    noticed = briefing.scope.summary if briefing.scope else "Who notices it is not known."
    entry = BacklogEntry(
        title=short(briefing.alert.title, 100),
        owner=(listed.owner if listed else "") or "triage",
        deadline="next sprint",
        why=f"{noticed} Details: run {briefing.run}.",
    )
    return BacklogEntries(entries=[entry], summary=f"One entry for the backlog: {entry.title}.")
