"""Project Shepherd: resources for what takes too long, and the post-mortem that is owed."""

from agents.book import plain_words
from agents.book.standing import in_question, owner_of, waiting_for
from agents.book.wording import lasting, listed, on
from agents.briefing import Briefing
from agents.desk import Desk
from agents.reports import Escalation
from agents.role import duty

RELIEF_AFTER_HOURS = 4
"""Those who have been on it from the start are relieved after so long."""


@duty()
async def reallocate_resources(case: Briefing, desk: Desk) -> Escalation:
    """Reallocate resources: a P1 is not resolved after two hours. (ESC-2)"""
    component = in_question(case)
    lasts, cause = lasting(case.elapsed), plain_words.concluded(case)
    purpose = f"to carry out the remedy ({cause})" if cause else "to help find the cause"
    actions = [f"Draw in {owner_of(case, component)} for {component}, {purpose}."]
    if any(a.outcome in ("did not help", "failed") for a in case.attempts):
        actions.append("Let somebody who was not part of it go over what was tried.")
    if any(a.outcome in ("refused", "expired") for a in case.attempts):
        actions.append("Keep somebody who may decide on changes reachable in the channel.")
    if case.elapsed.total_seconds() >= RELIEF_AFTER_HOURS * 3600:
        actions.append("Relieve those who have been on it from the start.")
    asks = [f"Which planned work of {owner_of(case, component)} may wait, and who tells those who wait for it?"]
    text = f"{case.service} has been a {case.severity or 'P1'} for {lasts}. {waiting_for(case)}"
    return Escalation(
        actions=actions[:4], assessment=text, asks=asks, summary=f"Not resolved after {lasts}: {actions[0]}"
    )


@duty()
async def chase_post_mortem(case: Briefing, desk: Desk) -> Escalation:
    """Chase a post-mortem that is not done 48 hours after the incident."""
    parts = {
        "the timeline": case.post_mortem.timeline,
        "the root cause": case.post_mortem.root_cause,
        "the impact": case.post_mortem.impact,
        "the prevention": case.post_mortem.prevention,
        "the action items": case.post_mortem.action_items,
    }
    owed = [part for part, done in parts.items() if done is None]
    resolved = f"resolved at {on(case.resolved_at)}" if case.resolved_at else "resolved"
    late = f", {lasting(case.now - case.resolved_at)} ago" if case.resolved_at else ""
    text = f"The incident on {case.service} was {resolved}{late}. Missing: {listed(owed) or 'only its publication'}."
    return Escalation(
        actions=[f"Remind the Workflow Optimizer of {part}." for part in owed] or ["Publish the report."],
        assessment=text,
        asks=["What stands in the way, and by when will it be done?"],
        summary=f"The post-mortem of {case.service} is overdue: {listed(owed) or 'its publication'} is missing.",
    )
