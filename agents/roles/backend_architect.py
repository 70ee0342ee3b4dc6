"""Backend Architect: investigates databases, APIs and calls between services, finds root causes and proposes hotfixes.

Prompt: prompts/roles/backend_architect.md.
"""

from agents.reports.investigation import BackendFindings, Conclusion, SystemFindings
from agents.reports.mitigation import Proposal
from agents.rules.answering import answers
from agents.rules.diagnosis import backend_check, conclusion, system_check
from agents.rules.diagnosis.hypotheses import TOOLS as DIAGNOSIS_TOOLS
from agents.rules.mitigation import hotfix
from agents.runtime.duty import Duty
from agents.tools import offered
from agents.tools.ports import code_suspects

ROLE = "backend_architect"

investigate = Duty(
    role=ROLE,
    name="investigate",
    does="Check database health, API error rates and service-to-service calls; name the failing component.",
    rows=("S2.2",),
    tools=(*DIAGNOSIS_TOOLS, *offered.OF_INVESTIGATORS),
    report=BackendFindings,
    without_model=backend_check.check_backend,
)

check_system = Duty(
    role=ROLE,
    name="check_system",
    does="Do the four checks of S2.1, as the Relevant Developer at P2.",
    rows=("S2.1",),
    tools=(*DIAGNOSIS_TOOLS, *offered.OF_INVESTIGATORS),
    report=SystemFindings,
    without_model=system_check.check_system_alone,
)

conclude = Duty(
    role=ROLE,
    name="conclude",
    does="Weigh all findings: the cause, the component it is narrowed down to, or what is missing.",
    tools=(*conclusion.TOOLS, *offered.INVESTIGATION),
    report=Conclusion,
    without_model=conclusion.conclude,
)

implement_hotfix = Duty(
    role=ROLE,
    name="implement_hotfix",
    does="Propose a candidate that reverts the faulty change or switches it off.",
    rows=("S3.3",),
    tools=(code_suspects,),
    report=Proposal,
    without_model=hotfix.propose_hotfix,
)

answer_question = answers.answering(ROLE)
