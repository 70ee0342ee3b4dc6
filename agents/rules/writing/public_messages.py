"""Messages to the public: the status page's update, and what users are told of a provider that fails."""

from agents.reports.communication import StatusUpdate
from agents.reports.triage import Message
from agents.rules.writing import last_look, public_progress, public_wording
from agents.rules.writing.wording import capital
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext


async def write_status_update(briefing: Briefing, context: DutyContext) -> StatusUpdate:
    """Write the status page's update: what users notice, and what is being done."""
    noticed, action = public_wording.impact(briefing), public_progress.progress(briefing)
    return StatusUpdate(
        status=briefing.status, impact=noticed, current_action=action, summary=f"{briefing.status}: {noticed}"
    )


async def write_to_users(briefing: Briefing, context: DutyContext) -> Message:
    """Tell users that a service outside ours fails, and what stands in for it."""
    who = public_wording.name(briefing)
    stands_in = (
        briefing.acted_at is not None and briefing.proposal is not None and briefing.proposal.action == "fallback"
    )
    noticed = public_wording.noticed(briefing) or f"{who} may not work as usual"
    is_outside = public_wording.known_cause(briefing) == "external dependency"
    if stands_in:
        is_well = last_look.seen(briefing).verdict == "normal"
        how = "works again with" if is_well else "is being moved to"
        it = capital(public_wording.subject(briefing))
        first = f"{it} {how} a substitute{' for a service outside ours that fails' if is_outside else ''}"
        first += "" if is_well else "; we are checking how it does"
        second = "Some things may differ from usual"
    else:
        because = "A service outside ours that we depend on fails, and so " if is_outside else ""
        first = capital(f"{because}{noticed}")
        second = "Please try again later; there is nothing you need to change"
    text = f"{first}. {second}. We watch its recovery and tell you on the status page when it is over."
    return Message(summary=f"Users of {who} are told.", text=text)
