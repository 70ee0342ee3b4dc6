"""The written rules of severity: facts set a floor that nobody but a person may go below."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from agents.io.catalogue import Catalogue, Service
from agents.reports.basis import Severity
from agents.reports.triage import Scope
from agents.rules.diagnosis.signals import DOWN_FROM
from agents.rules.writing.extent import told_by_customers
from agents.runtime.briefing import Alert, SeverityFloor
from agents.runtime.symptoms import symptom
from graphs.model.runbook import WORST_FIRST

CRITICAL = frozenset({"critical", "fatal", "emergency", "disaster", "p0", "p1"})
ALARMING = frozenset({"critical", "fatal", "emergency", "disaster", "high", "error", "warning", "p0", "p1", "p2"})
"""Senders' own words that forbid calling an alert cosmetic before anyone has looked."""


CONFIRMED_ERRORS, CONFIRMED_SLOWER = 0.01, 2.0
"""One request of a hundred fails, or answers take twice as long: budgets of 99.9 % are gone within hours."""


class SeverityFacts(NamedTuple):
    """What the rules are applied to."""

    scope: Scope
    service: Service
    alert: Alert
    tiers: Mapping[str, int] = {}
    """Of every service in the catalogue."""
    workers: Collection[str] = ()
    """The services that work off jobs: where one stands still, all wait, and nobody is refused."""

    @property
    def tier(self) -> int:
        return self.service.tier

    @property
    def errors(self) -> float:
        return self.scope.error_rate or 0.0

    @property
    def slower(self) -> float:
        return self.scope.latency_ratio or 1.0

    @property
    def tier_1_errors(self) -> float:
        """The error rate of the tier 1 service that is hit worst, the alerted one or not."""
        rates = self.scope.error_rates.items()
        return max((rate for name, rate in rates if self.tiers.get(name) == 1), default=0.0)

    @property
    def tier_1_is_down(self) -> bool:
        return any(self.tiers.get(name) == 1 for name in self.scope.down if name not in self.workers)

    @property
    def tier_1_jobs_stand_still(self) -> bool:
        down = [name for name in self.scope.down if name in self.workers]
        return any(self.tiers.get(name) == 1 for name in down) or (self._is_worker_down and self.tier == 1)

    @property
    def _is_worker_down(self) -> bool:
        return self.scope.completely_down and self.service.kind == "worker"

    @property
    def is_down(self) -> bool:
        """Whether nothing gets an answer from it; jobs can wait."""
        return self.scope.completely_down and not self._is_worker_down

    @property
    def is_unrefuted(self) -> bool:
        """Whether the alert speaks of lost or opened data, and no check says otherwise."""
        return self.scope.data_at_risk == "unknown" and symptom(self.alert) in ("data", "security")

    @property
    def is_measured_off(self) -> bool:
        """Whether its own error rate or response time bears out what the sender says."""
        return self.scope.abnormal and (self.errors >= CONFIRMED_ERRORS or self.slower >= CONFIRMED_SLOWER)

    @property
    def is_called_serious(self) -> bool:
        """Whether its sender does, in a word of its own or by what that word comes to."""
        return self.alert.severity.lower() in ALARMING or self.alert.hint in ("P1", "P2")

    @property
    def is_met_on_tier_1(self) -> bool:
        """Whether users of a tier 1 service meet it, by any reading."""
        return self.scope.abnormal and any(self.tiers.get(name, self.tier) == 1 for name in self.scope.services)

    @property
    def is_told_by_customers(self) -> bool:
        """Whether several customers tell of something that is more than cosmetic."""
        return bool(told_by_customers(self.alert)) and symptom(self.alert) != "cosmetic"

    @property
    def is_broad(self) -> bool:
        """Three or more services hurt their users, and one of them is of tier 1.

        Where answers are not slow, one request of a hundred has to fail of a service whose errors are known.
        """
        rates, is_slow = self.scope.error_rates, self.slower >= CONFIRMED_SLOWER
        hurt = [n for n in self.scope.services if is_slow or rates.get(n, 1.0) >= CONFIRMED_ERRORS]
        return len(hurt) >= 3 and any(self.tiers.get(name) == 1 for name in hurt)

    @property
    def users(self) -> float:
        return self.scope.users_share or 0.0


