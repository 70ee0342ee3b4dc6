"""DevOps Automator: deployment history, pipeline, rollbacks and deployments."""

import asyncio

from agents.readings.delivery import DeploymentHistory, PipelineStatus
from agents.readings.estate import InfrastructureState
from agents.reports.basis import Check, Claim
from agents.reports.investigation import DeliveryFindings, Hypothesis
from agents.reports.mitigation import Proposal, Support
from agents.rules.diagnosis.hypotheses import TOOLS as DIAGNOSIS_TOOLS
from agents.rules.diagnosis.hypotheses import Diagnosis, diagnose, ranked
from agents.rules.diagnosis.inquiry import ask, refs, unseen
from agents.rules.diagnosis.suspect_evidence import SuspectEvidence, timing
from agents.rules.mitigation import infrastructure_change
from agents.rules.mitigation.past_attempts import already_tried
from agents.rules.verification.recovery_checks import calls_check
from agents.rules.writing.wording import short
from agents.runtime.briefing import Briefing
from agents.runtime.duty import duty
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports.delivery import deployment_history, pipeline_status
from agents.tools.ports.estate import dependencies, infrastructure_state
from agents.tools.ports.past import past_incidents

Pipelines = dict[str, Reading[PipelineStatus]]


@duty(
    "Review deployment history, CI/CD pipeline and infrastructure state; prepare a rollback if needed.",
    rows=("S2.3",),
    tools=[*DIAGNOSIS_TOOLS, pipeline_status, past_incidents],
)
async def investigate(briefing: Briefing, context: DutyContext) -> DeliveryFindings:
    diagnosis = await diagnose(briefing, context, everyone=True)
    suspects = [h for h in diagnosis.hypotheses if h.cause == "recent deployment" and h.status != "ruled out"]
    names = list(dict.fromkeys([*(h.component for h in suspects), *(d.component.name for d in diagnosis.dossiers)]))
    read = await asyncio.gather(*(ask(context, pipeline_status, name) for name in names))
    pipelines = dict(zip(names, read, strict=True))
    return DeliveryFindings(
        summary=diagnosis.summary(),
        claims=diagnosis.claims(),
        hypotheses=diagnosis.hypotheses,
        missing=list(dict.fromkeys([*diagnosis.missing, *unseen(read)])),
        abnormal=diagnosis.abnormal,
        deployment_history=_history(diagnosis, suspects),
        pipeline_status=_pipeline(pipelines),
        rollback_prepared=_rollback(ranked(suspects), pipelines),
        infrastructure_state=_infrastructure(diagnosis.dossiers),
    )


def _history(diagnosis: Diagnosis, suspects: list[Hypothesis]) -> Check:
    known = {name: r.value for name, r in diagnosis.histories.items() if r.value is not None}
    if not known:
        said = "; ".join(unseen(diagnosis.histories.values())[:2])
        return Check(verdict="unknown", text=f"deployments: {said}", cites=refs(diagnosis.histories.values()))
    began = min((d.onset for d in diagnosis.dossiers if d.onset), default=None)
    recent = sorted((d for history in known.values() for d in history.deployments), key=lambda d: d.at)[-5:]
    minute = diagnosis.survey.minute
    text = "; ".join(timing(deployment, began, minute) for deployment in recent) or "no deployment in the last 24 hours"
    named = {deployment.service for deployment in recent} or set(known)
    cites = refs(r for name, r in diagnosis.histories.items() if name in named)
    return Check(verdict="abnormal" if any(h.strength >= 2 for h in suspects) else "normal", text=text, cites=cites)


def _pipeline(pipelines: Pipelines) -> Check:
    known = {name: reading.value for name, reading in pipelines.items() if reading.value is not None}
    if not known:
        said = "; ".join(unseen(pipelines.values())[:2]) or "nothing to ask"
        return Check(verdict="unknown", text=f"pipelines: {said}", cites=refs(pipelines.values()))
    text = "; ".join(f"{name}: {status.status} {status.note}".strip() for name, status in known.items())
    bad = any(status.status == "failing" for status in known.values())
    return Check(verdict="abnormal" if bad else "normal", text=text, cites=refs(pipelines.values()))


