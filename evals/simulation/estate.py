"""The estate: replicas and machines, databases, dependencies, providers, and the safety of data."""

import math

from agents.readings.code import Configuration, Setting
from agents.readings.notes import NotesQuestion, TeamNotes
from agents.readings.production import (
    DatabaseHealth,
    DataSafety,
    Dependencies,
    DependencyCall,
    InfrastructureState,
    Machine,
    ProviderStatus,
)
from agents.readings.workload import PodState, Workload
from agents.tools.notes import fitting, read_note
from agents.tools.reported_events import change_in
from evals.simulation.conditions import errors_on_top, requests
from evals.simulation.course import noise, swing
from evals.simulation.scene import ProductionState

OUTAGE = 0.5
"""From this share of failing requests on a provider calls it an outage."""
ALWAYS_SEEN = ["image garbage collection freed 2.1 GiB", "certificate renewed", "log rotation finished"]
BLOCKS_FROM = 0.05
"""Strength of a disturbance from which on the session that it names still holds its lock."""
ROUTINE_EVERY = 8 * 60
"""Minutes from one time that a service does its routine work to the next."""
ROUTINE_TOLD = 3
RECENT_MINUTES = 12 * 60
"""For so long an event is told by its time of day alone."""
CALL_KINDS = {"database": "database", "cache": "cache", "queue": "queue", "provider": "provider"}


def infrastructure_state(scene: ProductionState, now: float, service: str) -> InfrastructureState:
    spec, own = scene.services[service], [f for f in scene.felt(service, now) if f.load]
    wanted = scene.replicas(service, now)
    trouble = [(min(wanted, math.ceil(f.effect.replicas_down * f.harm)), f.effect.machine_reason) for f in own]
    machines = [Machine(name=f"{service}-{n}", ready=False, reason=why) for down, why in trouble for n in range(down)]
    ailing = [why for f in own for why in f.effect.ailing_instances]
    machines += [
        Machine(name=f"{service}-{n}", ready=True, reason=why) for n, why in enumerate(ailing, start=len(machines))
    ]
    return InfrastructureState(
        service=service,
        replicas_wanted=wanted,
        replicas_ready=max(0, wanted - sum(not machine.ready for machine in machines)),
        replicas_limit=spec.replicas_limit,
        restarts_last_hour=sum(round(f.effect.restarts * f.harm) for f in own),
        standby=None if scene.acts("failover", service=service) else spec.standby,
        machines=machines,
        events=[
            *_routine(scene, now, service),
            *_operations(scene, now, service),
            *_events(scene, now, service),
        ],
    )


def describe_workload(scene: ProductionState, now: float, service: str) -> Workload:
    state = infrastructure_state(scene, now, service)
    told = {machine.name: machine for machine in state.machines}
    version = scene.running(service, now) or ""
    names = [*told, *(f"{service}-{n}" for n in range(state.replicas_wanted) if f"{service}-{n}" not in told)]
    pods = [_pod(name, told.get(name), version) for name in names[: state.replicas_wanted]]
    available = state.replicas_ready == state.replicas_wanted
    ready = f"{state.replicas_ready} of {state.replicas_wanted} replicas are ready"
    return Workload(service=service, conditions=[f"Available is {available}: {ready}"], pods=pods, events=state.events)


def _pod(name: str, machine: Machine | None, version: str) -> PodState:
    is_well = machine is None or machine.ready
    said = f"{'runs' if is_well else 'does not run'}{f': {machine.reason}' if machine else ''}"
    return PodState(name=name, phase="Running" if is_well else "Failed", version=version, containers=[said])


def _routine(scene: ProductionState, now: float, service: str) -> list[str]:
    """Tell of the routine work of a service, which comes at its own fixed times of the day, oldest first."""
    says, phase = ALWAYS_SEEN[int(noise(service) * len(ALWAYS_SEEN))], ROUTINE_EVERY * noise(f"{service}/routine")
    last = math.floor((now - phase) / ROUTINE_EVERY) * ROUTINE_EVERY + phase
    times = [last - ROUTINE_EVERY * ago for ago in reversed(range(ROUTINE_TOLD))]
    return [f"{_stamp(scene, at, now)} {says}" for at in times]


def _stamp(scene: ProductionState, at: float, now: float) -> str:
    """The time of an event; with its date where it was not in the last hours."""
    return f"{scene.at(at):{'%H:%M' if now - at < RECENT_MINUTES else '%Y-%m-%d %H:%M'}}"


def _operations(scene: ProductionState, now: float, service: str) -> list[str]:
    """Tell what was done to a service, oldest first."""
    done = sorted((o for o in scene.services[service].operations if o.at <= now), key=lambda operation: operation.at)
    return [f"{_stamp(scene, operation.at, now)} {operation.says}" for operation in done]


def configuration(scene: ProductionState, now: float, service: str) -> Configuration:
    """Give what was set in a service, as far as the record of it says from what to what; the newest first."""
    done = sorted((o for o in scene.services[service].operations if o.at <= now), key=lambda operation: -operation.at)
    settings = [
        Setting(name=event.says, now=event.new, before=event.old, is_changed=True, changed_at=event.at)
        for operation in done
        if (event := change_in(f"{scene.at(operation.at):%Y-%m-%d %H:%M:%S} {operation.says}", scene.at(now)))
        and event.new
    ]
    replicas = Setting(name="replicas", now=str(scene.replicas(service, now)))
    version = Setting(name="version", now=scene.running(service, now) or "none")
    return Configuration(service=service, settings=[*settings, replicas, version])


