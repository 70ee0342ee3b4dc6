"""The extent of an incident: how many users, which services, is data at risk. (S1.2)"""

import asyncio
import re
from typing import Literal

from agents.io.catalogue import SERVES_CALLERS, Catalogue
from agents.readings.production import DataSafety, Usage
from agents.reports.basis import Claim
from agents.reports.triage import Scope
from agents.rules.diagnosis.component import ComponentState, fails, uncounted_since
from agents.rules.diagnosis.damage import BUSY_FROM
from agents.rules.diagnosis.inquiry import ask, refs, unseen
from agents.rules.diagnosis.signals import DOWN_FROM, NOTICED_SECONDS
from agents.rules.diagnosis.survey import TOOLS as SURVEY_TOOLS
from agents.rules.diagnosis.survey import Survey, take
from agents.rules.severity.features import failing_features
from agents.rules.severity.sideways import in_trouble_beside
from agents.rules.writing.extent import counted_once
from agents.rules.writing.wording import at, listed, share, short, users_in_words
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.runtime.ledger import is_met_by_many
from agents.tools.port import AnyPort
from agents.tools.ports import data_safety, split_signals, usage

TOOLS: tuple[AnyPort, ...] = (*SURVEY_TOOLS, usage, data_safety, split_signals)
API_PATH = re.compile(r"/(api|graphql|rpc|v\d+)(/|$)")
PRACTICALLY_ALL = 0.9
"""From here on it is down if no endpoint answers either; a few requests that all fail prove less."""
SEVERAL = 3
"""Services in trouble at once that point to what they share."""
GONE = 0.1
"""Of the usual traffic: no more than this comes through."""


async def measure(briefing: Briefing, context: DutyContext) -> Scope:
    """Measure users, services and data of the alerted service and its relatives."""
    read = (take(briefing, context), _users(briefing, context), _safety(briefing, context))
    survey, users, safety = await asyncio.gather(*read)
    alerted = survey.components[briefing.service]
    beside = await in_trouble_beside(briefing, context, survey)
    survey.components |= {component.name: component for component in beside}
    services = _services(survey)
    affected, active, users_ref = _counted(users, services)
    services = services or ([briefing.service] if affected and is_met_by_many(affected, active) else [])
    down = [name for name, c in survey.components.items() if c.is_down and c.kind in SERVES_CALLERS]
    data = _Data(briefing, safety, down)
    if not services and (data.at_risk == "yes" or alerted in survey.felt):
        services = [briefing.service]
    scope = Scope(
        summary="",
        users_affected=affected,
        users_share=affected / active if affected is not None and active else None,
        services=services,
        data_at_risk=data.at_risk,
        data_loss=data.lost > 0,
        breach_suspected=bool(data.suspicious) or data.exposed > 0,
        user_data_affected=data.exposed > 0 or (data.lost > 0 and data.holds_user_data),
        error_rate=error_rate(alerted),
        error_rates={name: rate for name in services if (rate := error_rate(survey.components[name])) is not None},
        latency_ratio=_latency_ratio(alerted),
        completely_down=is_down(alerted),
        down=_down(services, survey, briefing.catalogue),
        client_side=_is_client_side(alerted),
        api_related=_is_api(briefing, survey),
        abnormal=bool(services),
        claims=[
            *_claims(survey, services),
            *_shared(briefing, survey, services),
            *_of_users(affected, active, users_ref),
            *data.claims,
        ],
    )
    scope = scope.model_copy(update={"features": await failing_features(briefing, context, scope)})
    return scope.model_copy(update={"summary": _summary(briefing, scope, survey)})


def _counted(users: dict[str, Reading[Usage]], services: list[str]) -> tuple[int | None, int, str]:
    """Users who meet it, of how many, and the reading; who does not get through is in no count of a service."""
    affected, active, ref = _most_affected(users, services)
    return (None if services and not affected else affected), active, ref


