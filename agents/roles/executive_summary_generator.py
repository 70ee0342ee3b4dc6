"""Executive Summary Generator: briefs stakeholders, and drafts notifications to affected users.

Prompt: prompts/roles/executive_summary_generator.md.
"""

from agents.reports.communication import Brief, Notification
from agents.rules.writing import executive_brief
from agents.runtime.duty import Duty

ROLE = "executive_summary_generator"

brief_stakeholders = Duty(
    role=ROLE,
    name="brief_stakeholders",
    does="Brief stakeholders at P0: situation, cause, action with its ETA, impact.",
    rows=("S3.6", "TPL-EXEC"),
    report=Brief,
    without_model=executive_brief.write_brief,
)

prepare_notification = Duty(
    role=ROLE,
    name="prepare_notification",
    does="Draft the notification of those whose data is affected; people decide whether it is sent.",
    rows=("ESC-4",),
    report=Notification,
    without_model=executive_brief.draft_notification,
)
