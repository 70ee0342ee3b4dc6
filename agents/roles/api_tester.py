"""API Tester: regression on the affected endpoints.

Its page: prompts/roles/api_tester.md.
"""

from agents.reports.verification import Regression
from agents.rules.verification import evidence
from agents.runtime.duty import Duty
from agents.tools.ports.checks import check_endpoints
from agents.tools.ports.signals import client_signals, golden_signals

ROLE = "api_tester"

run_regression = Duty(
    role=ROLE,
    name="run_regression",
    does="Run regression on the affected endpoints; compare response times and error rates with the baseline.",
    rows=("S4.3",),
    tools=(check_endpoints, golden_signals, client_signals),
    report=Regression,
    without_model=evidence.run_regression,
)
