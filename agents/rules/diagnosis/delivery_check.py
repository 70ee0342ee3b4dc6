"""The delivery check of S2.3: deployments, pipelines and infrastructure, and whether a rollback is possible."""

import asyncio

from agents.readings.history import PipelineStatus
from agents.readings.production import InfrastructureState, Machine
from agents.reports.basis import Check
from agents.reports.investigation import DeliveryFindings, Hypothesis
from agents.rules.diagnosis.hypotheses import Diagnosis, diagnose, ranked
from agents.rules.diagnosis.inquiry import ask, refs, unseen
from agents.rules.diagnosis.recorded_changes import with_changes
from agents.rules.diagnosis.suspect_evidence import SuspectEvidence, timing
from agents.rules.writing.wording import short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import pipeline_status

Pipelines = dict[str, Reading[PipelineStatus]]


async def check_delivery(briefing: Briefing, context: DutyContext) -> DeliveryFindings:
    """Check what was deployed and what it runs on, and prepare a rollback where a deployment is suspected."""
    diagnosis = await diagnose(briefing, context, everyone=True)
    suspects = [h for h in diagnosis.hypotheses if h.cause == "recent deployment" and h.status != "ruled out"]
    names = list(dict.fromkeys([*(h.component for h in suspects), *(d.component.name for d in diagnosis.all_evidence)]))
    read = await asyncio.gather(*(ask(context, pipeline_status, name) for name in names))
    pipelines = dict(zip(names, read, strict=True))
    return DeliveryFindings(
        summary=diagnosis.summary(briefing),
        claims=diagnosis.claims(),
        hypotheses=diagnosis.hypotheses,
        missing=list(dict.fromkeys([*diagnosis.missing, *unseen(read)])),
        abnormal=diagnosis.abnormal,
        deployment_history=with_changes(_history(diagnosis, suspects), diagnosis.changes),
        pipeline_status=_pipeline(pipelines),
        rollback_prepared=_rollback(ranked(suspects), pipelines),
        infrastructure_state=_infrastructure(diagnosis.all_evidence),
    )


def _history(diagnosis: Diagnosis, suspects: list[Hypothesis]) -> Check:
    known = {name: r.value for name, r in diagnosis.histories.items() if r.value is not None}
    if not known:
        said = "; ".join(unseen(diagnosis.histories.values())[:2])
        return Check(verdict="unknown", text=f"deployments: {said}", cites=refs(diagnosis.histories.values()))
    began = min((d.onset for d in diagnosis.all_evidence if d.onset), default=None)
    recent = sorted((d for history in known.values() for d in history.deployments), key=lambda d: d.at)[-5:]
    minute = diagnosis.survey.minute
    text = "; ".join(timing(deployment, began, minute) for deployment in recent) or "no deployment in the last 7 days"
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
        return Check(
            verdict="normal",
            text="no reading suggests a deployment as the cause, so none is prepared to be rolled back",
            cites=cites,
        )
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


def _infrastructure(all_evidence: list[SuspectEvidence]) -> Check:
    read = [evidence.infrastructure for evidence in all_evidence]
    known = [(reading, reading.value) for reading in read if reading.value is not None]
    if not known:
        return Check(verdict="unknown", text="; ".join(unseen(read)) or "nothing to ask", cites=refs(read))
    bad = any(evidence.broken() for evidence in all_evidence)
    text = "; ".join(state_in_words(state) for _, state in known)
    return Check(verdict="abnormal" if bad else "normal", text=text, cites=[reading.ref for reading, _ in known])


def state_in_words(state: InfrastructureState) -> str:
    """Replicas, restarts, standby and the machines that are not ready."""
    machines = ", ".join(ailment(machine) for machine in state.machines if not machine.ready)
    standby = f", standby {state.standby}" if state.standby else ", no standby"
    replicas = f"{state.service}: {state.replicas_ready} of {state.replicas_wanted} replicas ready"
    limit = "not known" if state.replicas_limit is None else state.replicas_limit
    text = f"{replicas} (limit {limit}), {state.restarts_last_hour} restarts in the last hour{standby}"
    return f"{text}; not ready: {short(machines)}" if machines else text


def ailment(machine: Machine) -> str:
    """A machine that is not ready, and why, as far as it is told."""
    return f"{machine.name}{machine.reason and ': '}{machine.reason}"
