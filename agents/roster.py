"""The people: fourteen roles, a module each. A role's duties are its functions; the body is the duty by the book.
Below them what they share: evidence (signals, survey, dossier, diagnosis), verification, desk, ports, reports."""

from agents.roles import (
    api_tester,
    backend_architect,
    devops_automator,
    evidence_collector,
    executive_summary_generator,
    finance_tracker,
    frontend_developer,
    infrastructure_maintainer,
    legal_compliance_checker,
    project_shepherd,
    sprint_prioritizer,
    studio_producer,
    support_responder,
    workflow_optimizer,
)

ROSTER: tuple[str, ...] = tuple(
    module.__name__.rpartition(".")[2]
    for module in (
        infrastructure_maintainer,
        devops_automator,
        backend_architect,
        frontend_developer,
        support_responder,
        executive_summary_generator,
        evidence_collector,
        api_tester,
        workflow_optimizer,
        sprint_prioritizer,
        studio_producer,
        project_shepherd,
        legal_compliance_checker,
        finance_tracker,
    )
)
"""In the runbook's order."""
