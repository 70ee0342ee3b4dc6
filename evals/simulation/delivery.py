"""Delivery: deployments, the pipeline, suspect changes in the code, and built candidates."""

from datetime import timedelta

from agents.readings.code import ChangeDiff, ChangeQuestion, FileDiff, SourceFile, SourceLines, SourceQuestion
from agents.readings.history import CodeChange, CodeSuspects, Deployment, DeploymentHistory, PipelineStatus
from agents.readings.production import Candidate, Refusal
from agents.tools.port import Unanswered
from evals.simulation.requests import checks
from evals.simulation.rollouts import ROLLOUT_MINUTES, Rollout
from evals.simulation.scene import ProductionState
from evals.simulation.world import CodeChangeSpec

ROOM_MINUTES = 2
"""So much a release may be moved by the seed: a change that is a little later than it is still one of its own."""


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


def change_diff(scene: ProductionState, now: float, **asked: object) -> ChangeDiff:
    """Give the change of this name, or all that came between two versions. Raises Unanswered."""
    question = ChangeQuestion.model_validate(asked)
    known = [change for change in scene.services[question.service].changes if change.at <= now]
    named = [change for change in known if change.change == question.change]
    since, until, note = _between(scene, now, question) if not named else (0, 0, "")
    found = named or [change for change in known if since < change.at - ROOM_MINUTES <= until]
    files = [FileDiff(path=path, added=1, patch=_patch(change)) for change in found for path in _files(change)]
    says = [note, *(f"{change.change} {change.summary}" for change in found)]
    at = scene.at(found[-1].at if found else until)
    return ChangeDiff(
        service=question.service, change=question.change, says="\n".join(filter(None, says)), at=at, files=files
    )


def _between(scene: ProductionState, now: float, question: ChangeQuestion) -> tuple[float, float, str]:
    """From when until when a version, or all after one up to another, was written, and what is said of it."""
    first, _, last = question.change.rpartition("...")
    releases = {release.version: release for release in scene.known_releases[question.service] if release.at <= now}
    if last not in releases or (first and first not in releases):
        names = ", ".join([*releases, *(c.change for c in scene.services[question.service].changes if c.at <= now)])
        said = f"{question.change} of {question.service}: there is no such change; there is {names}"
        raise Unanswered(Refusal(error="no data", said=said))
    earlier = [one.at for one in releases.values() if one.at < releases[last].at]
    since = releases[first].at if first else max(earlier, default=float("-inf"))
    return since, releases[last].at, releases[last].note


def _patch(change: CodeChangeSpec) -> str:
    return "\n".join(["@@ -1,0 +1 @@", f"+{change.summary}", *(f" {piece}" for piece in change.touches)])


def source_lines(scene: ProductionState, now: float, **asked: object) -> SourceLines:
    """Give the files of the changes that an error's signature points to. Raises Unanswered."""
    question = SourceQuestion.model_validate(asked)
    touching = [change for change in scene.services[question.service].changes if _touches(change, now, question)]
    files = [
        SourceFile(path=path, last_changes=[f"{one.change} {scene.at(one.at):%Y-%m-%dT%H:%M:%SZ} {one.summary}"])
        for one in reversed(touching)
        for path in _files(one)
    ]
    if not files:
        raise Unanswered(Refusal(error="no data", said=f"{question.signature}: it names no file that was changed"))
    version = question.version or scene.running(question.service, now) or ""
    return SourceLines(service=question.service, version=version, files=files)


def _touches(change: CodeChangeSpec, now: float, question: SourceQuestion) -> bool:
    return change.at <= now and any(piece.lower() in question.signature.lower() for piece in change.touches)


def _files(change: CodeChangeSpec) -> list[str]:
    """The files of a change; where the world names none, those that the signatures which lead to it name."""
    return change.files or [piece for piece in change.touches if "/" in piece and " " not in piece]


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
