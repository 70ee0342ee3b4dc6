"""Verification: the present held against the time before the incident. What cannot be seen has not recovered."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agents.io.catalogue import SERVES_CALLERS
from agents.readings.production import DatabaseHealth, EndpointChecks, InfrastructureState
from agents.reports.basis import Check
from agents.rules.diagnosis import health
from agents.rules.diagnosis.component import Changes, client_changes, described, golden_changes, is_degraded
from agents.rules.diagnosis.damage import SLOW
from agents.rules.diagnosis.inquiry import ask, unseen
from agents.rules.diagnosis.signals import (
    CPU,
    DISK,
    LATENCY,
    MEMORY_USE,
    NETWORK,
    NOT_COUNTED,
    SATURATION,
    STALE,
    SignalChange,
    compare,
    is_felt,
    is_newly_full,
    is_slower_by,
    missing_at_end,
)
from agents.rules.diagnosis.survey import A_DAY
from agents.rules.writing.last_look import SETTLING
from agents.rules.writing.wording import at, listed, share
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.runtime.uncounted import open_stretch
from agents.tools.port import AnyPort
from agents.tools.ports import (
    check_endpoints,
    client_signals,
    database_health,
    dependencies,
    golden_signals,
    infrastructure_state,
    system_metrics,
)

TOOLS: tuple[AnyPort, ...] = (
    golden_signals,
    client_signals,
    check_endpoints,
    dependencies,
    infrastructure_state,
    database_health,
)
DECISIVE = ("error rate", "latency", "script errors", "page load", "collapse", "saturation")
FELT = ("error rate", "latency", "script errors", "page load", "collapse")
COUNTED = ("errors", "slow", "lost traffic")
"""Damage that only metrics of its requests show."""
HALFWAY = 0.5
LATE = 2
"""Missing samples from which it is asked whether processes run: a backend of metrics may lag, or they are gone."""
Verdict = Literal["normal", "abnormal", "unknown"]


@dataclass
class RecoveryState:
    """How one service stands now against the time before the incident."""

    name: str
    changes: Changes
    refs: list[str]
    said: str = ""
    """Why nothing is known of it."""
    is_silent: bool = False
    """It has request metrics, or may have: they were counted in this incident, or did not answer when asked for."""
    missing: int = 0
    """Samples at the end in which its requests, counted all the time before, are not."""
    endpoints: Reading[EndpointChecks] | None = None
    infrastructure: Reading[InfrastructureState] | None = None
    """Where it has no request metrics: whether its processes run."""
    database: Reading[DatabaseHealth] | None = None
    serves_requests: bool = False
    """It answers its users or other services itself: that its processes run does not show that it does."""
    was_well: bool = False
    """It had recovered, or had not been in trouble: only what hurts its users makes it ill again."""
    is_settled: bool = True
    """The last change is long enough ago for an answer of its endpoints to say something."""

    def _among(self, names: tuple[str, ...]) -> list[SignalChange]:
        return [change for name, change in self.changes.items() if name in names]

    @property
    def is_known(self) -> bool:
        is_counted = "error rate" in self.changes and self.changes["error rate"].known
        return is_counted and self.missing < NOT_COUNTED

    @property
    def has_no_request_metrics(self) -> bool:
        """Nobody has ever counted its requests or their errors, as of a database or a cache; nor can it be asked."""
        if self.is_silent:
            return False
        asked = self.endpoints is not None and self.endpoints.value is not None and self.endpoints.value.checks
        counted = self._among(("error rate", "latency", "surge"))
        return not asked and all(change.last_seen is None for change in counted)

    @property
    def runs(self) -> bool | None:
        """Whether its processes run and have room; None where nobody can say, or the change is too fresh."""
        state = self.infrastructure.value if self.infrastructure else None
        if state is None or not self.is_settled:
            return None
        return not self.stopped

    @property
    def stopped(self) -> list[str]:
        """What of it does not run, or is used up."""
        state = self.infrastructure.value if self.infrastructure else None
        used_up = health.exhausted(self.database.value) if self.database and self.database.value else []
        return [*(health.not_ready(state)[:1] if state and health.is_down(state) else []), *used_up]

    @property
    def was_never_measured(self) -> bool:
        """Nothing says how it is: it has no request metrics, and whether it runs is not seen, or says too little."""
        return self.has_no_request_metrics and (self.runs is None or (self.runs and self.serves_requests))

    @property
    def is_too_early(self) -> bool:
        """Its signals are measured, and there are too few samples since the change."""
        return bool(self.changes) and not self.is_known and self.endpoints is None

    @property
    def answers(self) -> bool:
        """Whether its endpoints were asked and all answered."""
        checks = self.endpoints.value.checks if self.endpoints and self.endpoints.value else []
        return self.is_settled and bool(checks) and all(check.ok for check in checks)

    def _ill(self, names: tuple[str, ...]) -> list[SignalChange]:
        decides = is_hurting if self.was_well else is_felt
        return [change for change in self._among(names) if change.abnormal and decides(change)]

    def verdict(self, names: tuple[str, ...] = DECISIVE) -> Verdict:
        """How it is; with too few samples since the change nobody knows, whatever the few of them say."""
        if self.is_too_early:
            return "unknown"
        if self._ill(names) or (self.stopped and self.is_settled):
            return "abnormal"
        runs = self.has_no_request_metrics and self.runs and not self.serves_requests
        return "normal" if self.is_known or self.answers or runs else "unknown"

    def is_halfway_back(self) -> bool:
        """Whether everything abnormal has come at least half of the way back from its worst."""
        off = self._ill(DECISIVE)
        return bool(off) and all(_is_halfway(change) for change in off)

    def check(self, names: tuple[str, ...] = DECISIVE) -> Check:
        shown = [*self.stopped, *map(str, self._ill(names))]
        were_ill = [change for change in self._among(names) if change.ended is not None]
        calm = were_ill or self._among(("error rate", "latency"))
        text = "; ".join(shown or map(str, calm)) or self.said or "nothing known"
        if self.is_too_early:
            text = "too few samples since the change to say"
        last = self.changes["surge"].last_seen if self.missing >= NOT_COUNTED and not shown else None
        if last is not None:
            text = f"its requests have not been counted since {at(last)}"
        verdict = self.verdict(names)
        if verdict == "normal" and not self.is_known:
            seen = f"its signals are not known ({text}), its endpoints answer"
            text = seen if self.answers else "processes running (no request metrics)"
        return Check(verdict=verdict, text=f"{self.name}: {text}", cites=self.refs)


def is_hurting(change: SignalChange) -> bool:
    """Whether it is damage to users, and not only more than usual."""
    if change.name == SATURATION.name:
        return False
    if change.objective is not None:
        return change.abnormal
    return change.name != LATENCY.name or (
        is_slower_by(change, SLOW.rise) and (change.ratio or SLOW.ratio) >= SLOW.ratio
    )


def those_measured(states: list[RecoveryState]) -> list[RecoveryState]:
    """The services on whose measurements recovery rests.

    What was never measured holds up nothing, as long as something else is: its callers show whether it is well.
    """
    measured = [state for state in states if not state.was_never_measured]
    return measured or states


def never_measured(states: list[RecoveryState]) -> str:
    """Names what has no such signals, to be said once; empty where all have."""
    names = [state.name for state in states if state not in those_measured(states)]
    has = "has no request metrics of its own" if len(names) == 1 else "have no request metrics of their own"
    return f" {listed(names)} {has}." if names else ""


def _is_halfway(change: SignalChange) -> bool:
    if change.now is None or change.worst is None or change.usual is None:
        return False
    return abs(change.now - change.usual) <= HALFWAY * abs(change.worst - change.usual)


def began(briefing: Briefing) -> datetime:
    """When the incident began, as far as is known."""
    found = briefing.conclusion
    suspected = [h.onset for h in found.hypotheses if h.status != "ruled out"] if found else []
    hurt_since = briefing.ledger.first_damage(briefing.detected_at)
    known = [briefing.detected_at, found.introduced_at if found else None, hurt_since, *suspected]
    return min(moment for moment in known if moment is not None)


def window(briefing: Briefing) -> int:
    """Minutes to look back: the incident and an hour before it, a day and an hour at most."""
    return max(90, min(A_DAY, round((briefing.now - began(briefing)) / briefing.minute) + 60))


def in_trouble(briefing: Briefing) -> list[str]:
    """The services that must be well again: the alerted one, the component at fault, and those found abnormal."""
    component = briefing.conclusion.component if briefing.conclusion else None
    acted_on = briefing.proposal.service if briefing.proposal else None
    affected = briefing.scope.services if briefing.scope else []
    names = [briefing.service, *(name for name in (component, acted_on) if name), *affected, *briefing.ledger.services]
    return [name for name in dict.fromkeys(names) if name and not is_provider(briefing, name)][:7]


def relatives(briefing: Briefing) -> list[str]:
    """Callers and dependencies of the services in trouble that are not in trouble themselves."""
    trouble, catalogue = in_trouble(briefing), briefing.catalogue
    near = [n for name in trouble for n in (*catalogue.callers(name), *catalogue.downstream(name)[1:])]
    return [n for n in dict.fromkeys(near) if n not in trouble and not is_provider(briefing, n)][:6]


def is_provider(briefing: Briefing, name: str) -> bool:
    listed = briefing.catalogue.services.get(name)
    if listed is not None:
        return listed.kind == "provider"
    conclusion = briefing.conclusion
    return bool(conclusion and conclusion.cause == "external dependency" and conclusion.component == name)


async def recovery_states(
    briefing: Briefing, context: DutyContext, names: list[str], were_well: bool = False
) -> list[RecoveryState]:
    """Hold each service against the time before the incident; only what came after the last change counts.

    `were_well`: they had recovered, or were not in trouble, so that only what hurts users counts against them.
    """
    states = list(await asyncio.gather(*(_state_of(briefing, context, name) for name in names)))
    for state in states:
        state.was_well = were_well
    return [state for state in states if not _is_another_name(briefing, state)] or states


def _is_another_name(briefing: Briefing, state: RecoveryState) -> bool:
    """Nothing answers to the name that the alert gave, and what is at fault was found under its own."""
    found = briefing.conclusion.component if briefing.conclusion else None
    stands_for = state.name == briefing.service != found and found in briefing.catalogue.services
    return stands_for and state.name not in briefing.catalogue.services and state.verdict() == "unknown"


async def _state_of(briefing: Briefing, context: DutyContext, name: str) -> RecoveryState:
    settling = SETTLING * briefing.minute
    before, minutes = began(briefing) - settling, window(briefing)
    after = briefing.acted_at + settling if briefing.acted_at else None
    golden = await ask(context, golden_signals, name, minutes)
    state = RecoveryState(name, {}, [golden.ref], "; ".join(unseen([golden])))
    counted = any(entry.service == name and entry.kind in COUNTED for entry in briefing.ledger.damage)
    counted = counted or open_stretch(briefing.ledger.uncounted, name) is not None
    state.is_silent = counted or (golden.refusal is not None and golden.refusal.error in ("failed", "timeout"))
    state.is_settled = after is None or briefing.now >= after + settling
    listed = briefing.catalogue.services.get(name)
    state.serves_requests = listed is not None and listed.kind in ("web", "api")
    if golden.value is not None:
        state.changes |= golden_changes(golden.value, briefing.catalogue.objectives_of(name), before, after)
        state.missing = missing_at_end(golden.value.traffic)
    if listed is not None and listed.kind == "web":
        client = await ask(context, client_signals, name, minutes)
        state.refs.append(client.ref)
        state.changes |= client_changes(client.value, before, after) if client.value else {}
    if not state.is_known and not (_is_fresh(briefing, state) and state.missing < NOT_COUNTED):
        state.endpoints = await ask(context, check_endpoints, name)
        state.refs.append(state.endpoints.ref)
    if state.missing >= LATE or (not state.is_known and state.has_no_request_metrics):
        await _look_at_its_processes(briefing, context, state)
    return state


async def _look_at_its_processes(briefing: Briefing, context: DutyContext, state: RecoveryState) -> None:
    """What shows how something is whose requests nobody counts: whether it runs, and whether it has room."""
    listed = briefing.catalogue.services.get(state.name)
    state.infrastructure = await ask(context, infrastructure_state, state.name)
    state.refs.append(state.infrastructure.ref)
    if listed is not None and listed.kind in SERVES_CALLERS:
        state.database = await ask(context, database_health, state.name)
        state.refs.append(state.database.ref)


def _is_fresh(briefing: Briefing, state: RecoveryState) -> bool:
    """Whether its error rate is still being measured."""
    seen = state.changes["error rate"].last_seen if "error rate" in state.changes else None
    return seen is not None and briefing.now - seen <= STALE * briefing.minute


def not_known(states: list[RecoveryState], what: str) -> str:
    """Why a figure of the services is not known."""
    is_too_early = any(state.is_too_early for state in states)
    return f"too few samples since the change to know the {what}" if is_too_early else f"no {what} is known"


def error_rates(states: list[RecoveryState]) -> Check:
    """Error rates against the time before the incident."""
    rates = {s.name: s.changes["error rate"] for s in states if "error rate" in s.changes}
    known = {name: change for name, change in rates.items() if change.now is not None}
    cites = list(dict.fromkeys(ref for s in states for ref in s.refs))
    if not known:
        return Check(verdict="unknown", text=not_known(states, "error rate"), cites=cites)
    off = {name: change for name, change in known.items() if change.abnormal}
    text = ", ".join(
        f"{name} {share(c.now or 0)} (usually {share(c.usual or 0)})" for name, c in (off or known).items()
    )
    return Check(verdict="abnormal" if off else "normal", text=text, cites=cites)


async def calls_check(context: DutyContext, service: str, dependency: str) -> Check:
    """How a service's calls to one dependency fare now."""
    reading = await ask(context, dependencies, service)
    call = next((c for c in reading.value.calls if c.to == dependency), None) if reading.value else None
    if call is None:
        text = f"calls of {service} to {dependency}: {reading.said or 'none'}"
        return Check(verdict="unknown", text=text, cites=[reading.ref])
    return Check(verdict="abnormal" if is_degraded(call) else "normal", text=described(call), cites=[reading.ref])


