"""Delivery: deployments, the pipeline, suspect changes in the code, and built candidates."""

from datetime import timedelta

from agents.readings.history import CodeChange, CodeSuspects, Deployment, DeploymentHistory, PipelineStatus
from agents.readings.production import Candidate
from evals.simulation.requests import checks
from evals.simulation.rollouts import ROLLOUT_MINUTES, Rollout
from evals.simulation.scene import ProductionState


def deployment_history(scene: ProductionState, now: float, service: str, hours: int = 24) -> DeploymentHistory:
    rolled_out = [r for r in scene.rollouts(service) if r.at <= now]
    recent = [_deployment(scene, service, r, rolled_out, now) for r in rolled_out if r.at >= now - 60 * hours]
    return DeploymentHistory(service=service, running=scene.running(service, now), deployments=recent)


def _deployment(
    scene: ProductionState, service: str, rollout: Rollout, rolled_out: list[Rollout], now: float
) -> Deployment:
    undone = any(
        later.note == "rollback" and later.previous == rollout.version for later in rolled_out if later.at > rollout.at
    )
    fresh = now - rollout.at < ROLLOUT_MINUTES
    return Deployment.model_validate(
        {
            "service": service,
            "version": rollout.version,
            "previous": rollout.previous,
            "at": scene.at(rollout.at),
            "status": "rolled back" if undone else "running" if fresh else rollout.status,
            "note": rollout.note,
        }
    )


def pipeline_status(scene: ProductionState, now: float, service: str) -> PipelineStatus:
    current = scene.running(service, now)
    kept = {
        r.version for r in scene.known_releases[service] if r.artefact_kept and r.status == "succeeded" and r.at <= now
    }
    versions = [r.version for r in scene.known_releases[service] if r.at <= now]
    older = versions[: versions.index(current)] if current in versions else versions
    target = next((version for version in reversed(older) if version in kept), None)
    note = f"artefact of {target} is in the registry" if target else "no earlier artefact is kept"
    status = scene.services[service].pipeline
    return PipelineStatus(service=service, status=status, rollback_target=target, note=note)


def code_suspects(scene: ProductionState, now: float, service: str, signature: str) -> CodeSuspects:
    touching = [
        CodeChange(change=c.change, at=scene.at(c.at), summary=c.summary, files=c.files, remedy=c.remedy)
        for c in scene.services[service].changes
        if c.at <= now and any(piece.lower() in signature.lower() for piece in c.touches)
    ]
    newest_first = sorted(touching, key=lambda change: change.at, reverse=True)
    return CodeSuspects(service=service, signature=signature, suspects=newest_first)


def check_candidate(scene: ProductionState, now: float, service: str, version: str) -> Candidate:
    build = next((b for b in scene.builds(service) if b.version == version), None)
    known = {r.version for r in scene.known_releases[service] if r.at <= now}
    if build is None and version not in known:
        return Candidate(service=service, version=version, built=False, checks=[], note=f"{version} has not been built")
    cures = build is not None and _puts_right(scene, service, build.change)
    results = checks(scene, now, service, well=cures)
    passed = sum(check.ok for check in results)
    note = f"{passed} of {len(results)} checks passed in {timedelta(seconds=40 + 3 * len(results))}"
    return Candidate(service=service, version=version, built=True, checks=results, note=note)


def _puts_right(scene: ProductionState, service: str, change: str) -> bool:
    own = [i.course for i in scene.influences(service) if not i.via]
    remedies = [r for c in own for r in c.disturbance.cured_by if r.action == "deploy"]
    return any(remedy.change in change for remedy in remedies)
