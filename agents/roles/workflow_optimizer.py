"""Workflow Optimizer: leads the post-mortem, within 48 hours.

Prompt: prompts/roles/workflow_optimizer.md.
"""

from agents.reports.post_mortem import ActionItems, Impact, Prevention, RootCause, Timeline
from agents.rules.writing import post_mortem, prevention
from agents.runtime.duty import Duty
from agents.tools import offered

ROLE = "workflow_optimizer"

reconstruct_timeline = Duty(
    role=ROLE,
    name="reconstruct_timeline",
    does="Reconstruct when it was introduced, detected and resolved, and the total user impact.",
    rows=("S5.1",),
    tools=offered.POST_MORTEM,
    report=Timeline,
    without_model=post_mortem.reconstruct_timeline,
)

analyse_root_cause = Duty(
    role=ROLE,
    name="analyse_root_cause",
    does="Analyse what failed, why, why it was not caught earlier, with five whys.",
    rows=("S5.2",),
    tools=offered.REASONS,
    report=RootCause,
    without_model=post_mortem.analyse_root_cause,
)

assess_impact = Duty(
    role=ROLE,
    name="assess_impact",
    does="Assess the impact on users, revenue, reputation and data.",
    rows=("S5.3",),
    tools=offered.POST_MORTEM,
    report=Impact,
    without_model=post_mortem.assess_impact,
)

plan_prevention = Duty(
    role=ROLE,
    name="plan_prevention",
    does="Plan prevention: monitoring, testing, process and infrastructure changes.",
    rows=("S5.4",),
    tools=offered.REASONS,
    report=Prevention,
    without_model=prevention.plan_prevention,
)

assign_action_items = Duty(
    role=ROLE,
    name="assign_action_items",
    does="Assign action items: action, owner, deadline.",
    rows=("S5.5",),
    tools=offered.POST_MORTEM,
    report=ActionItems,
    without_model=prevention.assign_action_items,
)
