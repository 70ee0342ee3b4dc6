"""Infrastructure Maintainer: the incident commander. Triages, weighs the findings, proposes infrastructure changes and
verifies recovery.

Prompt: prompts/roles/infrastructure_maintainer.md.
"""

from agents.reports.investigation import Conclusion, SystemFindings
from agents.reports.mitigation import ExternalRecovery, MetricsVerification, Proposal, Recovery
from agents.reports.triage import Acknowledgement, Classification, Message, Scope
from agents.rules.answering import answers
from agents.rules.diagnosis import conclusion, system_check
from agents.rules.diagnosis.act_evidence import TOOLS as ACT_TOOLS
from agents.rules.diagnosis.hypotheses import TOOLS as DIAGNOSIS_TOOLS
from agents.rules.mitigation import fallback, infrastructure_change
from agents.rules.severity import scope, triage
from agents.rules.verification import harm_checks, recovery, recovery_checks
from agents.runtime.duty import Duty
from agents.tools import offered
from agents.tools.ports import (
    dependencies,
    provider_status,
    system_metrics,
)

ROLE = "infrastructure_maintainer"

acknowledge = Duty(
    role=ROLE,
    name="acknowledge",
    does="Acknowledge the alert and say in plain words what it claims.",
    rows=("S1.1",),
    report=Acknowledgement,
    without_model=triage.acknowledge,
)

assess_scope = Duty(
    role=ROLE,
    name="assess_scope",
    does="Assess scope and impact: how many users, which services, is data at risk.",
    rows=("S1.2",),
    tools=scope.TOOLS,
    report=Scope,
    without_model=scope.measure,
)

classify = Duty(
    role=ROLE,
    name="classify",
    does="Classify by the written rules: their floor, never lower.",
    rows=("S1.3",),
    report=Classification,
    without_model=triage.classify,
)

open_channel = Duty(
    role=ROLE,
    name="open_channel",
    does="Open the incident channel with what is known and what is not.",
    rows=("S1.5",),
    report=Message,
    without_model=triage.open_channel,
)

investigate = Duty(
    role=ROLE,
    name="investigate",
    does="Check system metrics, error logs, recent deployments and external dependencies.",
    rows=("S2.1",),
    tools=(*DIAGNOSIS_TOOLS, *offered.OF_INVESTIGATORS),
    report=SystemFindings,
    without_model=system_check.check_system,
)

conclude = Duty(
    role=ROLE,
    name="conclude",
    does="Weigh all findings: the cause, the component it is narrowed down to, or what is missing.",
    tools=(*conclusion.TOOLS, *offered.INVESTIGATION),
    report=Conclusion,
    without_model=conclusion.conclude,
)

propose_infrastructure_change = Duty(
    role=ROLE,
    name="propose_infrastructure_change",
    does="Propose to scale, restart or fail over.",
    rows=("S3.2",),
    tools=tuple(dict.fromkeys((*infrastructure_change.TOOLS, *ACT_TOOLS))),
    report=Proposal,
    without_model=infrastructure_change.propose_infrastructure_change,
)

activate_fallback = Duty(
    role=ROLE,
    name="activate_fallback",
    does="Propose that the service does without a failing dependency, by its fallback or cache.",
    rows=("S3.4",),
    tools=(dependencies,),
    report=Proposal,
    without_model=fallback.propose_fallback,
)

verify_recovery = Duty(
    role=ROLE,
    name="verify_recovery",
    does="Verify whether it has recovered, by the newest samples; after a change, by those since.",
    rows=("S3.1", "S3.2", "S3.3"),
    tools=tuple(dict.fromkeys((*recovery_checks.TOOLS, *harm_checks.TOOLS, *ACT_TOOLS))),
    report=Recovery,
    without_model=recovery.verify_recovery,
)

monitor_external_recovery = Duty(
    role=ROLE,
    name="monitor_external_recovery",
    does="Monitor whether the provider is well again, and whether we are without it.",
    rows=("S3.4",),
    tools=(*recovery_checks.TOOLS, provider_status),
    report=ExternalRecovery,
    without_model=recovery.verify_external_recovery,
)

verify_metrics = Duty(
    role=ROLE,
    name="verify_metrics",
    does="Verify that all metrics return to normal and that no failure cascades; look again for 30 minutes.",
    rows=("S4.2",),
    tools=(*recovery_checks.TOOLS, *harm_checks.TOOLS, system_metrics),
    report=MetricsVerification,
    without_model=recovery.verify_metrics,
)

answer_question = answers.answering(ROLE)
