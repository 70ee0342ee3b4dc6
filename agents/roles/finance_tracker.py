"""Finance Tracker: what an incident costs."""

from agents.reports.escalation import Escalation
from agents.rules.writing import public_wording
from agents.rules.writing.escalation_summary import revenue_against_limit
from agents.rules.writing.wording import amount
from agents.runtime.briefing import Briefing
from agents.runtime.duty import duty
from agents.runtime.duty_context import DutyContext

QUARTER_OF_AN_HOUR = 15


@duty("Assess the business impact: the revenue impact is above the set amount.", rows=("ESC-5",))
async def assess_business_impact(briefing: Briefing, context: DutyContext) -> Escalation:
    money, asks = revenue_against_limit(briefing)
    text = f"{money} {_rate(briefing)} Not in it: customers who leave, contract penalties, work."
    if briefing.scope is None or briefing.scope.users_share is None:
        asks.append("Which share of users is affected? Only the share of failing requests is known.")
    actions = [
        "Keep a record of failed payments and orders, so that they can be recovered.",
        "Check charges for doubles after the fix.",
        "Look through contracts for penalties.",
    ]
    return Escalation(actions=actions, assessment=text, asks=asks, summary=money)


def _rate(briefing: Briefing) -> str:
    """What each further quarter of an hour costs, as things stand."""
    minutes = briefing.elapsed / briefing.minute
    if not briefing.revenue_lost or minutes < 1:
        return "What each further 15 minutes cost is not known."
    further = briefing.revenue_lost / minutes * QUARTER_OF_AN_HOUR
    return f"Each further 15 minutes cost about {amount(further, public_wording.currency(briefing))}."
