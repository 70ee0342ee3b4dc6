"""Sprint Prioritizer: what goes into the backlog."""

from agents.book.wording import short
from agents.briefing import Briefing
from agents.desk import Desk
from agents.reports import BacklogEntries, BacklogEntry
from agents.role import duty


@duty()
async def add_prevention_tasks(case: Briefing, desk: Desk) -> BacklogEntries:
    """Put the prevention tasks of the post-mortem into the backlog, one per action item. (S5.6)"""
    items = case.post_mortem.action_items.items if case.post_mortem.action_items else []
    timeline = case.post_mortem.timeline
    minutes = timeline.user_impact_minutes if timeline else None
    cost = f"users were affected for {minutes:.0f} minutes" if minutes else "no user impact is known"
    entries = [
        BacklogEntry(
            title=_title(item.action),
            owner=item.owner,
            deadline=f"{item.deadline:%Y-%m-%d}",
            why=f"Run {case.run} ({case.severity or 'no severity'}) on {case.service}: {cost}. {item.action}",
        )
        for item in items
    ]
    said = f"{len(entries)} prevention tasks for the backlog." if entries else "There are no action items, so no tasks."
    return BacklogEntries(entries=entries, summary=said)


def _title(action: str) -> str:
    """At most twelve words, without the test of success that follows."""
    words = action.partition(":")[0].partition(";")[0].rstrip(".").split()
    return " ".join(words[:12]) + (" …" if len(words) > 12 else "")


@duty()
async def add_to_backlog(case: Briefing, desk: Desk) -> BacklogEntries:
    """Put a P3 into the backlog; it is not investigated. (TEAM-P3)"""
    listed = case.catalogue.services.get(case.service)
    noticed = case.scope.summary if case.scope else "Who notices it is not known."
    entry = BacklogEntry(
        title=short(case.alert.title, 100),
        owner=(listed.owner if listed else "") or "triage",
        deadline="next sprint",
        why=f"{noticed} Details: run {case.run}.",
    )
    return BacklogEntries(entries=[entry], summary=f"One entry for the backlog: {entry.title}.")
