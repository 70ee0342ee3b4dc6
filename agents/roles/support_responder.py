"""Support Responder: the status page and words to users."""

from agents.reports.communication import StatusUpdate
from agents.reports.triage import Message
from agents.rules.writing import public_wording
from agents.runtime.briefing import Briefing
from agents.runtime.duty import duty
from agents.runtime.duty_context import DutyContext


@duty(
    "Update the status page every 15 minutes: what users notice, and what is being done.",
    rows=(
        "S3.5",
        "TPL-STATUS",
    ),
)
async def update_status_page(briefing: Briefing, context: DutyContext) -> StatusUpdate:
    impact, action = public_wording.impact(briefing), public_wording.progress(briefing)
    return StatusUpdate(
        status=briefing.status, impact=impact, current_action=action, summary=f"{briefing.status}: {impact}"
    )


@duty("Tell users that a service outside ours fails and what stands in for it.", rows=("S3.4",))
async def tell_users(briefing: Briefing, context: DutyContext) -> Message:
    name = public_wording.name(briefing)
    stands_in = (
        briefing.acted_at is not None and briefing.proposal is not None and briefing.proposal.action == "fallback"
    )
    noticed = public_wording.trouble(briefing) or f"{name} may not work as usual"
    if stands_in:
        first = f"{name} works again with a substitute for a service outside ours that fails"
        second = "Some information may be older than usual, or a choice may be missing"
    else:
        first = f"A service outside ours that we depend on fails, and so {noticed}"
        second = "Please try again later; there is nothing you need to change"
    text = f"{first}. {second}. We watch its recovery and tell you on the status page when it is over."
    return Message(summary=f"Users of {name} are told.", text=text)