async def _users(briefing: Briefing, context: DutyContext) -> dict[str, Reading[Usage]]:
    names = [briefing.service, *briefing.catalogue.callers(briefing.service)[:2]]
    return dict(zip(names, await asyncio.gather(*(ask(context, usage, name) for name in names)), strict=True))


async def _safety(briefing: Briefing, context: DutyContext) -> dict[str, Reading[DataSafety]]:
    """Of the alerted service, and of what below it keeps data."""
    known = briefing.catalogue.services
    below = briefing.catalogue.downstream(briefing.service)[1:]
    keepers = [n for n in below if n in known and (known[n].holds_user_data or known[n].kind == "database")]
    names = [briefing.service, *keepers[:3]]
    return dict(zip(names, await asyncio.gather(*(ask(context, data_safety, name) for name in names)), strict=True))


def _services(survey: Survey) -> list[str]:
    ours = [component for component in survey.felt if component.kind != "provider"]
    alerted = survey.components[survey.alerted]
    if (alerted.failing_endpoints or alerted.collapse) and alerted not in ours and alerted.kind != "provider":
        ours.append(alerted)
    return sorted((c.name for c in ours), key=lambda name: name != survey.alerted)


def _most_affected(users: dict[str, Reading[Usage]], services: list[str]) -> tuple[int | None, int, str]:
    """Of the alerted service; where nobody uses it directly, of the worst hit of its callers."""
    seen = [
        (r.value, r.ref) for name, r in users.items() if r.value and (name in services or name == next(iter(users)))
    ]
    direct = [pair for pair in seen if pair[0].active_users > 0]
    if not direct:
        return (0, 0, seen[0][1]) if seen else (None, 0, "")
    of, ref = direct[0] if direct[0] is seen[0] else max(direct, key=lambda pair: pair[0].affected_users)
    return of.affected_users, of.active_users, ref


def _finds_something(value: DataSafety) -> bool:
    """Whether a check found damage; of what does not run, a check that finds none has not looked."""
    return bool(value.integrity_errors or value.records_lost or value.user_records_exposed or value.suspicious_access)


class _Data:
    """What the integrity checks and the audit say, taken together."""

    def __init__(self, briefing: Briefing, safety: dict[str, Reading[DataSafety]], down: list[str]) -> None:
        told = {name: r.value for name, r in safety.items() if r.value is not None}
        seen = {name: value for name, value in told.items() if name not in down or _finds_something(value)}
        self.down = [name for name in told if name not in seen]
        services = briefing.catalogue.services
        below = {name: services[name].depends_on if name in services else [] for name in seen}
        self.damaged = counted_once({name: value.integrity_errors for name, value in seen.items()}, below)
        self.lost = counted_once({name: value.records_lost for name, value in seen.items()}, below)
        self.exposed = counted_once({name: value.user_records_exposed for name, value in seen.items()}, below)
        found = (finding for value in seen.values() for finding in value.suspicious_access)
        self.suspicious = list(dict.fromkeys(found))
        bad = {n: v for n, v in seen.items() if v.integrity_errors or v.records_lost or v.user_records_exposed}
        self.holds_user_data = any(n in services and services[n].holds_user_data for n in bad)
        self.at_risk: Literal["no", "yes", "unknown"] = "no" if seen and not self.down else "unknown"
        if bad or self.suspicious:
            self.at_risk = "yes"
        self.claims = [self._claim(safety, seen)]

    def _claim(self, safety: dict[str, Reading[DataSafety]], seen: dict[str, DataSafety]) -> Claim:
        if not seen and self.down:
            text = f"data safety is not known: {listed(self.down)} {'does' if len(self.down) == 1 else 'do'} not run"
            return Claim(text=text, cites=refs(safety[name] for name in self.down))
        if not seen:
            return Claim(text=f"data safety is not known: {unseen(safety.values())[0]}", cites=refs(safety.values()))
        text = (
            f"data of {listed(list(seen))}: {self.damaged} integrity errors, {self.lost} records lost, "
            f"{self.exposed} user records exposed, {len(self.suspicious)} suspicious accesses"
        )
        if self.suspicious:
            text += f" (“{short(self.suspicious[0])}”)"
        return Claim(text=text, cites=refs(safety[name] for name in seen))


