"""API Tester: runs regression checks on the affected endpoints.

Prompt: prompts/roles/api_tester.md.
"""

from agents.reports.mitigation import Regression
from agents.rules.verification import evidence, recovery_checks
from agents.runtime.duty import Duty

ROLE = "api_tester"

run_regression = Duty(
    role=ROLE,
    name="run_regression",
    does="Run regression on the affected endpoints; compare response times and error rates with the baseline.",
    rows=("S4.3",),
    tools=recovery_checks.TOOLS,
    report=Regression,
    without_model=evidence.run_regression,
)
