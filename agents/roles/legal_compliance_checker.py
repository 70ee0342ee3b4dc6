"""Legal Compliance Checker: assesses whether anyone has to be notified. It never sends a notification.

Prompt: prompts/roles/legal_compliance_checker.md.
"""

from agents.reports.communication import RegulatoryAssessment
from agents.rules.severity import legal_assessment
from agents.runtime.duty import Duty
from agents.tools.ports import data_safety

ROLE = "legal_compliance_checker"

assess_regulatory_notification = Duty(
    role=ROLE,
    name="assess_regulatory_notification",
    does="Assess whether a regulator has to be notified of a suspected data breach.",
    rows=("ESC-3",),
    tools=(data_safety,),
    report=RegulatoryAssessment,
    without_model=legal_assessment.assess_regulatory_notification,
)

assess_privacy_notification = Duty(
    role=ROLE,
    name="assess_privacy_notification",
    does="Assess GDPR and CCPA notification: user data is affected.",
    rows=("ESC-4",),
    tools=(data_safety,),
    report=RegulatoryAssessment,
    without_model=legal_assessment.assess_privacy_notification,
)