def _rollback(suspects: list[Hypothesis], pipelines: Pipelines) -> Check:
    """Prepared means: a suspect version, and a good one before it whose artefact is there."""
    cites = refs(pipelines.values())
    if not suspects:
        return Check(verdict="normal", text="no deployment is suspected, so no rollback is needed", cites=cites)
    suspect = suspects[0]
    pipeline = pipelines.get(suspect.component)
    if pipeline is None or pipeline.value is None:
        said = pipeline.said if pipeline else "not asked"
        return Check(verdict="unknown", text=f"rollback of {suspect.component}: {short(said)}", cites=cites)
    target = pipeline.value.rollback_target
    if target is None or target == suspect.version:
        return Check(verdict="abnormal", text=f"{suspect.component} has no version to go back to", cites=[pipeline.ref])
    text = f"{suspect.component} can go back from {suspect.version} to {target}, whose artefact is there"
    deployed = [ref for claim in suspect.support for ref in claim.cites]
    return Check(verdict="normal", text=text, cites=list(dict.fromkeys([pipeline.ref, *deployed])))


def _infrastructure(dossiers: list[SuspectEvidence]) -> Check:
    read = [dossier.infrastructure for dossier in dossiers]
    known = [(reading, reading.value) for reading in read if reading.value is not None]
    if not known:
        return Check(verdict="unknown", text="; ".join(unseen(read)) or "nothing to ask", cites=refs(read))
    bad = any(dossier.broken() for dossier in dossiers)
    text = "; ".join(_state(state) for _, state in known)
    return Check(verdict="abnormal" if bad else "normal", text=text, cites=[reading.ref for reading, _ in known])


def _state(state: InfrastructureState) -> str:
    machines = ", ".join(f"{m.name} {m.reason}" for m in state.machines if not m.ready)
    standby = f", standby {state.standby}" if state.standby else ", no standby"
    replicas = f"{state.service}: {state.replicas_ready} of {state.replicas_wanted} replicas ready"
    text = f"{replicas} (limit {state.replicas_limit}), {state.restarts_last_hour} restarts in the last hour{standby}"
    return f"{text}; not ready: {short(machines)}" if machines else text


@duty(
    "Propose to put the last good version back into production.",
    rows=("S3.1",),
    tools=[deployment_history, pipeline_status],
)
async def propose_rollback(briefing: Briefing, context: DutyContext) -> Proposal:
    hypothesis = infrastructure_change.chosen(briefing)
    service = ((hypothesis.service or hypothesis.component) if hypothesis else "") or briefing.service
    if hypothesis is None:
        return _nothing(service, "no deployment is concluded to be the cause")
    history, pipeline = await asyncio.gather(
        ask(context, deployment_history, service, 48), ask(context, pipeline_status, service)
    )
    if history.value is None and pipeline.value is None:
        return _nothing(service, f"neither its deployments nor its pipeline can be seen ({short(history.said)})")
    suspect = hypothesis.version or (history.value.running if history.value else "") or ""
    running = (history.value.running if history.value else None) or suspect
    if running != suspect and not _is_in(suspect, running, history):
        return _nothing(service, f"{suspect} no longer runs; {running} does")
    target = _target(suspect, history, pipeline)
    if target is None:
        return _nothing(
            service, f"there is no earlier version to go back to ({short(pipeline.said) or 'none is kept'})"
        )
    parameters: dict[str, str | int] = {"version": target}
    if already_tried(briefing.attempts, service, "rollback", parameters):
        return _nothing(service, f"going back to {target} was tried or refused already")
    place = Claim(text=f"{target} is the version to go back to; {running} runs now", cites=refs([pipeline, history]))
    return Proposal(
        action="rollback",
        service=service,
        parameters=parameters,
        reasons=[place, *hypothesis.support[:3], *infrastructure_change.concluded(briefing)],
        risk=f"What else came with {suspect} goes too; data it wrote must be readable by {target}.",
        undo=f"Deploy {suspect} again.",
        takes_effect_in_minutes=10,
        summary=f"Propose: roll {service} back from {suspect} to {target}.",
    )


def _is_in(suspect: str, running: str, history: Reading[DeploymentHistory]) -> bool:
    """Whether the running version was put on top of the suspect: what was wrong is then still in it."""
    deployments = history.value.deployments if history.value else []
    return any(d.version == running and d.previous == suspect and d.status != "rolled back" for d in deployments)


