"""Sprint Prioritizer: puts follow-up tasks and P3 alerts into the backlog.

Prompt: prompts/roles/sprint_prioritizer.md.
"""

from agents.reports.post_mortem import BacklogEntries
from agents.rules.severity import triage
from agents.rules.writing import prevention
from agents.runtime.duty import Duty

ROLE = "sprint_prioritizer"

add_prevention_tasks = Duty(
    role=ROLE,
    name="add_prevention_tasks",
    does="Put the prevention tasks of the post-mortem into the backlog, one per action item.",
    rows=("S5.6",),
    report=BacklogEntries,
    without_model=prevention.prevention_tasks,
)

add_to_backlog = Duty(
    role=ROLE,
    name="add_to_backlog",
    does="Put a P3 into the backlog; it is not investigated.",
    rows=("TEAM-P3",),
    report=BacklogEntries,
    without_model=triage.add_to_backlog,
)
