"""A rollback: putting the last good version back into production."""

import asyncio

from agents.readings.history import DeploymentHistory, PipelineStatus
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.reports.mitigation import Proposal
from agents.rules.diagnosis.conclusion import concluded_hypothesis, conclusion_as_reason, service_at_fault
from agents.rules.diagnosis.inquiry import ask, refs
from agents.rules.mitigation.declared_acts import declared_act
from agents.rules.writing.wording import short
from agents.runtime.briefing import Briefing, tried_before
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import deployment_history, pipeline_status

CAME_OF_IT = {
    "failed": "was tried, and the tool could not do it",
    "did not help": "was tried and did not help",
    "helped for a time": "was tried and helped for a time only",
    "refused": "was refused",
}
"""Outcome of an attempt -> that in words."""


async def propose_rollback(briefing: Briefing, context: DutyContext) -> Proposal:
    """Propose the version before the suspect one, or to undo a change that is no release by a declared act.

    No action where the version is gone, cannot be seen or was tried, and no declared act is called for.
    """
    hypothesis, service = concluded_hypothesis(briefing), service_at_fault(briefing)
    if hypothesis is None:
        return no_change(service, "no deployment is concluded to be the cause")
    proposal = await _of_version(briefing, context, hypothesis, service)
    if proposal.action is None:
        return await declared_act(briefing, context, hypothesis) or proposal
    return proposal


async def _of_version(briefing: Briefing, context: DutyContext, hypothesis: Hypothesis, service: str) -> Proposal:
    history, pipeline = await asyncio.gather(
        ask(context, deployment_history, service, 48), ask(context, pipeline_status, service)
    )
    if history.value is None and pipeline.value is None:
        return no_change(service, f"neither its deployments nor its pipeline can be seen ({short(history.said)})")
    named = any(said.cause == "recent deployment" and said.component == service for said in briefing.ledger.statements)
    if not hypothesis.version and not named:
        return no_change(
            service, f"what was changed is not its version. What would help: undo it ({hypothesis.statement})"
        )
    suspect = hypothesis.version or (history.value.running if history.value else "") or ""
    running = (history.value.running if history.value else None) or suspect
    if running != suspect and not _is_in(suspect, running, history):
        return no_change(service, f"{suspect} no longer runs; {running} does")
    target = _target(suspect, history, pipeline)
    if target is None:
        return no_change(
            service, f"there is no earlier version to go back to ({short(pipeline.said) or 'none is kept'})"
        )
    parameters: dict[str, str | int] = {"version": target}
    if tried := tried_before(briefing, service, "rollback", parameters):
        return no_change(service, f"going back to {target} {CAME_OF_IT[tried.outcome]} ({short(tried.said)})")
    place = Claim(text=f"{target} is the version to go back to; {running} runs now", cites=refs([pipeline, history]))
    return Proposal(
        action="rollback",
        service=service,
        parameters=parameters,
        reasons=[place, *hypothesis.support[:3], *conclusion_as_reason(briefing)],
        risk=f"What else came with {suspect} goes too; data it wrote must be readable by {target}.",
        undo=f"Deploy {suspect} again.",
        takes_effect_in_minutes=10,
        summary=f"Propose: roll {service} back from {suspect} to {target}.",
    )


def _is_in(suspect: str, running: str, history: Reading[DeploymentHistory]) -> bool:
    """Whether the running version was put on top of the suspect: what was wrong is then still in it.

    The version that the suspect had replaced is the one that it was rolled back to.
    """
    deployments = history.value.deployments if history.value else []
    if any(d.version == suspect and d.previous == running for d in deployments):
        return False
    return any(d.version == running and d.previous == suspect and d.status != "rolled back" for d in deployments)


def _target(suspect: str, history: Reading[DeploymentHistory], pipeline: Reading[PipelineStatus]) -> str | None:
    """The pipeline's target; where that is not older or cannot be seen, the version before the suspect."""
    target = pipeline.value.rollback_target if pipeline.value else None
    if pipeline.value is not None and target != suspect:
        return target
    deployments = history.value.deployments if history.value else []
    return next((d.previous for d in reversed(deployments) if d.version == suspect), None)


def no_change(service: str, why: str) -> Proposal:
    """A proposal to change nothing, with the reason."""
    return Proposal(action=None, service=service, summary=f"No change of {service} is proposed: {why}.")
