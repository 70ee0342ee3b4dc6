"""Studio Producer: brings in people and vendors for a long incident, and assesses the business impact.

Prompt: prompts/roles/studio_producer.md.
"""

from agents.reports.communication import Escalation
from agents.rules.writing import escalation
from agents.runtime.duty import Duty

ROLE = "studio_producer"

add_resources = Duty(
    role=ROLE,
    name="add_resources",
    does="Bring in additional resources and escalate to vendors: a P0 is not resolved after 30 minutes.",
    rows=("ESC-1",),
    report=Escalation,
    without_model=escalation.call_for_resources,
)

assess_business_impact = Duty(
    role=ROLE,
    name="assess_business_impact",
    does="Assess what the business cannot do while revenue impact is above the set amount.",
    rows=("ESC-5",),
    report=Escalation,
    without_model=escalation.assess_lost_business,
)
