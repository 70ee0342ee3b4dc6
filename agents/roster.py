"""The roster: the fourteen roles in the order of the runbook, and the duties of each."""

from typing import Any

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
from agents.runtime.duty import Duty

ROLES = (
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
"""Each is a module that declares the role's duties."""
ROSTER: tuple[str, ...] = tuple(role.ROLE for role in ROLES)
"""Their names."""


def _duties(role: object) -> dict[str, Duty[Any]]:
    declared: list[Duty[Any]] = [value for value in vars(role).values() if isinstance(value, Duty)]
    return {duty.name: duty for duty in declared}


DUTIES: dict[str, dict[str, Duty[Any]]] = {role.ROLE: _duties(role) for role in ROLES}
"""Role -> duty name -> duty."""
