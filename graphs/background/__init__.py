"""Background workflows: status updates, escalation, reassessment, reminders.
May import runtime, transcript and model; never the steps."""