def error_rate(alerted: ComponentState) -> float | None:
    """Its own error rate now; where that is not measured, as its callers see it."""
    own = alerted.changes.get("error rate")
    if own is not None and own.known:
        return own.now
    return max((call.error_rate for call, _ in alerted.incoming), default=None)


def _latency_ratio(alerted: ComponentState) -> float | None:
    ratios = [
        c.ratio for name, c in alerted.changes.items() if name in ("latency", "page load") and c.ratio is not None
    ]
    if not ratios:
        ratios = [c.latency_seconds / c.usual_latency_seconds for c, _ in alerted.incoming if c.usual_latency_seconds]
    if not ratios and alerted.endpoints and alerted.endpoints.value:
        ratios = [c.seconds / c.usual_seconds for c in alerted.endpoints.value.checks if c.usual_seconds]
    return round(max(ratios), 2) if ratios else None


def _down(services: list[str], survey: Survey, catalogue: Catalogue) -> list[str]:
    """Those that are completely down; what is only silent is not, where a service that calls it is down."""
    found = [name for name in services if is_down(survey.components[name])]
    unasked = {name for name in found if not _fails(survey.components[name])}
    return [name for name in found if name not in unasked or not set(found).intersection(catalogue.callers(name))]


def is_down(component: ComponentState) -> bool:
    """Completely down: it does not run, practically every request fails, or nothing comes through any more."""
    traffic = component.changes.get("collapse")
    return _fails(component) or (_is_silent(component) and traffic is not None and (traffic.usual or 0) >= BUSY_FROM)


def _is_silent(component: ComponentState) -> bool:
    """Whether practically no request comes any more."""
    traffic = component.changes.get("collapse")
    return bool(traffic and traffic.now is not None and traffic.usual and traffic.now <= GONE * traffic.usual)


def _fails(component: ComponentState) -> bool:
    """Whether it does not run, or practically every request or check of it fails."""
    rate = error_rate(component)
    if component.is_down or (rate is not None and rate >= DOWN_FROM):
        return True
    checks = component.endpoints.value.checks if component.endpoints and component.endpoints.value else []
    if not checks or not all(not c.ok and (c.status is None or c.status >= 500) for c in checks):
        return False
    if all(check.status is None for check in checks) and len(checks) > 1:
        return True  # nobody answers at any address; the error rate is that of the time before
    return rate is None or rate >= PRACTICALLY_ALL or _is_silent(component)


def _is_client_side(alerted: ComponentState) -> bool:
    """Browsers report errors while the service answers well."""
    script = alerted.changes.get("script errors")
    own = [alerted.changes[name] for name in ("error rate", "latency") if name in alerted.changes]
    return bool(script and script.abnormal) and not any(c.abnormal for c in own) and not alerted.failing_endpoints


def _is_api(briefing: Briefing, survey: Survey) -> bool:
    """A service that is an API, or answers at an address that looks like one."""
    if any(survey.components[name].kind == "api" for name in {briefing.service, *_services(survey)}):
        return True
    read = survey.components[briefing.service].endpoints
    checks = read.value.checks if read and read.value else []
    unlisted = briefing.service not in briefing.catalogue.services
    return any(unlisted or API_PATH.search(check.endpoint) for check in checks)


def _claims(survey: Survey, services: list[str]) -> list[Claim]:
    names = list(dict.fromkeys([survey.alerted, *services]))
    return [
        Claim(text=f"{name}: {survey.components[name].figures}", cites=survey.components[name].shows[:3])
        for name in names
        if survey.components[name].shows
    ]