@dataclass(frozen=True)
class SeverityRule:
    """A written rule of severity: where it holds, the level is at least this."""

    severity: Severity
    words: str
    holds: Callable[[SeverityFacts], bool]


RULES: tuple[SeverityRule, ...] = (
    SeverityRule("P0", "a tier 1 service is completely down", lambda seen: seen.is_down and seen.tier == 1),
    SeverityRule("P0", "a tier 1 service is completely down", lambda seen: seen.tier_1_is_down),
    SeverityRule("P0", "nearly every request to a tier 1 service fails", lambda seen: seen.tier_1_errors >= DOWN_FROM),
    SeverityRule("P0", "data is lost", lambda seen: seen.scope.data_loss),
    SeverityRule("P0", "data is at risk", lambda seen: seen.scope.data_at_risk == "yes"),
    SeverityRule("P0", "a security breach is suspected", lambda seen: seen.scope.breach_suspected),
    SeverityRule("P1", "a tier 2 service is completely down", lambda seen: seen.is_down and seen.tier == 2),
    SeverityRule("P1", "the jobs of a tier 1 service stand still", lambda seen: seen.tier_1_jobs_stand_still),
    SeverityRule(
        "P1", "the alert tells of lost or opened data, and no check could refute it", lambda seen: seen.is_unrefuted
    ),
    SeverityRule("P1", "error rate 50 % or more on tier 1 or 2", lambda seen: seen.errors >= 0.5 and seen.tier < 3),
    SeverityRule(
        "P1", "latency 10x its baseline or more on tier 1 or 2", lambda seen: seen.slower >= 10 and seen.tier < 3
    ),
    SeverityRule("P1", "error rate 5 % or more on tier 1", lambda seen: seen.errors >= 0.05 and seen.tier == 1),
    SeverityRule(
        "P1", "a quarter of a tier 1 service's users or more", lambda seen: seen.users >= 0.25 and seen.tier == 1
    ),
    SeverityRule("P1", "error rate 5 % or more on tier 1", lambda seen: seen.tier_1_errors >= 0.05),
    SeverityRule(
        "P1",
        "the sender calls it critical, and a tier 1 service is not as usual",
        lambda seen: seen.alert.severity.lower() in CRITICAL and seen.tier == 1 and seen.is_measured_off,
    ),
    SeverityRule("P1", "three or more services are in trouble, one of tier 1 among them", lambda seen: seen.is_broad),
    SeverityRule("P2", "a service is completely down", lambda seen: seen.scope.completely_down),
    SeverityRule("P2", "error rate 2 % or more", lambda seen: seen.errors >= 0.02),
    SeverityRule("P2", "latency 3x its baseline or more", lambda seen: seen.slower >= 3),
    SeverityRule("P2", "users of a tier 1 service meet it", lambda seen: seen.is_met_on_tier_1),
    SeverityRule("P2", "several customers tell of it", lambda seen: seen.is_told_by_customers),
    SeverityRule("P2", "its sender rates it as serious", lambda seen: seen.is_called_serious),
    SeverityRule("P2", "the scope could not be seen", lambda seen: seen.scope.error_rate is None),
)


def floor(
    scope: Scope,
    service: Service,
    alert: Alert,
    tiers: Mapping[str, int] | None = None,
    workers: Collection[str] = (),
) -> SeverityFloor:
    """The lowest severity the rules allow, with every rule of that level that holds."""
    seen = SeverityFacts(scope, service, alert, tiers or {}, workers)
    for severity in WORST_FIRST:
        reasons = [rule.words for rule in RULES if rule.severity == severity and rule.holds(seen)]
        if reasons:
            return SeverityFloor(severity=severity, reasons=list(dict.fromkeys(reasons)))
    return SeverityFloor(severity="P3", reasons=["no rule of a higher level holds"])


def required_floor(scope: Scope, service: str, alert: Alert, catalogue: Catalogue) -> SeverityFloor:
    """The floor for a run's own service; one that the catalogue does not know counts as tier 2."""
    tiers = {name: listed.tier for name, listed in catalogue.services.items()}
    workers = [name for name, listed in catalogue.services.items() if listed.kind == "worker"]
    return floor(scope, catalogue.services.get(service, Service(tier=2)), alert, tiers, workers)
