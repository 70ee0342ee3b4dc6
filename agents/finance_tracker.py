"""Finance Tracker: what an incident costs."""

from agents.book import plain_words
from agents.book.standing import revenue_against_limit
from agents.book.wording import amount
from agents.briefing import Briefing
from agents.desk import Desk
from agents.pace import MINUTE
from agents.reports import Escalation
from agents.role import duty

QUARTER_OF_AN_HOUR = 15


@duty()
async def assess_business_impact(case: Briefing, desk: Desk) -> Escalation:
    """Assess the business impact: the revenue impact is above the set amount. (ESC-5)"""
    money, asks = revenue_against_limit(case)
    text = f"{money} {_rate(case)} Not in it: customers who leave, contract penalties, work."
    if case.scope is None or case.scope.users_share is None:
        asks.append("Which share of users is affected? Only the share of failing requests is known.")
    actions = [
        "Keep a record of failed payments and orders, so that they can be recovered.",
        "Check charges for doubles after the fix.",
        "Look through contracts for penalties.",
    ]
    return Escalation(actions=actions, assessment=text, asks=asks, summary=money)


def _rate(case: Briefing) -> str:
    """What each further quarter of an hour costs, as things stand."""
    minutes = case.elapsed / MINUTE
    if not case.revenue_lost or minutes < 1:
        return "What each further 15 minutes cost is not known."
    further = case.revenue_lost / minutes * QUARTER_OF_AN_HOUR
    return f"Each further 15 minutes cost about {amount(further, plain_words.currency(case))}."