def _shared(briefing: Briefing, survey: Survey, services: list[str]) -> list[Claim]:
    """What several services in trouble have in common."""
    if len(services) < SEVERAL:
        return []
    below = [set(briefing.catalogue.downstream(name)) - set(services) for name in services]
    common = [n for n in briefing.catalogue.downstream(services[0]) if all(n in one for one in below)]
    if not common:
        return []
    text = f"{listed(services)} are in trouble at once; all of them depend on {listed(common[:SEVERAL])}"
    return [Claim(text=text, cites=[ref for name in services for ref in survey.components[name].shows[:1]])]


def _of_users(affected: int | None, active: int, ref: str) -> list[Claim]:
    if affected is None or not active:
        return []
    return [Claim(text=f"{affected:,} of {active:,} active users meet the fault", cites=[ref])]


def _is_unnoticed(alerted: ComponentState) -> bool:
    """Whether all that is out of its range is time, and so little of it that nobody notices."""
    slower = [call.latency_seconds - call.usual_latency_seconds for call, _ in alerted.incoming]
    in_vain = any(fails(call) for call, _ in alerted.incoming) or any(more >= NOTICED_SECONDS for more in slower)
    return bool(alerted.symptoms) and not (alerted.is_felt or alerted.collapse or in_vain)


def _summary(briefing: Briefing, scope: Scope, survey: Survey) -> str:
    if briefing.service not in briefing.catalogue.services and scope.error_rate is None:
        service = briefing.service or "The alert names no service that"
        return f"{service} is not in the catalogue; little of it can be seen."
    alerted = survey.components[survey.alerted]
    since = uncounted_since(alerted.changes) if scope.error_rate is None else None
    if not scope.abnormal and (since or alerted.is_dark):
        why = f": its requests have not been counted since {at(since)}" if since else ""
        return f"Whether anything is out of its usual range on {briefing.service} cannot be seen{why}."
    if not scope.abnormal:
        blind = "; its error rate cannot be seen" if scope.error_rate is None else ""
        return f"Nothing is out of its usual range on {briefing.service}{blind}."
    state = "completely down" if scope.completely_down else "degraded" if _services(survey) else "affected"
    users = users_in_words(scope.users_affected) if scope.users_affected is not None else "an unknown number of users"
    part = f" ({share(scope.users_share)})" if scope.users_share is not None else ""
    beside = [name for name in scope.services if name != briefing.service]
    others = f" ({', '.join(_beside(beside, scope.down, survey))})" if beside else ""
    who = f"{briefing.service} is {state}{others}"
    if scope.users_affected in (0, None) and _is_unnoticed(alerted):
        out = f"{briefing.service} is out of its usual range by less than users notice: {alerted.figures}"
        return f"{out}{others}; data at risk: {scope.data_at_risk}."
    if briefing.service not in scope.services:
        who = f"{_states(beside, scope.down)}; {briefing.service} itself shows nothing of it"
    return f"{who}; {users}{part} affected; data at risk: {scope.data_at_risk}."


def _beside(names: list[str], down: list[str], survey: Survey) -> list[str]:
    """How the other services in trouble are: which do not run, which are completely down, and the rest."""
    stopped = [name for name in names if survey.components[name].is_down]
    failing = [name for name in names if name in down and name not in stopped]
    others = [name for name in names if name not in (*stopped, *failing)]
    told = [f"{listed(stopped)} {'does' if len(stopped) == 1 else 'do'} not run"] if stopped else []
    told += [f"completely down: {listed(failing)}"] if failing else []
    return [*told, *([f"also in trouble: {listed(others)}"] if others else [])]


def _states(names: list[str], down: list[str]) -> str:
    """Which of them are completely down, and which are degraded."""
    told = {"completely down": [n for n in names if n in down], "degraded": [n for n in names if n not in down]}
    known = {state: those for state, those in told.items() if those}
    return " and ".join(f"{listed(those)} {'is' if len(those) == 1 else 'are'} {s}" for s, those in known.items())
