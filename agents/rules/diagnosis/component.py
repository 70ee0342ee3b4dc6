"""A component: one service, database or provider as the survey sees it, with its signals held against their past."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from agents.io.catalogue import Kind, Objectives
from agents.readings.production import (
    ClientSignals,
    DatabaseHealth,
    Dependencies,
    DependencyCall,
    EndpointChecks,
    GoldenSignals,
    InfrastructureState,
    ProviderStatus,
)
from agents.reports.basis import Check
from agents.rules.diagnosis import health
from agents.rules.diagnosis.inquiry import refs
from agents.rules.diagnosis.signals import (
    CLIMBING_ERRORS,
    CLIMBING_LATENCY,
    COLLAPSE,
    LATENCY,
    NOT_COUNTED,
    PAGE_LOAD,
    SATURATION,
    SCRIPT_ERRORS,
    STANDSTILL,
    SURGE,
    SignalChange,
    compare,
    error_rule,
    is_felt,
    latency_rule,
    missing_at_end,
)
from agents.rules.writing.wording import seconds, share
from agents.runtime.duty_context import Reading

Changes = dict[str, SignalChange]
MOST = 0.5
"""From this share on, errors count however few the requests are."""
FAILED_AT_LEAST = 5
"""Requests that failed: fewer say little, whatever share they are."""


def is_degraded(call: DependencyCall) -> bool:
    """Whether calls fail or crawl, compared with how they usually fare."""
    crawls = call.latency_seconds >= max(1.6 * call.usual_latency_seconds, call.usual_latency_seconds + 0.02)
    return fails(call) or crawls


def fails(call: DependencyCall) -> bool:
    """Whether clearly more of the calls fail than usually do."""
    return call.error_rate >= max(call.usual_error_rate + 0.02, 2 * call.usual_error_rate)


def described(call: DependencyCall) -> str:
    """A call's figures in words."""
    return (
        f"calls to {call.to}: {share(call.error_rate)} fail (usually {share(call.usual_error_rate)}), "
        f"{seconds(call.latency_seconds)} (usually {seconds(call.usual_latency_seconds)})"
    )


def golden_changes(
    signals: GoldenSignals,
    objectives: Objectives,
    before: datetime | None = None,
    after: datetime | None = None,
) -> Changes:
    """Hold the golden signals against their objectives, or else their past, by name.

    Where requests are not counted any more, what was measured of them last says nothing of now.
    """
    errors = compare(signals.error_rate, error_rule(objectives), before, after)
    latency = compare(signals.latency, latency_rule(objectives, LATENCY), before, after)
    if errors.abnormal and _are_few(errors, signals, after):
        errors = replace(errors, abnormal=False)
    requests = {
        "error rate": replace(errors, objective=objectives.budget),
        "latency": replace(latency, objective=objectives.latency_p95),
        "surge": compare(signals.traffic, SURGE, before, after),
        "collapse": compare(signals.traffic, COLLAPSE, before, after),
    }
    if missing_at_end(signals.traffic) >= NOT_COUNTED:
        read_on = {"error rate": signals.error_rate, "latency": signals.latency}
        gone = [name for name in requests if missing_at_end(read_on.get(name, signals.traffic)) >= NOT_COUNTED]
        requests |= {name: replace(requests[name], now=None, abnormal=False) for name in gone}
    return {**requests, "saturation": compare(signals.saturation, SATURATION, before, after)}


def uncounted_since(changes: Changes) -> datetime | None:
    """Since when its requests are not counted any more; None where they are, or where nothing shows that they were."""
    traffic = changes.get("surge")
    return traffic.last_seen if traffic is not None and not traffic.known else None


def _are_few(errors: SignalChange, signals: GoldenSignals, after: datetime | None = None) -> bool:
    """Whether a share of errors is made of a few requests only, which says little: one of twenty is 5 % as well.

    Of a share that lasts all of them count, since it left its usual range or, if that is later, since the last change.
    """
    if errors.now is None or errors.now >= MOST:
        return False
    return are_few(signals, max(filter(None, (errors.onset, after)), default=None))


def are_few(signals: GoldenSignals, since: datetime | None, until: datetime | None = None) -> bool:
    """Whether fewer requests failed in a time than hurt a service's users; not where the traffic is not known."""
    counted = _counted(signals, since, until)
    return counted is not None and sum(failed for failed, _ in counted) < FAILED_AT_LEAST


def worst_share(signals: GoldenSignals, since: datetime, until: datetime) -> float | None:
    """The greatest share of requests that failed in a part of a time, by no fewer than say something; None: unknown."""
    counted, worst = _counted(signals, since, until) or [], None
    for first in range(len(counted)):
        failed = requests = 0.0
        for more_failed, more in counted[first:]:
            failed, requests = failed + more_failed, requests + more
            if failed >= FAILED_AT_LEAST:
                worst = max(worst or 0.0, failed / requests)
                break
    return worst


