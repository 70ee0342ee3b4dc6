"""A survey: the alerted service, what it depends on and who calls it, and which of them failed first."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agents.io.catalogue import SERVES_CALLERS, Kind
from agents.readings.production import DependencyCall
from agents.rules.diagnosis.component import ComponentState, is_degraded
from agents.rules.diagnosis.inquiry import ask, unseen
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.port import AnyPort
from agents.tools.ports import (
    check_endpoints,
    client_signals,
    database_health,
    dependencies,
    golden_signals,
    infrastructure_state,
    provider_status,
)

TOOLS: tuple[AnyPort, ...] = (
    golden_signals,
    dependencies,
    provider_status,
    client_signals,
    check_endpoints,
    infrastructure_state,
    database_health,
)
A_DAY = 25 * 60
"""Minutes of the runbook to look back on for what climbs slowly: to the same time of yesterday and an hour before."""
REACH = 8
"""Services surveyed below the alerted one, itself included."""
CALLERS = 2
LEVELS = 3
"""So many times the bad calls of what was found by a call are followed further down."""
SAME_TIME = 8
"""Minutes of the runbook: onsets closer than this are not told apart."""


@dataclass
class Survey:
    """What was seen of the alerted service and its surroundings."""

    alerted: str
    components: dict[str, ComponentState]
    below: list[str]
    """The alerted service and what it depends on, nearest first; the rest are callers."""
    minutes: int
    """How far back was looked."""
    minute: timedelta
    """How long a minute of the runbook lasts."""
    now: datetime

    def call(self, caller: str, callee: str) -> DependencyCall | None:
        reading = self.components[caller].calls
        calls = reading.value.calls if reading and reading.value else []
        return next((call for call in calls if call.to == callee), None)

    @property
    def failing(self) -> list[ComponentState]:
        return [component for component in self.components.values() if component.is_failing]

    @property
    def felt(self) -> list[ComponentState]:
        """What fails and is felt: by users of the alerted service, or by a caller. The rest is an oddity beside it.

        Where no caller measures the time of its calls to it, its own figures tell whether it is felt.
        """
        return [
            c
            for c in self.failing
            if c.name == self.alerted
            or c.is_called_in_vain
            or (c.is_felt and (c.name not in self.below or c.is_untimed))
        ]

    @property
    def missing(self) -> list[str]:
        return unseen(r for c in self.components.values() for r in (c.golden, c.calls, c.client, c.status, c.endpoints))

    def callers_of(self, name: str) -> list[ComponentState]:
        return [c for c in self.components.values() if self.call(c.name, name) is not None]


def window(briefing: Briefing) -> int:
    """Minutes to look back on: the incident so far and enough before it."""
    return max(120, min(360, round((briefing.now - briefing.detected_at) / briefing.minute) + 90))


async def take(briefing: Briefing, context: DutyContext) -> Survey:
    """Look at the alerted service, everything downstream and its callers."""
    below = briefing.catalogue.downstream(briefing.service)[:REACH]
    names = list(dict.fromkeys([*below, *briefing.catalogue.callers(briefing.service)[:CALLERS]]))
    survey = Survey(briefing.service, {}, below, window(briefing), briefing.minute, briefing.now)
    await _look(briefing, context, survey, [(name, _kind(briefing, name)) for name in names])
    await _look_below(briefing, context, survey)
    alerted = survey.components[survey.alerted]
    if not alerted.is_failing:
        await look_back(context, alerted)
    return survey


async def look_back(context: DutyContext, component: ComponentState) -> None:
    """Hold a component against yesterday: what has been climbing for long, or failing since before the last hours."""
    if component.golden is None or component.golden.value is None or component.day is not None:
        return
    component.day, component.client_day = await asyncio.gather(
        ask(context, golden_signals, component.name, A_DAY),
        _only(component.client is not None, context, client_signals, component.name, A_DAY),
    )
    component.weigh()


async def look_at_callers(briefing: Briefing, context: DutyContext, survey: Survey, names: list[str]) -> None:
    """Look also at those who call these services and have not been looked at."""
    callers = list(dict.fromkeys(caller for name in names for caller in briefing.catalogue.callers(name)))
    unknown = [name for name in callers if name not in survey.components]
    await _look(briefing, context, survey, [(name, _kind(briefing, name)) for name in unknown[:CALLERS]])
    await _look_below(briefing, context, survey)


async def _look_below(briefing: Briefing, context: DutyContext, survey: Survey) -> None:
    """Follow the calls down, also those of services that were themselves found by a call."""
    for _ in range(LEVELS):
        found = _discovered(survey)
        if not found:
            return
        await _look(briefing, context, survey, found)


def _kind(briefing: Briefing, name: str) -> Kind:
    return briefing.catalogue.services[name].kind if name in briefing.catalogue.services else "api"


def _discovered(survey: Survey) -> list[tuple[str, Kind]]:
    """Dependencies that only the calls name: of the alerted service all, of others the bad ones."""
    found: dict[str, Kind] = {}
    for component in survey.components.values():
        for call in component.calls.value.calls if component.calls and component.calls.value else []:
            if call.to not in survey.components and (component.name == survey.alerted or is_degraded(call)):
                found[call.to] = "api" if call.kind == "service" else call.kind
    survey.below += [name for name in found if name not in survey.below]
    return list(found.items())[:4]


async def _look(briefing: Briefing, context: DutyContext, survey: Survey, names: list[tuple[str, Kind]]) -> None:
    seen = await asyncio.gather(*(_component(briefing, context, name, kind, survey.minutes) for name, kind in names))
    survey.components |= {component.name: component for component in seen}
    for component in survey.components.values():
        component.incoming = _incoming(survey, component.name)


def _incoming(survey: Survey, name: str) -> list[tuple[DependencyCall, str]]:
    found: list[tuple[DependencyCall, str]] = []
    for other in survey.components.values():
        call = survey.call(other.name, name)
        if call is not None and other.calls is not None:
            found.append((call, other.calls.ref))
    return found


async def _component(briefing: Briefing, context: DutyContext, name: str, kind: Kind, minutes: int) -> ComponentState:
    listed = briefing.catalogue.services.get(name)
    objectives = briefing.catalogue.objectives_of(name)
    component = ComponentState(name, kind, listed.depends_on if listed else [], objectives)
    if kind == "provider":
        component.status = await ask(context, provider_status, name)
        return component
    (
        component.golden,
        component.calls,
        component.infrastructure,
        component.client,
        component.endpoints,
        component.database,
    ) = await asyncio.gather(
        ask(context, golden_signals, name, minutes),
        ask(context, dependencies, name),
        ask(context, infrastructure_state, name),
        _only(kind == "web", context, client_signals, name, minutes),
        _only(name == briefing.service, context, check_endpoints, name),
        _only(kind in SERVES_CALLERS, context, database_health, name),
    )
    component.weigh()
    return component


async def _only(wanted: bool, context: DutyContext, port: AnyPort, *args: Any) -> Reading[Any] | None:
    return await ask(context, port, *args) if wanted else None


def failed_first(survey: Survey) -> list[ComponentState]:
    """Follow the failing calls down to the components with no failing dependency; the earliest first."""
    starts = [survey.components[survey.alerted]]
    if not starts[0].is_failing:
        starts = [c for c in survey.felt if c.name in survey.below] or survey.felt
    found: dict[str, ComponentState] = {}
    for start in starts:
        for component in _follow(survey, start, ()):
            found[component.name] = component
    return sorted(found.values(), key=lambda c: (c.onset is None, c.onset.timestamp() if c.onset else 0))


def _follow(survey: Survey, component: ComponentState, path: tuple[str, ...]) -> list[ComponentState]:
    if not component.is_failing:
        return []
    culprits = [c for c in _dependencies(survey, component) if c.name not in path and explains(survey, c, component)]
    if not culprits:
        return [component]
    return [first for culprit in culprits for first in _follow(survey, culprit, (*path, component.name))]


def depends_on(survey: Survey, component: ComponentState, name: str) -> bool:
    """Whether it uses a component, itself or through others."""
    known, ahead = {component.name}, _dependencies(survey, component)
    while ahead:
        one = ahead.pop()
        if one.name == name:
            return True
        if one.name not in known:
            known.add(one.name)
            ahead += _dependencies(survey, one)
    return False


def _dependencies(survey: Survey, component: ComponentState) -> list[ComponentState]:
    called = [c for c in survey.components.values() if survey.call(component.name, c.name) is not None]
    if component.calls is not None and component.calls.value is not None:
        return called
    return [survey.components[name] for name in component.depends_on if name in survey.components]


def _fails_whoever_calls(callee: ComponentState) -> bool:
    """Whether it does not serve; slow answers, or fewer requests, keep no process of its callers from running."""
    errors = callee.changes.get("error rate")
    is_failing = callee.is_down or callee.is_suspected or bool(callee.exhausted) or bool(callee.failing_endpoints)
    return is_failing or callee.kind == "provider" or (errors is not None and errors.abnormal)


def explains(survey: Survey, callee: ComponentState, caller: ComponentState) -> bool:
    """Whether a failing dependency can be why its caller fails: the calls suffer, and it did not fail much later."""
    call = survey.call(caller.name, callee.name)
    if not callee.is_failing or (caller.is_down and not _fails_whoever_calls(callee)):
        return False
    is_ill_by_itself = callee.exhausted or (callee.is_untimed and callee.is_felt)
    if call is not None and not is_degraded(call) and not is_ill_by_itself:
        return False
    if callee.kind == "provider" or callee.onset is None or caller.onset is None:
        return True  # a provider tells late of its faults
    return callee.onset <= caller.onset + SAME_TIME * survey.minute
