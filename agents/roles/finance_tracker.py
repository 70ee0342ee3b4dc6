"""Finance Tracker: estimates what an incident costs.

Prompt: prompts/roles/finance_tracker.md.
"""

from agents.reports.communication import Escalation
from agents.rules.writing import escalation
from agents.runtime.duty import Duty

ROLE = "finance_tracker"

assess_business_impact = Duty(
    role=ROLE,
    name="assess_business_impact",
    does="Assess the business impact: the revenue impact is above the set amount.",
    rows=("ESC-5",),
    report=Escalation,
    without_model=escalation.assess_cost,
)
