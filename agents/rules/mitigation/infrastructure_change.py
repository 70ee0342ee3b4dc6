"""A remedy: the smallest change to the infrastructure that answers what was seen, scale, restart or failover."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from math import ceil
from typing import NamedTuple

from agents.readings.estate import InfrastructureState
from agents.readings.signals import SystemMetrics
from agents.reports.basis import Action, Claim
from agents.reports.investigation import Hypothesis
from agents.reports.mitigation import Proposal
from agents.rules.diagnosis.component import Changes, golden_changes
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.signals import CPU, DISK, MEMORY_USE, NETWORK, compare
from agents.rules.diagnosis.survey import window
from agents.rules.mitigation.past_attempts import already_tried, refusals, same_deed
from agents.rules.mitigation.service_snapshot import ServiceSnapshot, is_crowded
from agents.rules.writing.wording import figure, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.port import AnyPort
from agents.tools.ports.estate import database_health, infrastructure_state
from agents.tools.ports.signals import golden_signals, system_metrics

TOOLS: tuple[AnyPort, ...] = (infrastructure_state, golden_signals, system_metrics, database_health)
NO_UNDO = "None needed: a restart changes no setting."
BEFORE_THE_ALERT = 30
"""Minutes of the runbook before the alert in which all is taken to have been well."""
HEADROOM = 1.25
"""Room above the present load."""


class Option(NamedTuple):
    """One change that could help, and the mechanism it answers."""

    action: Action
    parameters: dict[str, str | int]
    because: str
    risk: str
    undo: str
    minutes: int = 10


async def propose_a_change(briefing: Briefing, context: DutyContext, hypothesis: Hypothesis) -> Proposal:
    """Choose among scale, restart and failover by what is seen now; no action where nothing is safe."""
    service = hypothesis.service or hypothesis.component
    state, golden, system, database = await asyncio.gather(
        ask(context, infrastructure_state, service),
        ask(context, golden_signals, service, window(briefing)),
        ask(context, system_metrics, service, 360),
        ask(context, database_health, service),
    )
    changes = golden_changes(golden.value, _before(briefing)) if golden.value else {}
    if state.value is None:
        return _unseen(briefing, hypothesis, state, is_crowded(changes))
    told = " ".join(claim.text for claim in hypothesis.support)
    seen = (service, state.value, state.ref, changes, golden.ref, _resources(system), database.value, told)
    sight = ServiceSnapshot(*seen, replicas_in_hand=_in_hand(briefing, service))
    if sight.is_well_again:
        said = f"{service} is within its usual range now; no change is proposed."
        return Proposal(action=None, service=service, summary=said, reasons=[_seen(sight)])
    fresh = [o for o in _options(sight) if not already_tried(briefing.attempts, service, o.action, o.parameters)]
    fresh.sort(key=lambda o: refusals(same_deed(briefing.attempts, service, o.action, o.parameters)))
    if not fresh:
        standby = state.value.standby or "none"
        said = f"No safe change to {service} is left: {_room(state.value)}; standby: {standby}."
        return Proposal(action=None, service=service, summary=said, reasons=[_seen(sight)])
    return _proposal(briefing, hypothesis, sight, fresh[0])


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
    if at_risk or crowded or already_tried(briefing.attempts, service, "restart", {}):
        return Proposal(action=None, service=service, summary=f"No change is safe: {said}.")
    return Proposal(
        action="restart",
        service=service,
        reasons=[Claim(text=said, cites=[state.ref]), *hypothesis.support[:3], *concluded(briefing)],
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


def _options(sight: ServiceSnapshot) -> Iterator[Option]:
    """All that could help, the one that answers the mechanism first. Under a crowd a restart only takes room away."""
    if sight.is_damaged:
        yield from _failover(sight, "its data is damaged, and a restart would destroy traces")
        return
    if sight.is_short_of("disk"):
        yield from _failover(sight, "its volume is full")
        yield from _scale(sight, "its volumes are full, and new replicas bring their own")
        return
    if sight.surges:
        yield from _scale(sight, "more traffic than it has room for")
    if sight.has_lost_machines:
        yield from _failover(sight, "its machines are failing")
        yield from _scale(sight, "machines are missing", len(sight.state.machines))
    if not sight.surges:
        yield _restart(sight)
    yield from _failover(sight, "its primary does not recover")
    yield from _scale(sight, "it has no room left")


def _scale(sight: ServiceSnapshot, because: str, missing: int = 0) -> Iterator[Option]:
    now, limit = sight.state.replicas_wanted, sight.state.replicas_limit
    load, sum_ = _load(sight)
    needed = min(limit, max(now + 1, now + missing, ceil(now * load * HEADROOM)))
    wanted = _as_asked_before(sight, needed)
    if wanted > now:
        yield Option(
            "scale",
            {"replicas": wanted},
            f"{because}: {sum_}; {now} replicas x {load:.2f} x {HEADROOM} = {now * load * HEADROOM:.1f}, limit {limit}",
            "More replicas put more load on the databases and services behind it.",
            f"Scale back to {now} replicas.",
        )


def _as_asked_before(sight: ServiceSnapshot, needed: int) -> int:
    """What was asked for before, while it is enough and not far too much: the load never stands quite still."""
    most = min(sight.state.replicas_limit, ceil(needed * HEADROOM))
    return sight.replicas_in_hand if needed <= sight.replicas_in_hand <= most else needed


def _load(sight: ServiceSnapshot) -> tuple[float, str]:
    """Present load over what it carried well, from traffic, else from CPU or saturation."""
    change = sight.changes.get("surge")
    if change is not None and change.ratio is not None and change.ratio > 1.1:
        return (
            change.ratio,
            f"traffic {figure(change.now or 0, change.unit)}, usually {figure(change.usual or 0, change.unit)}",
        )
    strained = [c for c in (sight.resources.get("CPU"), sight.changes.get("saturation")) if c and c.now is not None]
    worst = max((c.now or 0 for c in strained), default=0.0)
    return max(1.0, worst / 0.7), f"its busiest resource is at {figure(worst, 'share')}, 70 % or less is comfortable"


def _restart(sight: ServiceSnapshot) -> Option:
    why = (
        "memory has been climbing"
        if sight.is_short_of("memory")
        else "it is stuck or leaking while traffic is as usual"
    )
    return Option(
        "restart",
        {},
        why,
        "Requests in flight on each replica are cut off; it may come back if something keeps using it up.",
        NO_UNDO,
    )


def _failover(sight: ServiceSnapshot, because: str) -> Iterator[Option]:
    standby = sight.state.standby
    if standby is None:
        return
    lag = sight.database.replication_lag_seconds if sight.database and sight.database.database else 0
    behind = f" The standby lags {lag:.0f} s: what was written since would be lost." if lag >= 1 else ""
    yield Option(
        "failover",
        {"standby": standby},
        f"{because}, and the standby {standby} is healthy",
        f"Connections break for a moment while it moves.{behind}",
        "Fail back once the old primary is rebuilt.",
    )


def _room(state: InfrastructureState) -> str:
    return f"{state.replicas_ready} of {state.replicas_wanted} replicas ready, limit {state.replicas_limit}"


def _seen(sight: ServiceSnapshot) -> Claim:
    return Claim(text=f"{sight.service}: {_room(sight.state)}", cites=[sight.state_ref])


def _proposal(briefing: Briefing, hypothesis: Hypothesis, sight: ServiceSnapshot, option: Option) -> Proposal:
    chosen = Claim(text=f"{option.action}, because {option.because}", cites=[sight.state_ref, sight.golden_ref])
    what = " to ".join([option.action, *(f"{value}" for value in option.parameters.values())])
    return Proposal(
        action=option.action,
        service=sight.service,
        parameters=option.parameters,
        reasons=[chosen, _seen(sight), *hypothesis.support[:3], *concluded(briefing)],
        risk=option.risk,
        undo=option.undo,
        takes_effect_in_minutes=option.minutes,
        summary=f"Propose: {what} {sight.service}, because {option.because}.",
    )


def concluded(briefing: Briefing) -> list[Claim]:
    """The conclusion, as a reason."""
    if briefing.conclusion is None or not briefing.conclusion_ref:
        return []
    return [Claim(text=briefing.conclusion.summary, cites=[briefing.conclusion_ref])]


def chosen(briefing: Briefing) -> Hypothesis | None:
    """The hypothesis that was concluded, to act on."""
    conclusion = briefing.conclusion
    if conclusion is None or conclusion.cause is None:
        return None
    fitting = (h for h in conclusion.hypotheses if (h.cause, h.component) == (conclusion.cause, conclusion.component))
    return next((h for h in fitting if h.status != "ruled out"), None)
