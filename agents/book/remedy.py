"""A remedy: the smallest change to the infrastructure that answers what was seen, scale, restart or failover."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from math import ceil
from typing import NamedTuple

from agents.book.attempts import already_tried, refusals, same_deed
from agents.book.component import Changes, golden_changes
from agents.book.inquiry import ask
from agents.book.sight import Sight, is_crowded
from agents.book.signals import CPU, DISK, MEMORY_USE, NETWORK, compare
from agents.book.survey import window
from agents.book.wording import figure, short
from agents.briefing import Briefing
from agents.desk import Desk, Reading
from agents.pace import MINUTE
from agents.port import AnyPort
from agents.readings import InfrastructureState, SystemMetrics
from agents.reports import Action, Claim, Hypothesis, Proposal
from agents.tools.database import database_health
from agents.tools.infrastructure import infrastructure_state
from agents.tools.metrics import golden_signals, system_metrics

TOOLS: tuple[AnyPort, ...] = (infrastructure_state, golden_signals, system_metrics, database_health)
NO_UNDO = "None needed: a restart changes no setting."
BEFORE_THE_ALERT = 30 * MINUTE
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


async def propose_a_change(case: Briefing, desk: Desk, hypothesis: Hypothesis) -> Proposal:
    """Choose among scale, restart and failover by what is seen now; no action where nothing is safe."""
    service = hypothesis.service or hypothesis.component
    state, golden, system, database = await asyncio.gather(
        ask(desk, infrastructure_state, service),
        ask(desk, golden_signals, service, window(case)),
        ask(desk, system_metrics, service, 360),
        ask(desk, database_health, service),
    )
    changes = golden_changes(golden.value, _before(case)) if golden.value else {}
    if state.value is None:
        return _unseen(case, hypothesis, state, is_crowded(changes))
    told = " ".join(claim.text for claim in hypothesis.support)
    sight = Sight(service, state.value, state.ref, changes, golden.ref, _resources(system), database.value, told)
    if sight.is_well_again:
        said = f"{service} is within its usual range now; no change is proposed."
        return Proposal(action=None, service=service, summary=said, reasons=[_seen(sight)])
    fresh = [o for o in _options(sight) if not already_tried(case.attempts, service, o.action, o.parameters)]
    fresh.sort(key=lambda o: refusals(same_deed(case.attempts, service, o.action, o.parameters)))
    if not fresh:
        standby = state.value.standby or "none"
        said = f"No safe change to {service} is left: {_room(state.value)}; standby: {standby}."
        return Proposal(action=None, service=service, summary=said, reasons=[_seen(sight)])
    return _proposal(case, hypothesis, sight, fresh[0])


def _before(case: Briefing) -> datetime:
    """When all was well, so that a crowd that has been there for an hour still counts as one."""
    introduced = case.conclusion.introduced_at if case.conclusion else None
    return min(case.started_at - BEFORE_THE_ALERT, introduced or case.started_at)


def _unseen(case: Briefing, hypothesis: Hypothesis, state: Reading[InfrastructureState], crowded: bool) -> Proposal:
    """Without a look at replicas and machines only a restart is left; not under a crowd, nor on damaged data."""
    service = hypothesis.service or hypothesis.component
    at_risk = case.scope is not None and case.scope.data_at_risk == "yes"
    said = f"the replicas and machines of {service} cannot be seen ({short(state.said)})"
    if at_risk or crowded or already_tried(case.attempts, service, "restart", {}):
        return Proposal(action=None, service=service, summary=f"No change is safe: {said}.")
    return Proposal(
        action="restart",
        service=service,
        reasons=[Claim(text=said, cites=[state.ref]), *hypothesis.support[:3], *concluded(case)],
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


def _options(sight: Sight) -> Iterator[Option]:
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


def _scale(sight: Sight, because: str, missing: int = 0) -> Iterator[Option]:
    now, limit = sight.state.replicas_wanted, sight.state.replicas_limit
    load, sum_ = _load(sight)
    wanted = min(limit, max(now + 1, now + missing, ceil(now * load * HEADROOM)))
    if wanted > now:
        yield Option(
            "scale",
            {"replicas": wanted},
            f"{because}: {sum_}; {now} replicas x {load:.2f} x {HEADROOM} = {now * load * HEADROOM:.1f}, limit {limit}",
            "More replicas put more load on the databases and services behind it.",
            f"Scale back to {now} replicas.",
        )


def _load(sight: Sight) -> tuple[float, str]:
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


def _restart(sight: Sight) -> Option:
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


def _failover(sight: Sight, because: str) -> Iterator[Option]:
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


def _seen(sight: Sight) -> Claim:
    return Claim(text=f"{sight.service}: {_room(sight.state)}", cites=[sight.state_ref])


def _proposal(case: Briefing, hypothesis: Hypothesis, sight: Sight, option: Option) -> Proposal:
    chosen = Claim(text=f"{option.action}, because {option.because}", cites=[sight.state_ref, sight.golden_ref])
    what = " to ".join([option.action, *(f"{value}" for value in option.parameters.values())])
    return Proposal(
        action=option.action,
        service=sight.service,
        parameters=option.parameters,
        reasons=[chosen, _seen(sight), *hypothesis.support[:3], *concluded(case)],
        risk=option.risk,
        undo=option.undo,
        takes_effect_in_minutes=option.minutes,
        summary=f"Propose: {what} {sight.service}, because {option.because}.",
    )


def concluded(case: Briefing) -> list[Claim]:
    """The conclusion, as a reason."""
    if case.conclusion is None or not case.conclusion_ref:
        return []
    return [Claim(text=case.conclusion.summary, cites=[case.conclusion_ref])]


def chosen(case: Briefing) -> Hypothesis | None:
    """The hypothesis that was concluded, to act on."""
    conclusion = case.conclusion
    if conclusion is None or conclusion.cause is None:
        return None
    fitting = (h for h in conclusion.hypotheses if (h.cause, h.component) == (conclusion.cause, conclusion.component))
    return next((h for h in fitting if h.status != "ruled out"), None)
