"""Project Shepherd: resources for what takes too long, and the post-mortem that is owed."""

from agents.reports.escalation import Escalation
from agents.rules.writing import public_wording
from agents.rules.writing.escalation_summary import in_question, owner_of, waiting_for
from agents.rules.writing.wording import lasting, listed, on
from agents.runtime.briefing import Briefing
from agents.runtime.duty import duty
from agents.runtime.duty_context import DutyContext

RELIEF_AFTER_HOURS = 4
"""Those who have been on it from the start are relieved after so long."""


@duty("Reallocate resources: a P1 is not resolved after two hours.", rows=("ESC-2",))
async def reallocate_resources(briefing: Briefing, context: DutyContext) -> Escalation:
    component = in_question(briefing)
    lasts, cause = lasting(briefing.elapsed, briefing.minute), public_wording.concluded(briefing)
    purpose = f"to carry out the remedy ({cause})" if cause else "to help find the cause"
    actions = [f"Draw in {owner_of(briefing, component)} for {component}, {purpose}."]
    if any(a.outcome in ("did not help", "failed") for a in briefing.attempts):
        actions.append("Let somebody who was not part of it go over what was tried.")
    if any(a.outcome in ("refused", "expired") for a in briefing.attempts):
        actions.append("Keep somebody who may decide on changes reachable in the channel.")
    if briefing.elapsed.total_seconds() >= RELIEF_AFTER_HOURS * 3600:
        actions.append("Relieve those who have been on it from the start.")
    asks = [f"Which planned work of {owner_of(briefing, component)} may wait, and who tells those who wait for it?"]
    text = f"{briefing.service} has been a {briefing.severity or 'P1'} for {lasts}. {waiting_for(briefing)}"
    return Escalation(
        actions=actions[:4], assessment=text, asks=asks, summary=f"Not resolved after {lasts}: {actions[0]}"
    )


@duty("Chase a post-mortem that is not done 48 hours after the incident.")
async def chase_post_mortem(briefing: Briefing, context: DutyContext) -> Escalation:
    parts = {
        "the timeline": briefing.post_mortem.timeline,
        "the root cause": briefing.post_mortem.root_cause,
        "the impact": briefing.post_mortem.impact,
        "the prevention": briefing.post_mortem.prevention,
        "the action items": briefing.post_mortem.action_items,
    }
    owed = [part for part, done in parts.items() if done is None]
    resolved = f"resolved at {on(briefing.resolved_at)}" if briefing.resolved_at else "resolved"
    late = f", {lasting(briefing.now - briefing.resolved_at, briefing.minute)} ago" if briefing.resolved_at else ""
    text = (
        f"The incident on {briefing.service} was {resolved}{late}. Missing: {listed(owed) or 'only its publication'}."
    )
    return Escalation(
        actions=[f"Remind the Workflow Optimizer of {part}." for part in owed] or ["Publish the report."],
        assessment=text,
        asks=["What stands in the way, and by when will it be done?"],
        summary=f"The post-mortem of {briefing.service} is overdue: {listed(owed) or 'its publication'} is missing.",
    )