def _counted(
    signals: GoldenSignals, since: datetime | None, until: datetime | None
) -> list[tuple[float, float]] | None:
    """Failed requests and all, sample by sample; None where the traffic of one with errors is not known."""
    rates, traffic = signals.error_rate, signals.traffic
    if traffic.start != rates.start or traffic.step_seconds != rates.step_seconds:
        return None
    counted: list[tuple[float, float]] = []
    for index, (rate, per_second) in enumerate(zip(rates.values, traffic.values, strict=False)):
        if rate is None or (since and rates.at(index) < since) or (until and rates.at(index) > until):
            continue
        if per_second is None and rate:
            return None
        requests = (per_second or 0.0) * rates.step_seconds
        counted.append((rate * requests, requests))
    return counted


def climbed_since_yesterday(signals: GoldenSignals) -> Changes:
    """What is out of the range that it had at this time of yesterday: a climb that the last hours do not show."""
    errors, latency = compare(signals.error_rate, CLIMBING_ERRORS), compare(signals.latency, CLIMBING_LATENCY)
    known = {"error rate": errors, "latency": latency}
    found = {n: change for n, change in known.items() if change.abnormal and not _are_few(change, signals)}
    collapse = compare(signals.traffic, STANDSTILL)
    return found | ({"collapse": collapse} if collapse.abnormal else {})


def client_changes(signals: ClientSignals, before: datetime | None = None, after: datetime | None = None) -> Changes:
    """Hold what browsers report against its past, by name."""
    return {
        "script errors": compare(signals.script_errors, SCRIPT_ERRORS, before, after),
        "page load": compare(signals.page_load, PAGE_LOAD, before, after),
    }