def _events(scene: ProductionState, now: float, service: str) -> list[str]:
    own = [i.course for i in scene.influences(service) if not i.via]
    return [
        f"{scene.at(course.onset + number):%H:%M} {event}"
        for course in own
        for number, event in enumerate(course.disturbance.effect.events)
        if course.onset + number <= now < course.onset + number + 360 and course.reached(now)
    ]


def database_health(scene: ProductionState, now: float, service: str) -> DatabaseHealth:
    """Look at the service itself where it is a database, else at the first one that it uses."""
    used = [service, *scene.services[service].depends_on]
    name = next((n for n in used if scene.services[n].kind == "database"), "")
    spec = scene.services[name or service]
    felt = scene.felt(name, now) if name else []
    wobble = 1 + 0.06 * swing(f"{scene.seed}/{name}/connections", math.floor(now))
    share = min(1.0, spec.connections * wobble + sum(f.effect.connections * f.load for f in felt))
    slow = spec.slow_queries * math.prod(1 + (f.effect.slow_queries - 1) * f.load for f in felt)
    return DatabaseHealth(
        service=service,
        database=name,
        connections_used=round(spec.connections_limit * share) if name else 0,
        connections_limit=spec.connections_limit if name else 0,
        slow_queries_per_minute=round(slow * wobble, 1) if name else 0,
        usual_slow_queries_per_minute=spec.slow_queries if name else 0,
        replication_lag_seconds=round(0.3 * wobble + sum(f.effect.replication_lag * f.load for f in felt), 2)
        if name
        else 0,
        storage_used=round(min(0.995, spec.disk + sum(f.effect.disk * f.load for f in felt)), 3) if name else 0,
        integrity_errors=sum(round(f.effect.integrity_errors * f.load) for f in felt),
        waiting_for_locks=sum(round(f.effect.lock_waits * f.load) for f in felt) if spec.shows_locks else None,
        blocking_session=next((f.effect.blocking_session for f in felt if f.load > BLOCKS_FROM), "")
        if spec.shows_locks
        else "",
        longest_transaction_seconds=round(1.4 * wobble + sum(f.effect.longest_transaction * f.load for f in felt), 1)
        if spec.shows_locks
        else None,
        note="" if name else f"{service} uses no database",
    )


def team_notes(scene: ProductionState, now: float, **asked: object) -> TeamNotes:
    notes = (read_note(name, text) for name, text in sorted(scene.world.team_notes.items()))
    return fitting(notes, NotesQuestion.model_validate(asked))


def dependencies(scene: ProductionState, now: float, service: str) -> Dependencies:
    calls = [_call(scene, now, service, name) for name in scene.services[service].depends_on]
    return Dependencies(service=service, calls=calls, called_by=scene.callers(service))


def _call(scene: ProductionState, now: float, service: str, to: str) -> DependencyCall:
    spec, measured = scene.services[to], requests(scene, to, [math.floor(now)])[0]
    return DependencyCall.model_validate(
        {
            "to": to,
            "kind": CALL_KINDS.get(spec.kind, "service"),
            "error_rate": round(measured.error_rate, 5),
            "usual_error_rate": spec.error_rate,
            "latency_seconds": round(measured.latency, 4),
            "usual_latency_seconds": spec.latency,
            "fallback": scene.services[service].fallbacks.get(to),
        }
    )


def provider_status(scene: ProductionState, now: float, provider: str) -> ProviderStatus:
    """Give what the provider admits, which is late."""
    for influence in scene.influences(provider):
        told_from, course = influence.course.onset + influence.course.disturbance.says_after, influence.course
        if course.disturbance.says_after >= 0 and now >= told_from and course.harm(now) > 0:
            status = "outage" if errors_on_top(scene.felt(provider, now)) >= OUTAGE else "degraded"
            message = course.disturbance.says or "We are looking into elevated error rates."
            return ProviderStatus(provider=provider, status=status, since=scene.at(told_from), message=message)
    message = ". ".join(["All systems operational", *_operations(scene, now, provider)])
    return ProviderStatus(provider=provider, status="operational", since=None, message=message)


def data_safety(scene: ProductionState, now: float, service: str) -> DataSafety:
    """Check the data of a service and of the stores it uses directly."""
    kinds = ("database", "cache")
    stores = [n for n in scene.services[service].depends_on if scene.services[n].kind in kinds]
    own = [i.course for name in [service, *stores] for i in scene.influences(name) if not i.via]
    effects = [(course.disturbance.effect, course) for course in own if course.reached(now) > 0]
    return DataSafety(
        service=service,
        integrity_errors=sum(round(effect.integrity_errors * course.strength(now)) for effect, course in effects),
        records_lost=sum(round(effect.records_lost * course.reached(now)) for effect, course in effects),
        user_records_exposed=sum(
            round(effect.user_records_exposed * course.reached(now)) for effect, course in effects
        ),
        suspicious_access=[
            f"{scene.at(course.onset + 1):%H:%M} {line}" for e, course in effects for line in e.suspicious_access
        ],
    )
