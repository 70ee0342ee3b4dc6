"""Step 4: whether it is over."""

from agents.reports.basis import Check, Report


class FixConfirmation(Report):
    """The fix resolves the issue, a screenshot of the working state, no new issue. (S4.1)"""

    resolves_the_issue: Check
    screenshot: Check
    screenshot_file: str = ""
    is_picture: bool = False
    no_new_issue: Check
    confirmed: bool


class Regression(Report):
    """Regression on the affected endpoints, response times, error rates. (S4.3)"""

    endpoints: list[Check]
    response_times: Check
    error_rates: Check
    passed: bool


class MetricsVerification(Report):
    """All metrics returning to normal, no cascading failure. (S4.2)"""

    metrics: Check
    cascading_failures: Check
    normal: bool