async def resources_check(briefing: Briefing, context: DutyContext, service: str) -> Check:
    """Whether CPU, memory, network and disk have room; only what is at its limit is held against a fix."""
    reading = await ask(context, system_metrics, service, window(briefing))
    if reading.value is None:
        return Check(verdict="unknown", text=f"resources of {service}: {reading.said}", cites=[reading.ref])
    settling = SETTLING * briefing.minute
    after = briefing.acted_at + settling if briefing.acted_at else None
    m = reading.value
    pairs = ((m.cpu, CPU), (m.memory, MEMORY_USE), (m.network, NETWORK), (m.disk, DISK))
    changes = [(compare(series, rule, began(briefing) - settling, after), rule) for series, rule in pairs]
    full = any(is_newly_full(change, rule) for change, rule in changes)
    known = [str(change) for change, _ in changes if change.known]
    if not known:
        return Check(verdict="unknown", text=f"resources of {service} are not known", cites=[reading.ref])
    text = f"{service}: {', '.join(known)}"
    return Check(verdict="abnormal" if full else "normal", text=text, cites=[reading.ref])


def combined(checks: list[Check]) -> Verdict:
    """One verdict of several: abnormal beats unknown, unknown beats normal."""
    verdicts = {check.verdict for check in checks}
    return "abnormal" if "abnormal" in verdicts else "unknown" if "unknown" in verdicts else "normal"
