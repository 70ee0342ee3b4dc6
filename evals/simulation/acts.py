"""Acts: what can be done to the simulated production, and what it answers. The effect follows from the journal."""

from collections.abc import Callable

from agents.io.act_kinds import ACT_KINDS, named
from agents.readings.production import ActionResult
from agents.readings.splits import Dimension
from evals.simulation.rollouts import UNVERSIONED
from evals.simulation.scene import ProductionState


def _refused(detail: str) -> ActionResult:
    return ActionResult(done=False, detail=detail)


def _done(detail: str, reference: str = "") -> ActionResult:
    return ActionResult(done=True, detail=detail, reference=reference)


def rollback(scene: ProductionState, now: float, service: str, version: str) -> ActionResult:
    current = scene.running(service, now)
    past = {
        r.version: r.artefact_kept for r in scene.known_releases[service] if r.at <= now and r.status == "succeeded"
    }
    if version not in past:
        return _refused(f"{service} never ran {version}; it ran {', '.join(past) or 'no version at all'}")
    if version == current:
        return _refused(f"{service} runs {version} already")
    if not past[version]:
        return _refused(f"the artefact of {service} {version} is no longer in the registry")
    return _done(f"{service} goes back from {current} to {version}", version)


def deploy(scene: ProductionState, now: float, service: str, version: str) -> ActionResult:
    built = [build.version for build in scene.builds(service)]
    if version not in [*built, *(r.version for r in scene.known_releases[service] if r.at <= now and r.artefact_kept)]:
        return _refused(f"there is no built version {version} of {service}; built: {', '.join(built) or 'none'}")
    if version == scene.running(service, now):
        return _refused(f"{service} runs {version} already")
    return _done(f"{version} of {service} goes into production", version)


def scale(scene: ProductionState, now: float, service: str, replicas: int) -> ActionResult:
    limit, running = scene.services[service].replicas_limit, scene.replicas(service, now)
    if not 1 <= replicas <= limit:
        return _refused(f"{service} can run on 1 to {limit} replicas, not on {replicas}")
    if replicas == running:
        return _refused(f"{service} runs on {replicas} replicas already")
    return _done(f"{service} goes from {running} to {replicas} replicas")


def restart(scene: ProductionState, now: float, service: str) -> ActionResult:
    return _done(f"{service} restarts, {scene.replicas(service, now)} replicas one after the other")


def failover(scene: ProductionState, now: float, service: str, standby: str) -> ActionResult:
    ready = scene.services[service].standby
    if scene.acts("failover", service=service):
        return _refused(f"{service} has been failed over already; its old primary is being rebuilt")
    if ready is None or ready != standby:
        return _refused(f"{service} has no standby {standby}; it has {ready or 'none'}")
    return _done(f"{service} moves to {standby}", standby)


def fallback(scene: ProductionState, now: float, service: str, dependency: str) -> ActionResult:
    kind = scene.services[service].fallbacks.get(dependency)
    if kind is None:
        return _refused(f"{service} cannot do without {dependency}: nothing stands in for it")
    return _done(f"{service} uses its {kind} in place of {dependency}")


def build_hotfix(scene: ProductionState, now: float, service: str, change: str, remedy: str) -> ActionResult:
    known = {c.change: c.remedy for c in scene.services[service].changes if c.at <= now}
    if known.get(change) != remedy:
        return _refused(f"{service}: no change {change} with remedy {remedy}; changes: {known or 'none'}")
    version = f"{scene.running(service, now) or '0.0.0'}-hotfix.{len(scene.builds(service)) + 1}"
    return _done(f"{service} {version} is built: {remedy} {change}", version)


def declared(scene: ProductionState, now: float, action: str, arguments: dict[str, str | int]) -> ActionResult:
    """An act of a kind that the world has to declare: of what is not there, nothing can be done."""
    service, target = str(arguments["service"]), str(arguments[ACT_KINDS[action].target])
    known = list(scene.services[service].splits.get(SPLIT_BY.get(action, "instance"), {})) if action in SPLIT_BY else []
    if known and target not in known:
        return _refused(f"{service} has no {ACT_KINDS[action].target} {target}; it has {', '.join(known)}")
    return _done(f"{named(action, service, arguments)} is done")


SPLIT_BY: dict[str, Dimension] = {
    "restart_instance": "instance",
    "drain_instance": "instance",
    "replace_instance": "instance",
    "limit_tenant": "tenant",
    "limit_route": "endpoint",
    "reroute_region": "region",
}
"""Declared act -> by what its targets are seen in the splits."""


def outgoing(port: str, number: int) -> ActionResult:
    """Let a message go out: the simulation only counts them."""
    return _done(f"{port} went out", f"{port.replace('_', '-')}-{number}")


PRODUCTION_ACTS: dict[str, Callable[..., ActionResult]] = {
    "rollback": rollback,
    "deploy": deploy,
    "scale": scale,
    "restart": restart,
    "failover": failover,
    "fallback": fallback,
    "build_hotfix": build_hotfix,
}
VERSIONED_ACTS = ("rollback", "deploy", "build_hotfix")


def act(scene: ProductionState, now: float, port: str, arguments: dict[str, str | int]) -> ActionResult:
    """Do what a port asks; raises nothing: a refusal is a result that is not done."""
    if port not in PRODUCTION_ACTS and port not in ACT_KINDS:
        return outgoing(port, len(scene.journal.acts()) + 1)
    service = str(arguments.get("service", ""))
    if service not in scene.services:
        return _refused(f"{port}: there is no service {service}")
    if port in ACT_KINDS:
        return declared(scene, now, port, arguments)
    kind = scene.services[service].kind
    if kind == "provider" or (port in VERSIONED_ACTS and kind in UNVERSIONED):
        return _refused(f"{port} is not possible on {service}, a {kind}")
    return PRODUCTION_ACTS[port](scene, now, **arguments)