@dataclass
class ComponentState:
    """One component and what was read of it; None where it was not asked for."""

    name: str
    kind: Kind
    depends_on: list[str] = field(default_factory=list[str])
    """As the catalogue lists it: gone by where its calls cannot be seen."""
    objectives: Objectives = field(default_factory=Objectives)
    golden: Reading[GoldenSignals] | None = None
    day: Reading[GoldenSignals] | None = None
    """Its signals since yesterday, where the last hours show nothing, or not when it began."""
    client_day: Reading[ClientSignals] | None = None
    """What browsers reported since yesterday, likewise."""
    client: Reading[ClientSignals] | None = None
    calls: Reading[Dependencies] | None = None
    status: Reading[ProviderStatus] | None = None
    endpoints: Reading[EndpointChecks] | None = None
    infrastructure: Reading[InfrastructureState] | None = None
    database: Reading[DatabaseHealth] | None = None
    incoming: list[tuple[DependencyCall, str]] = field(default_factory=list[tuple[DependencyCall, str]])
    """Calls to it as its callers see them, with the refs."""
    changes: Changes = field(default_factory=dict[str, SignalChange])
    is_suspected: bool = False
    """Its signals cannot be seen, and its log shows new errors."""

    def weigh(self) -> None:
        """Work out the changes from what was read."""
        if self.golden is not None and self.golden.value is not None:
            self.changes |= golden_changes(self.golden.value, self.objectives)
        if self.client is not None and self.client.value is not None:
            self.changes |= client_changes(self.client.value)
        if self.day is not None and self.day.value is not None:
            longer = climbed_since_yesterday(self.day.value)
            # A recent onset stands: of what began before the last hours only the day can tell when it began.
            # What is not measured any more is not measured by the day's samples, either.
            gone = {name for name, change in self.changes.items() if not change.known}
            self.changes |= {n: c for n, c in longer.items() if not self._has_onset(n) and n not in gone}
        if self.client_day is not None and self.client_day.value is not None:
            longer = client_changes(self.client_day.value)
            self.changes |= {n: c for n, c in longer.items() if c.abnormal and not self._has_onset(n)}

    def _has_onset(self, name: str) -> bool:
        return name in self.changes and self.changes[name].abnormal and self.changes[name].onset is not None

    @property
    def symptoms(self) -> list[SignalChange]:
        """What is wrong with it now, as far as users or callers notice."""
        names = ("error rate", "latency", "saturation", "script errors", "page load")
        return [self.changes[name] for name in names if name in self.changes and self.changes[name].abnormal]

    @property
    def is_seen(self) -> bool:
        """Whether its own error rate is known now."""
        return "error rate" in self.changes and self.changes["error rate"].known

    @property
    def is_dark(self) -> bool:
        """Whether nothing that was read says how it is."""
        own = [self.endpoints, self.infrastructure, self.database, self.status]
        is_read = any(reading is not None and reading.value is not None for reading in own)
        return not is_read and not self.incoming and not any(change.known for change in self.changes.values())

    @property
    def is_called_in_vain(self) -> bool:
        return any(is_degraded(call) for call, _ in self.incoming)

    @property
    def is_untimed(self) -> bool:
        """Whether nobody measures how long calls to it take: no call is seen, or all seem to take no time."""
        return not any(max(call.latency_seconds, call.usual_latency_seconds) for call, _ in self.incoming)

    @property
    def surge(self) -> SignalChange | None:
        change = self.changes.get("surge")
        return change if change and change.abnormal else None

    @property
    def collapse(self) -> SignalChange | None:
        change = self.changes.get("collapse")
        return change if change and change.abnormal else None

    @property
    def stands_still(self) -> bool:
        """Whether it works off jobs, and hardly any of them are done any more: nobody is refused, and all wait."""
        return self.kind == "worker" and self.collapse is not None and bool(self.collapse.usual)

    @property
    def failing_endpoints(self) -> list[str]:
        checks = self.endpoints.value.checks if self.endpoints and self.endpoints.value else []
        return [check.endpoint for check in checks if not check.ok]

    @property
    def provider_admits(self) -> bool:
        """Whether the provider itself reports trouble."""
        return bool(self.status and self.status.value and self.status.value.status in ("degraded", "outage"))

    @property
    def is_down(self) -> bool:
        """Whether none of its processes runs, by the system that watches over them."""
        state = self.infrastructure.value if self.infrastructure else None
        return state is not None and health.is_down(state)

    @property
    def exhausted(self) -> list[str]:
        """What it has run out of or waits for, where it is a database that can be seen."""
        return health.exhausted(self.database.value) if self.database and self.database.value else []

    @property
    def is_failing(self) -> bool:
        if self.kind == "provider":
            return self.is_called_in_vain or (self.provider_admits and not self.incoming)
        if self.is_suspected or self.is_down or self.exhausted:
            return True
        if self.symptoms or self.stands_still or (self.collapse and self.failing_endpoints):
            return True
        return not self.is_seen and (self.is_called_in_vain or bool(self.failing_endpoints))

    @property
    def is_felt(self) -> bool:
        """Whether what is wrong with it is more than an oddity in its figures."""
        other = self.is_down or bool(self.exhausted) or self.is_suspected or bool(self.failing_endpoints)
        return other or self.stands_still or any(is_felt(symptom) for symptom in self.symptoms)

    @property
    def onset(self) -> datetime | None:
        """When it began to fail; None where the readings do not say."""
        since = self.status.value.since if self.status and self.status.value and self.provider_admits else None
        collapsed = self.collapse.onset if self.collapse and (self.failing_endpoints or self.stands_still) else None
        state = self.infrastructure.value if self.infrastructure else None
        stopped = health.down_since(state) if state and self.is_down else None
        known = [*(symptom.onset for symptom in self.symptoms), since, collapsed, stopped]
        return min((onset for onset in known if onset is not None), default=None)

    @property
    def shows(self) -> list[str]:
        """The refs of what was read of it."""
        own = [self.golden, self.day, self.client, self.client_day, self.status, self.endpoints]
        own += [self.infrastructure if self.is_down else None, self.database if self.exhausted else None]
        return [*refs(own), *(ref for _, ref in self.incoming)][:6]

    @property
    def figures(self) -> str:
        """How it stands, in words with figures."""
        state = self.infrastructure.value if self.infrastructure else None
        parts = [*(health.not_ready(state)[:1] if state and self.is_down else []), *self.exhausted]
        parts += [str(symptom) for symptom in self.symptoms]
        parts += [str(change) for change in (self.surge, self.collapse) if change]
        parts += [described(call) for call, _ in self.incoming if is_degraded(call)][:1] if not self.is_seen else []
        if self.kind == "provider" and self.status and self.status.value:
            parts.append(f"its status page says {self.status.value.status}")
            parts += [described(call) for call, _ in self.incoming if not is_degraded(call)][:1]
        if failing := len(self.failing_endpoints):
            parts.append("1 endpoint fails" if failing == 1 else f"{failing} endpoints fail")
        return "; ".join(parts) or self._calm()

    def _calm(self) -> str:
        known = [str(self.changes[n]) for n in ("error rate", "latency") if n in self.changes]
        return "; ".join(known) or "nothing known of it"


def endpoints_check(service: str, reading: Reading[EndpointChecks]) -> Check:
    """Whether every endpoint answers."""
    if reading.value is None or not reading.value.checks:
        text = f"endpoints of {service}: {reading.said or 'none declared'}"
        return Check(verdict="unknown", text=text, cites=[reading.ref])
    checks = reading.value.checks
    bad = [f"{c.endpoint} {c.status or c.error or 'no answer'}" for c in checks if not c.ok]
    text = f"{len(checks) - len(bad)} of {len(checks)} endpoints of {service} answer"
    return Check(verdict="abnormal" if bad else "normal", text="; ".join([text, *bad[:3]]), cites=[reading.ref])
