"""Support Responder: the status page and words to users."""

from agents.book import plain_words
from agents.briefing import Briefing
from agents.desk import Desk
from agents.reports import Message, StatusUpdate
from agents.role import duty


@duty()
async def update_status_page(case: Briefing, desk: Desk) -> StatusUpdate:
    """Update the status page every 15 minutes: what users notice, and what is being done. (S3.5, TPL-STATUS)"""
    impact, action = plain_words.impact(case), plain_words.progress(case)
    return StatusUpdate(status=case.status, impact=impact, current_action=action, summary=f"{case.status}: {impact}")


@duty()
async def tell_users(case: Briefing, desk: Desk) -> Message:
    """Tell users that a service outside ours fails and what stands in for it. (S3.4)"""
    name = plain_words.name(case)
    stands_in = case.acted_at is not None and case.proposal is not None and case.proposal.action == "fallback"
    noticed = plain_words.trouble(case) or f"{name} may not work as usual"
    if stands_in:
        first = f"{name} works again with a substitute for a service outside ours that fails"
        second = "Some information may be older than usual, or a choice may be missing"
    else:
        first = f"A service outside ours that we depend on fails, and so {noticed}"
        second = "Please try again later; there is nothing you need to change"
    text = f"{first}. {second}. We watch its recovery and tell you on the status page when it is over."
    return Message(summary=f"Users of {name} are told.", text=text)