def _target(suspect: str, history: Reading[DeploymentHistory], pipeline: Reading[PipelineStatus]) -> str | None:
    """The pipeline's target; where that is not older or cannot be seen, the version before the suspect."""
    target = pipeline.value.rollback_target if pipeline.value else None
    if pipeline.value is not None and target != suspect:
        return target
    deployments = history.value.deployments if history.value else []
    return next((d.previous for d in reversed(deployments) if d.version == suspect), None)


def _nothing(service: str, why: str) -> Proposal:
    return Proposal(action=None, service=service, summary=f"No change of {service} is proposed: {why}.")


@duty(
    "Check that replicas, machines and pipeline follow an infrastructure change.",
    rows=("S3.2",),
    tools=[infrastructure_state, pipeline_status, dependencies],
)
async def support_change(briefing: Briefing, context: DutyContext) -> Support:
    service = briefing.proposal.service if briefing.proposal else briefing.service
    state, pipeline, calls = await asyncio.gather(
        ask(context, infrastructure_state, service),
        ask(context, pipeline_status, service),
        ask(context, dependencies, service),
    )
    behind = calls.value.calls if calls.value else []
    checks = [_follows(briefing, state), _stays(pipeline)]
    checks += await asyncio.gather(*(calls_check(context, service, call.to) for call in behind[:4]))
    follows = checks[0].verdict == "normal" and checks[1].verdict != "abnormal"
    words = "Capacity follows the change" if follows else "Capacity does not follow the change yet"
    return Support(checks=checks, capacity_follows=follows, summary=f"{words}: {checks[0].text}.")


def _follows(briefing: Briefing, reading: Reading[InfrastructureState]) -> Check:
    if reading.value is None:
        return Check(verdict="unknown", text=short(reading.said), cites=[reading.ref])
    state = reading.value
    asked = briefing.proposal.parameters.get("replicas") if briefing.proposal else None
    wanted = int(asked) if asked is not None else state.replicas_wanted
    well = state.replicas_ready >= wanted and all(machine.ready for machine in state.machines)
    return Check(verdict="normal" if well else "abnormal", text=_state(state), cites=[reading.ref])


def _stays(reading: Reading[PipelineStatus]) -> Check:
    """Whether a rollout is under way that could undo the change."""
    if reading.value is None:
        return Check(verdict="unknown", text=short(reading.said), cites=[reading.ref])
    busy = reading.value.status == "running"
    text = f"pipeline {reading.value.status}{'; a rollout is under way' if busy else ''}"
    return Check(verdict="abnormal" if busy else "normal", text=text, cites=[reading.ref])


@duty("Propose to put the checked hotfix into production.", rows=("S3.3",), tools=[deployment_history, pipeline_status])
async def propose_deploy(briefing: Briefing, context: DutyContext) -> Proposal:
    hypothesis = infrastructure_change.chosen(briefing)
    service = ((hypothesis.service or hypothesis.component) if hypothesis else "") or briefing.service
    if not briefing.candidate_version:
        return _nothing(service, "no candidate has been built")
    parameters: dict[str, str | int] = {"version": briefing.candidate_version}
    if already_tried(briefing.attempts, service, "deploy", parameters):
        return _nothing(service, f"{briefing.candidate_version} was tried or refused already")
    history, pipeline = await asyncio.gather(
        ask(context, deployment_history, service, 24), ask(context, pipeline_status, service)
    )
    running = (history.value.running if history.value else None) or "the present version"
    way = f"pipeline {pipeline.value.status}" if pipeline.value else short(pipeline.said)
    if pipeline.value is not None and pipeline.value.status == "running":
        way += ", another rollout is under way"
    reason = Claim(
        text=f"{briefing.candidate_version} is built and passed its checks; {way}", cites=refs([pipeline, history])
    )
    return Proposal(
        action="deploy",
        service=service,
        parameters=parameters,
        reasons=[reason, *(hypothesis.support[:2] if hypothesis else []), *infrastructure_change.concluded(briefing)],
        risk="The change that the hotfix takes out is gone with what it brought.",
        undo=f"Roll {service} back to {running}.",
        takes_effect_in_minutes=10,
        summary=f"Propose: deploy {briefing.candidate_version} of {service} in place of {running}.",
    )
