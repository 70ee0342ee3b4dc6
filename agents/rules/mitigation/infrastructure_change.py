"""An infrastructure change: the smallest of scale, restart and failover that answers what was seen."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from math import ceil
from typing import NamedTuple

from agents.io.catalogue import SERVES_CALLERS
from agents.readings.production import InfrastructureState, SystemMetrics
from agents.reports.basis import Action, Claim
from agents.reports.investigation import Hypothesis
from agents.reports.mitigation import Proposal
from agents.rules.diagnosis.change_causes import is_on_record
from agents.rules.diagnosis.component import Changes, golden_changes
from agents.rules.diagnosis.conclusion import concluded_hypothesis, conclusion_as_reason
from agents.rules.diagnosis.inquiry import ask, refs
from agents.rules.diagnosis.log_classes import class_of
from agents.rules.diagnosis.signals import CPU, DISK, MEMORY_USE, NETWORK, compare
from agents.rules.diagnosis.survey import window
from agents.rules.mitigation.declared_acts import ON_INSTANCES, declared_act, last_resort, not_called_for
from agents.rules.mitigation.service_snapshot import MORE_FROM, ServiceSnapshot, is_crowded
from agents.rules.mitigation.stopgap import propose_stopgap
from agents.rules.writing.wording import figure, listed, short
from agents.runtime.briefing import Briefing, already_tried
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.port import AnyPort
from agents.tools.ports import database_health, dependencies, golden_signals, infrastructure_state, system_metrics

TOOLS: tuple[AnyPort, ...] = (infrastructure_state, golden_signals, system_metrics, database_health, dependencies)
NO_UNDO = "None needed: a restart changes no setting."
BEFORE_THE_ALERT = 30
"""Minutes of the runbook before the alert in which all is taken to have been well."""
HEADROOM = 1.25
"""Room above the present load."""
COMFORTABLE = 0.7
"""Of a resource."""


class CandidateChange(NamedTuple):
    """One change that could help, and the mechanism it answers."""

    action: Action
    parameters: dict[str, str | int]
    because: str
    risk: str
    undo: str
    minutes: int = 10


async def propose_infrastructure_change(briefing: Briefing, context: DutyContext) -> Proposal:
    """Propose a declared act that is called for, else to scale, restart or fail over the component at fault.

    While no cause is concluded only a declared act can be, as a mitigation.
    """
    hypothesis = concluded_hypothesis(briefing)
    if declared := await declared_act(briefing, context, hypothesis):
        return declared
    proposal = await _choose_change(briefing, context, hypothesis) if hypothesis else _not_concluded(briefing)
    if proposal.action is None and proposal.is_needed:
        return await last_resort(briefing, context, hypothesis) or proposal
    return proposal


def _not_concluded(briefing: Briefing) -> Proposal:
    found = f" {briefing.conclusion.summary}" if briefing.conclusion else ""
    declared = not_called_for(briefing)
    said = (
        f"Nothing that was read calls for what is declared: {declared}.{found}"
        if declared
        else "No cause is concluded."
    )
    return Proposal(action=None, service=briefing.service, summary=said)


async def _choose_change(briefing: Briefing, context: DutyContext, hypothesis: Hypothesis) -> Proposal:
    """Choose among scale, restart and failover by what is seen now; no action where nothing is safe."""
    service = hypothesis.service or hypothesis.component
    state, golden, system, database = await asyncio.gather(
        ask(context, infrastructure_state, service),
        ask(context, golden_signals, service, window(briefing)),
        ask(context, system_metrics, service, 360),
        ask(context, database_health, service),
    )
    changes = (
        golden_changes(golden.value, briefing.catalogue.objectives_of(service), _before(briefing))
        if golden.value
        else {}
    )
    if state.value is None:
        return _unseen(briefing, hypothesis, state, is_crowded(changes))
    if hypothesis.signature and class_of(hypothesis.signature).remedy:
        return await propose_stopgap(briefing, context, hypothesis, _is_stateful(briefing, service))
    cites = refs([state, golden, system, database])
    told = [claim.text for claim in hypothesis.support]
    seen = (service, state.value, cites, changes, _resources(system), database.value, told)
    has_room = await _standby_has_room(context, state.value.standby)
    known = (_is_stateful(briefing, service), _is_queue(briefing, service), has_room)
    ill = hypothesis.instances if _is_left_alone(briefing, service) else []
    told_before = (_in_hand(briefing, service), _new_setting(briefing, service), ill)
    snapshot = ServiceSnapshot(*seen, *known, *told_before)
    if snapshot.is_well_again or not (snapshot.ails or snapshot.is_damaged or snapshot.surges):
        said = f"{_shows_nothing(snapshot)}; no change is proposed."
        return Proposal(action=None, service=service, summary=said, is_needed=False, reasons=[_seen(snapshot)])
    data = briefing.ledger.data
    if data is not None and data.is_lost and snapshot.is_stateful and not snapshot.is_damaged:
        said = f"{service} is losing data; a restart or a failover may lose the rest, so people decide what is done."
        return Proposal(action=None, service=service, summary=said, reasons=[_seen(snapshot)])
    fresh = [o for o in _candidates(snapshot) if not already_tried(briefing, service, o.action, o.parameters)]
    return _proposal(briefing, hypothesis, snapshot, fresh[0]) if fresh else _none_follows(briefing, snapshot)


def _none_follows(briefing: Briefing, snapshot: ServiceSnapshot) -> Proposal:
    """That no change follows from what is known: once more is known, one may."""
    service, state = snapshot.service, snapshot.state
    tried = any(attempt.proposal.service == service for attempt in briefing.attempts)
    none = (
        f"What is known so far calls for none of the {'other ' if tried else ''}changes that can be made to {service}"
    )
    said = f"{none}: {_room(state)}; standby: {state.standby or 'none'}.{_by_hand(snapshot)}"
    return Proposal(action=None, service=service, summary=said, reasons=[_seen(snapshot)])


def _is_queue(briefing: Briefing, service: str) -> bool:
    return service in briefing.catalogue.services and briefing.catalogue.services[service].kind == "queue"


async def _standby_has_room(context: DutyContext, standby: str | None) -> bool:
    """Whether the volume of the standby is seen, and not full."""
    if standby is None:
        return False
    disk = _resources(await ask(context, system_metrics, standby, 120)).get("disk")
    return disk is not None and disk.known and not disk.abnormal


def _by_hand(snapshot: ServiceSnapshot) -> str:
    """What a person can do where no declared change answers what is seen."""
    if snapshot.waits_for_locks:
        return " What would help: end the session that holds the lock."
    if snapshot.has_no_place:
        return " What would help: room for its replicas, such as a machine more or a larger quota."
    if snapshot.lags:
        return " What would help: end what holds up the replication, such as a long query on the standby."
    if snapshot.is_full:
        return " What would help: free space on its volume, or enlarge it."
    if snapshot.is_flooded:
        return " What would help: limit or block the traffic that nobody wants, by its address or what it asks for."
    if snapshot.runs_by_new_setting:
        return f" What would help: undo “{short(snapshot.new_setting, 100)}”, which a new process would read again."
    if snapshot.is_ill_in_part:
        ill = [machine.name for machine in snapshot.state.machines if machine.reason] or [*snapshot.instances]
        return f" What would help: take {listed(ill)} out of service, and replace the machine below."
    if snapshot.is_damaged:
        return " What would help: stop what writes the wrong values, and restore what was there before."
    return ""


def _shows_nothing(snapshot: ServiceSnapshot) -> str:
    """That nothing of it asks for a change, which is not to say that nothing is wrong: nobody may get through to it."""
    collapse = snapshot.changes.get("collapse")
    if collapse is not None and collapse.abnormal:
        return f"Hardly anything reaches {snapshot.service} ({collapse}), and no change of it is known to help"
    return f"The figures and replicas of {snapshot.service} show nothing wrong at this moment"


def _is_stateful(briefing: Briefing, service: str) -> bool:
    """Whether it keeps data that others depend on; what a person has named as the cause is no mere suspicion."""
    listed = briefing.catalogue.services.get(service)
    is_named = any(said.cause == "infrastructure" and said.component == service for said in briefing.ledger.statements)
    return listed is not None and listed.kind in SERVES_CALLERS and not is_named


def _is_left_alone(briefing: Briefing, service: str) -> bool:
    """Whether one ailing instance calls for no restart of all: it keeps data, or an act on the one is declared."""
    listed = briefing.catalogue.services.get(service)
    is_declared = listed is not None and any(listed.declared(action) for action in ON_INSTANCES)
    return is_declared or _is_stateful(briefing, service)


def _new_setting(briefing: Briefing, service: str) -> str:
    """What its record says of a setting that was changed just before, where that is still one of the suspects."""
    considered = briefing.conclusion.hypotheses if briefing.conclusion else []
    blamed = (h for h in considered if h.component == service and h.cause == "recent deployment" and is_on_record(h))
    return next((h.change for h in blamed if h.status != "ruled out"), "")


def _in_hand(briefing: Briefing, service: str) -> int:
    proposal = briefing.proposal
    is_scale = proposal is not None and (proposal.action, proposal.service) == ("scale", service)
    return int(proposal.parameters.get("replicas", 0)) if proposal is not None and is_scale else 0


def _before(briefing: Briefing) -> datetime:
    """When all was well, so that a crowd that has been there for an hour still counts as one."""
    introduced = briefing.conclusion.introduced_at if briefing.conclusion else None
    return min(briefing.started_at - BEFORE_THE_ALERT * briefing.minute, introduced or briefing.started_at)


def _unseen(briefing: Briefing, hypothesis: Hypothesis, state: Reading[InfrastructureState], crowded: bool) -> Proposal:
    """Without a look at replicas and machines only a restart is left; not under a crowd, nor on damaged data."""
    service = hypothesis.service or hypothesis.component
    at_risk = briefing.scope is not None and briefing.scope.data_at_risk == "yes"
    said = f"the replicas and machines of {service} cannot be seen ({short(state.said)})"
    tried = already_tried(briefing, service, "restart", {})
    is_of_one = bool(hypothesis.instances) and _is_left_alone(briefing, service)
    if at_risk or crowded or tried or is_of_one or _is_stateful(briefing, service):
        return Proposal(action=None, service=service, summary=f"No change can be called safe while {said}.")
    return Proposal(
        action="restart",
        service=service,
        reasons=[Claim(text=said, cites=[state.ref]), *hypothesis.support[:3], *conclusion_as_reason(briefing)],
        risk=f"It is done blindly: {said}.",
        undo=NO_UNDO,
        summary=f"Propose: restart {service}, the safest change while {said}.",
    )


def _resources(system: Reading[SystemMetrics]) -> Changes:
    if system.value is None:
        return {}
    m = system.value
    return {
        r.name: compare(s, r) for s, r in ((m.cpu, CPU), (m.memory, MEMORY_USE), (m.network, NETWORK), (m.disk, DISK))
    }


def _candidates(snapshot: ServiceSnapshot) -> Iterator[CandidateChange]:
    """All that could help, the one that answers the mechanism first. Under a crowd a restart only takes room away."""
    if snapshot.is_damaged or snapshot.is_full or snapshot.is_flooded:
        yield from _beside_restart_and_scale(snapshot)
        return
    is_crowded_out = snapshot.surges or (snapshot.is_short_of_room and not snapshot.is_stateful)
    if is_crowded_out:
        yield from _scale(snapshot, "more traffic than it has room for")
    if snapshot.has_lost_machines:
        yield from _other_machines(snapshot)
    if not snapshot.ails or snapshot.runs_by_new_setting or snapshot.is_ill_in_part:
        return
    if not is_crowded_out and snapshot.may_be_restarted:
        yield _restart(snapshot)
    if not snapshot.waits_for_locks and (snapshot.strain or not snapshot.is_stateful):
        yield from _failover(snapshot, "; ".join(snapshot.ails[:2]))
    if not snapshot.is_stateful and not snapshot.is_down and not snapshot.has_no_place:
        yield from _scale(snapshot, "; ".join(snapshot.ails[:2]))


def _beside_restart_and_scale(snapshot: ServiceSnapshot) -> Iterator[CandidateChange]:
    """What is left where neither the same processes started anew nor more of them would mend anything."""
    if snapshot.is_damaged and snapshot.is_damaged_on_disk:
        yield from _failover(snapshot, "its data is damaged, and a restart would destroy traces")
    elif snapshot.is_full and not snapshot.is_damaged:
        yield from _more_disk(snapshot)


def _other_machines(snapshot: ServiceSnapshot) -> Iterator[CandidateChange]:
    yield from _failover(snapshot, "its machines are failing")
    if not snapshot.is_stateful and not snapshot.has_no_place and not snapshot.is_ill_in_part:
        yield from _scale(snapshot, "machines are missing", len(snapshot.state.machines))


def _more_disk(snapshot: ServiceSnapshot) -> Iterator[CandidateChange]:
    if not snapshot.is_short_of("disk"):
        return  # what is full is no volume that can be seen: whether a standby or a new replica has room is not known
    if snapshot.standby_has_room:
        yield from _failover(snapshot, "its volume is full, that of its standby is not")
    if snapshot.is_queue and snapshot.state.standby is None:
        yield from _scale(snapshot, "its volumes are full, and new replicas bring their own")


def _scale(snapshot: ServiceSnapshot, because: str, missing: int = 0) -> Iterator[CandidateChange]:
    now, limit = snapshot.state.replicas_wanted, _limit(snapshot.state)
    load, sum_ = _load(snapshot)
    is_known = snapshot.state.replicas_limit is not None
    most = f"limit {limit}" if is_known else f"at most {limit}, as the limit is not known"
    needed = min(limit, max(now + 1, now + missing, ceil(now * load * HEADROOM)))
    wanted = _as_asked_before(snapshot, needed)
    if wanted > now:
        yield CandidateChange(
            "scale",
            {"replicas": wanted},
            f"{because}: {sum_}; {now} x {load:.2f} x {HEADROOM} = {now * load * HEADROOM:.1f} replicas, {most}",
            "More replicas put more load on the databases and services behind it.",
            f"Scale back to {_replicas(now)}.",
        )


def _limit(state: InfrastructureState) -> int:
    """How many replicas may be asked for; where the system does not say, twice as many as there are."""
    return 2 * state.replicas_wanted if state.replicas_limit is None else state.replicas_limit


def _as_asked_before(snapshot: ServiceSnapshot, needed: int) -> int:
    """What was asked for before, while it is enough and not far too much: the load never stands quite still."""
    most = min(_limit(snapshot.state), ceil(needed * HEADROOM))
    return snapshot.replicas_in_hand if needed <= snapshot.replicas_in_hand <= most else needed


def _load(snapshot: ServiceSnapshot) -> tuple[float, str]:
    """Present load over what it carried well, from traffic, else from CPU or saturation."""
    change = snapshot.changes.get("surge")
    if change is not None and change.ratio is not None and change.ratio >= MORE_FROM:
        return (
            change.ratio,
            f"traffic {figure(change.now or 0, change.unit)}, usually {figure(change.usual or 0, change.unit)}",
        )
    strained = [
        c for c in (snapshot.resources.get("CPU"), snapshot.changes.get("saturation")) if c and c.now is not None
    ]
    worst = max((c.now or 0 for c in strained), default=0.0)
    comfortable = ", 70 % or less is comfortable" if worst > COMFORTABLE else ""
    return max(1.0, worst / COMFORTABLE), f"its busiest resource is at {figure(worst, 'share')}{comfortable}"


def _restart(snapshot: ServiceSnapshot) -> CandidateChange:
    why = "; ".join(snapshot.strain[:2] or snapshot.ails)
    risk = "Requests in flight on each replica are cut off; it may come back if something keeps using it up."
    if snapshot.is_down:
        risk = "It may stop again if what stopped it is still there."
    elif snapshot.waits_for_locks:
        risk = "Every session is cut off, to end the one that holds the lock; ending that one alone would be gentler."
    return CandidateChange("restart", {}, why, risk, NO_UNDO)


def _failover(snapshot: ServiceSnapshot, because: str) -> Iterator[CandidateChange]:
    standby = snapshot.state.standby
    if standby is None or snapshot.lags:
        return
    lag = (snapshot.database.replication_lag_seconds if snapshot.database and snapshot.database.database else None) or 0
    behind = f" The standby lags {lag:.0f} s: what was written since would be lost." if lag >= 1 else ""
    yield CandidateChange(
        "failover",
        {"standby": standby},
        f"{because}, and the standby {standby} is healthy",
        f"Connections break for a moment while it moves.{behind}",
        "Fail back once the old primary is rebuilt.",
    )


def _room(state: InfrastructureState) -> str:
    limit = "not known" if state.replicas_limit is None else state.replicas_limit
    return f"{state.replicas_ready} of {_replicas(state.replicas_wanted)} ready, limit {limit}"


def _deed(service: str, change: CandidateChange) -> str:
    match change.action:
        case "scale":
            return f"scale {service} to {_replicas(int(change.parameters['replicas']))}"
        case "failover":
            return f"fail {service} over to {change.parameters['standby']}"
        case _:
            return f"{change.action} {service}"


def _replicas(count: int) -> str:
    return f"{count} replica{'' if count == 1 else 's'}"


def _seen(snapshot: ServiceSnapshot) -> Claim:
    return Claim(text=f"{snapshot.service}: {_room(snapshot.state)}", cites=snapshot.cites[:1])


def _proposal(
    briefing: Briefing, hypothesis: Hypothesis, snapshot: ServiceSnapshot, change: CandidateChange
) -> Proposal:
    chosen = Claim(text=f"{change.action}, because {change.because}", cites=snapshot.cites)
    return Proposal(
        action=change.action,
        service=snapshot.service,
        parameters=change.parameters,
        reasons=[chosen, _seen(snapshot), *hypothesis.support[:3], *conclusion_as_reason(briefing)],
        risk=change.risk,
        undo=change.undo,
        takes_effect_in_minutes=change.minutes,
        summary=f"Propose: {_deed(snapshot.service, change)}, because {change.because}.",
    )
