"""Support Responder: updates the status page and writes to users.

Prompt: prompts/roles/support_responder.md.
"""

from agents.reports.communication import StatusUpdate
from agents.reports.triage import Message
from agents.rules.answering import answers
from agents.rules.writing import public_messages
from agents.runtime.duty import Duty

ROLE = "support_responder"

update_status_page = Duty(
    role=ROLE,
    name="update_status_page",
    does="Update the status page every 15 minutes: what users notice, and what is being done.",
    rows=("S3.5", "TPL-STATUS"),
    report=StatusUpdate,
    without_model=public_messages.write_status_update,
)

tell_users = Duty(
    role=ROLE,
    name="tell_users",
    does="Tell users that a service outside ours fails and what stands in for it.",
    rows=("S3.4",),
    report=Message,
    without_model=public_messages.write_to_users,
)

answer_question = answers.answering(ROLE)
