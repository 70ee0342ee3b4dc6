"""Evidence Collector: confirms that a fix works and that it broke nothing else.

Prompt: prompts/roles/evidence_collector.md.
"""

from agents.reports.mitigation import FixConfirmation, HotfixCheck
from agents.rules.verification import evidence, recovery_checks
from agents.runtime.duty import Duty
from agents.tools.ports import check_candidate, error_log, screenshot

ROLE = "evidence_collector"

confirm_fix = Duty(
    role=ROLE,
    name="confirm_fix",
    does="Confirm that the fix resolves the issue, with a screenshot, and that it broke nothing new.",
    rows=("S3.1", "S4.1"),
    tools=(*recovery_checks.TOOLS, screenshot, error_log),
    report=FixConfirmation,
    without_model=evidence.confirm_fix,
)

verify_hotfix = Duty(
    role=ROLE,
    name="verify_hotfix",
    does="Verify a built candidate before anyone proposes to deploy it.",
    rows=("S3.3",),
    tools=(check_candidate,),
    report=HotfixCheck,
    without_model=evidence.verify_hotfix,
)
