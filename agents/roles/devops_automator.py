"""DevOps Automator: deployment history, pipelines, rollbacks and deployments.

Prompt: prompts/roles/devops_automator.md.
"""

from agents.reports.investigation import DeliveryFindings
from agents.reports.mitigation import Proposal, Support
from agents.rules.answering import answers
from agents.rules.diagnosis import delivery_check
from agents.rules.diagnosis.act_evidence import TOOLS as ACT_TOOLS
from agents.rules.diagnosis.hypotheses import TOOLS as DIAGNOSIS_TOOLS
from agents.rules.mitigation import hotfix, rollback
from agents.rules.verification import recovery
from agents.runtime.duty import Duty
from agents.tools import offered
from agents.tools.ports import dependencies, deployment_history, infrastructure_state, pipeline_status

ROLE = "devops_automator"

investigate = Duty(
    role=ROLE,
    name="investigate",
    does="Review deployment history, CI/CD pipeline and infrastructure state; prepare a rollback if needed.",
    rows=("S2.3",),
    tools=(*DIAGNOSIS_TOOLS, *offered.OF_INVESTIGATORS),
    report=DeliveryFindings,
    without_model=delivery_check.check_delivery,
)

propose_rollback = Duty(
    role=ROLE,
    name="propose_rollback",
    does="Propose to put the last good version back into production.",
    rows=("S3.1",),
    tools=(deployment_history, pipeline_status, *ACT_TOOLS),
    report=Proposal,
    without_model=rollback.propose_rollback,
)

support_change = Duty(
    role=ROLE,
    name="support_change",
    does="Check that replicas, machines and pipeline follow an infrastructure change.",
    rows=("S3.2",),
    tools=(infrastructure_state, pipeline_status, dependencies),
    report=Support,
    without_model=recovery.verify_capacity,
)

propose_deploy = Duty(
    role=ROLE,
    name="propose_deploy",
    does="Propose to put the checked hotfix into production.",
    rows=("S3.3",),
    tools=(deployment_history, pipeline_status),
    report=Proposal,
    without_model=hotfix.propose_deployment,
)

answer_question = answers.answering(ROLE)
