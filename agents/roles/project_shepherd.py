"""Project Shepherd: asks for more people when a P1 takes too long, and chases overdue post-mortems.

Prompt: prompts/roles/project_shepherd.md.
"""

from agents.reports.communication import Escalation
from agents.rules.answering import answers
from agents.rules.writing import escalation
from agents.runtime.duty import Duty

ROLE = "project_shepherd"

reallocate_resources = Duty(
    role=ROLE,
    name="reallocate_resources",
    does="Reallocate resources: a P1 is not resolved after two hours.",
    rows=("ESC-2",),
    report=Escalation,
    without_model=escalation.call_for_reallocation,
)

chase_post_mortem = Duty(
    role=ROLE,
    name="chase_post_mortem",
    does="Chase a post-mortem that is not done 48 hours after the incident.",
    report=Escalation,
    without_model=escalation.ask_for_post_mortem,
)

answer_question = answers.answering(ROLE)
