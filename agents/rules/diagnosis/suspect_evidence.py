"""Suspect evidence: everything that was read of one suspect component, and what it shows."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import BaseModel

from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import DatabaseHealth, ErrorLog, InfrastructureState, LogPattern, SystemMetrics
from agents.readings.splits import SplitSignals
from agents.reports.basis import Claim
from agents.rules.diagnosis import health
from agents.rules.diagnosis.changes import SAMPLING, SUSPECT_FOR_DAYS, Change, changes_of, is_before
from agents.rules.diagnosis.component import ComponentState, is_degraded
from agents.rules.diagnosis.inquiry import ask, refs, unseen
from agents.rules.diagnosis.log_classes import EXPIRY, LogClass, class_of, meaning, runs_out_at
from agents.rules.diagnosis.release_grounds import dark_dependencies, is_calm_below, is_tied, unseen_dependencies
from agents.rules.diagnosis.signals import CPU, DISK, MEMORY_USE, NETWORK, SignalChange, compare
from agents.rules.diagnosis.survey import A_DAY, Survey
from agents.rules.writing.wording import apart, at, listed, on, short
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.port import AnyPort, Port
from agents.tools.ports import (
    database_health,
    deployment_history,
    error_log,
    infrastructure_state,
    split_signals,
    system_metrics,
)

TOOLS: tuple[AnyPort, ...] = (
    system_metrics,
    error_log,
    deployment_history,
    infrastructure_state,
    database_health,
    split_signals,
)
Value = TypeVar("Value", bound=BaseModel)
RELEASE_SHOWS_WITHIN = 30
"""Minutes of the runbook. A bad release shows itself within this time."""
ALONE_SHOWS_WITHIN = 120
"""Minutes of the runbook within which new errors that one version alone writes are its own, whatever they speak of."""
SUSPECT_FOR = 24 * 60
"""Minutes of the runbook for which a version is suspected of new errors in its own code, however late they show."""
HISTORY_HOURS = 24 * SUSPECT_FOR_DAYS

ALMOST_AT_ONCE = 6
"""Minutes of the runbook within which what is noticed in samples and what is told to the minute are one event."""
ALWAYS_WRITTEN_WITHIN = 10
"""Minutes of the runbook from the beginning of a log's window in which whatever is always written has come up once."""
LOUD = 10
"""So many times as often as all new errors together a new warning is what happens, and not a remark beside it."""
MACHINE = re.compile(
    r"node|host|hardware|disk|volume|zone|rack|power|preempt|spot|evict|stopped reporting|unreachable|kernel|instance"
    r"|\blink\b|\beth\d|\bnic\b|packets?\b|network card|soft lockup|hung task|machine check",
    re.IGNORECASE,
)
ONE_CUSTOMER = re.compile(
    r"\b(?:tenant|customer|merchant|account|organi[sz]ation|workspace|client)[ =:#]+\d[\w-]*", re.IGNORECASE
)
PROCESS = re.compile(r"\boom|out of memory|probe|crash|back-?off|exit code|hung|deadlock|image", re.IGNORECASE)


@dataclass
class SuspectEvidence:
    """The readings of one suspect."""

    component: ComponentState
    system: Reading[SystemMetrics]
    log: Reading[ErrorLog]
    history: Reading[DeploymentHistory]
    infrastructure: Reading[InfrastructureState]
    database: Reading[DatabaseHealth]
    minute: timedelta
    """How long a minute of the runbook lasts."""
    onset: datetime | None
    """When it began to fail, as far as anything says."""
    is_guess: bool = False
    """The onset is no better than the time of the alert."""
    began_long_ago: bool = False
    """The onset lies before the hours that were surveyed."""
    changes: list[Change] = field(default_factory=list[Change])
    """What its record says was done to it, oldest first."""
    changes_beside: list[Change] = field(default_factory=list[Change])
    """What was done to what it uses itself, and what the ledger of changes knows besides."""
    unseen_dependencies: list[str] = field(default_factory=list[str])
    """What it depends on, of which neither its calls nor readings of its own say how it does."""
    dark_dependencies: list[str] = field(default_factory=list[str])
    """What it depends on, of which nothing at all is known: these, and what nothing is connected for."""
    splits: Reading[SplitSignals] | None = None
    callers_suffer: Claim | None = None
    """That a caller which was not deployed at that time sees its calls fail or slow down."""
    is_calm_below: bool = False
    """Whether all that it depends on was seen, and does as usual."""
    surveyed_from: datetime | None = None
    """When the hours that were surveyed begin."""

    @property
    def readings(self) -> list[Reading[SystemMetrics] | Reading[ErrorLog] | Reading[DeploymentHistory]]:
        return [self.system, self.log, self.history]

    @property
    def missing(self) -> list[str]:
        return unseen([*self.readings, self.infrastructure])

    @property
    def cites(self) -> list[str]:
        return refs([*self.readings, self.infrastructure, self.database])

    def resources(self) -> dict[str, SignalChange]:
        """CPU, memory, network and disk against their past."""
        if self.system.value is None:
            return {}
        metrics = self.system.value
        pairs = ((metrics.cpu, CPU), (metrics.memory, MEMORY_USE), (metrics.network, NETWORK), (metrics.disk, DISK))
        return {rule.name: compare(series, rule) for series, rule in pairs}

    def scarce(self) -> list[Claim]:
        """Resources that ran short no later than the failure began."""
        claims = [
            Claim(text=f"{self.component.name}: {change}", cites=[self.system.ref])
            for change in self.resources().values()
            if change.abnormal and self._comes_first(change.onset)
        ]
        claims += [
            Claim(text=f"{self.component.name} logs “{short(p.signature)}” {p.count} times", cites=[self.ref_of(p)])
            for p in self.new_patterns()
            if self._speaks_of(p).group in ("platform", "damage")
        ]
        return claims

    def _comes_first(self, onset: datetime | None) -> bool:
        return onset is None or self.onset is None or onset <= self.onset + ALMOST_AT_ONCE * self.minute

    def memory_climb(self) -> SignalChange | None:
        """Memory that has been climbing since before the failure."""
        change = self.resources().get("memory")
        return change if change and change.abnormal and self._comes_first(change.onset) else None

    def broken(self) -> list[Claim]:
        """Machines and replicas that are not as they should be."""
        state = self.infrastructure.value
        if state is None:
            return []
        ailing = health.ailing(state) if self.component.is_failing else []
        return [Claim(text=text, cites=[self.infrastructure.ref]) for text in [*health.not_ready(state), *ailing]]

    def restarts(self) -> int:
        return self.infrastructure.value.restarts_last_hour if self.infrastructure.value else 0

    def exhausted(self) -> list[Claim]:
        """What the database has run out of, or drowns in."""
        found = health.exhausted(self.database.value) if self.database.value else []
        return [Claim(text=text, cites=[self.database.ref]) for text in found]

    @property
    def exhausted_store(self) -> str:
        """The store that this is said of, where it is another component than the one that was asked about."""
        name = self.database.value.database if self.database.value else ""
        return name if name != self.component.name and name in self.component.depends_on else ""

    def slow_queries(self) -> Claim | None:
        text = health.slow_queries(self.database.value) if self.database.value else ""
        return Claim(text=text, cites=[self.database.ref]) if text else None

    def new_patterns(self) -> list[LogPattern]:
        """Error patterns that began with the failure, most frequent first."""
        patterns = [*self.log.value.patterns] if self.log.value else []
        client = self.component.client
        patterns += client.value.patterns if client and client.value else []
        # What stands still fails no request: its warnings are all that it says of it.
        silent = self.component.stands_still and self.onset is not None
        errors = [p for p in patterns if (p.level != "warning" or silent) and p.count >= 3]
        if self.onset is not None:
            errors = [p for p in errors if p.first_seen >= self.new_since(self.onset)]
        if not silent:
            rest = sum(pattern.count for pattern in errors)
            loud = [p for p in self.new_warnings() if p.count >= LOUD * max(rest, 1)]
            errors += [p for p in loud if meaning(p.signature) == "platform"]
        return sorted(errors, key=lambda p: -p.count)

    def ref_of(self, pattern: LogPattern) -> str:
        """The reading that a line stands in: the error log, or what browsers report."""
        written = self.log.value.patterns if self.log.value else []
        client = self.component.client
        return client.ref if client is not None and pattern not in written else self.log.ref

    def new_warnings(self) -> list[LogPattern]:
        """Warnings that began with the failure; where its beginning is not known, within the log's window."""
        patterns = self.log.value.patterns if self.log.value else []
        return [p for p in patterns if p.level == "warning" and p.count >= LOUD and self.is_new(p)]

    def is_new(self, pattern: LogPattern) -> bool:
        """Whether a line began with the failure; where its beginning is not known, within the log's window."""
        if self.onset is not None:
            return pattern.first_seen >= self.new_since(self.onset)
        return self.log.value is not None and _is_new_in(self.log.value, pattern, self.minute)

    def new_since(self, onset: datetime) -> datetime:
        """From when on a line is new; of a slow climb, whose beginning is not known to the minute, all of its day."""
        return onset - (A_DAY if self.began_long_ago else ALMOST_AT_ONCE) * self.minute

    def aligned(self) -> Deployment | None:
        """The deployment of this component that came shortly before it began to fail."""
        deployments = self.history.value.deployments if self.history.value else []
        climb = self.memory_climb()
        onsets = [o for o in (self.onset, climb.onset if climb else None) if o is not None]
        by_time = next((d for d in reversed(deployments) if any(lines_up(d, o, self.minute) for o in onsets)), None)
        alone = next((d for d in reversed(deployments) if self._writes_alone_since(d)), None)
        return by_time or alone or next((d for d in reversed(deployments) if self.fails_in_its_code(d)), None)

    def fails_in_its_code(self, deployment: Deployment) -> bool:
        """Whether a version that is not a day old alone writes new errors of its code: it may show itself late."""
        alone = self.only_new_version(deployment)
        if self.onset is None or alone is None or alone.count < 5 or not in_place(deployment):
            return False
        others = [c for c in (*self.changes, *self.changes_felt_beside()) if c.kind != "release"]
        if any(is_before(change.at, self.onset, self.minute, RELEASE_SHOWS_WITHIN) for change in others):
            return False  # what was changed just before is nearer
        kind, began = class_of(alone.signature), min(self.onset, alone.first_seen)
        within = SUSPECT_FOR if kind.group == "code" else ALONE_SHOWS_WITHIN
        # With one version running, every line is by it alone: what names no mechanism says nothing so late.
        says = kind.group in ("code", "platform", "damage") and not kind.remedy
        return says and is_before(deployment.at, began, self.minute, within)

    def changes_felt_beside(self) -> list[Change]:
        """What was done to what it uses, apart from what it calls and finds as it always does."""
        calls = self.component.calls.value.calls if self.component.calls and self.component.calls.value else []
        calm = {call.to for call in calls if not is_degraded(call)}
        return [change for change in self.changes_beside if change.service not in calm]

    def _writes_alone_since(self, deployment: Deployment) -> bool:
        """Whether its own errors began with it, though something else failed before."""
        alone = self.only_new_version(deployment)
        return alone is not None and alone.count >= 5 and lines_up(deployment, alone.first_seen, self.minute)

    def timing(self, deployment: Deployment) -> str:
        """When a version was deployed, against the onset, in words."""
        return timing(deployment, self.onset, self.minute)

    def only_new_version(self, deployment: Deployment) -> LogPattern | None:
        """A new error pattern that the deployed version alone writes, and that something ties to that version.

        Where no other version runs, every line is by it alone, which says nothing. It is tied to it where another
        version runs beside it and does not write it, and where it names a place in our code or what was released.
        """
        own = (p for p in self.own_errors() if p.versions == [deployment.version])
        return next((p for p in own if self._is_beside(deployment, p) or is_tied(deployment, p)), None)

    def _is_beside(self, deployment: Deployment, pattern: LogPattern) -> bool:
        """Whether another version has been writing lines of its own for as long as the pattern lasts."""
        written = self.log.value.patterns if self.log.value else []
        others = [p for p in written if len(p.versions) == 1 and p.versions != [deployment.version]]
        return any(p.last_seen > pattern.first_seen + SAMPLING * self.minute for p in others)

    def unread(self) -> list[Claim]:
        """What would tell a release from other causes and could not be read, though something is connected for it.

        What nobody has connected is no gap that a person could close now; without any record of what it runs on,
        even that is.
        """
        name, found = self.component.name, list[Claim]()
        refusal = self.log.refusal
        if self.log.value is None and self.fails_alone:
            pass  # its log would say more, but its callers and all around it have said that it is this one
        elif self.log.value is None and (refusal is None or refusal.error != "not connected"):
            found.append(Claim(text=f"the error log of {name} could not be read", cites=[self.log.ref]))
        elif self.log.value is None and self.infrastructure.value is None:
            text = f"neither the error log of {name} nor what it runs on can be seen"
            found.append(Claim(text=text, cites=[self.log.ref, self.infrastructure.ref]))
        if self.unseen_dependencies:
            text = f"how {listed(self.unseen_dependencies)} does, which {name} depends on, could not be read"
            found.append(Claim(text=text, cites=refs([self.component.calls]) or [self.history.ref]))
        return found

    @property
    def fails_alone(self) -> bool:
        """Whether those who call it fail, and nothing that it depends on or runs on does."""
        is_seen_below = self.is_calm_below and self.infrastructure.value is not None and self.system.value is not None
        return self.callers_suffer is not None and is_seen_below and not (self.broken() or self.scarce())

    def refused_by_platform(self) -> tuple[LogClass, LogPattern] | None:
        """What most of the new error lines say of what it runs on, where a declared change would not mend it."""
        patterns = self.new_patterns() if self.onset is not None else self.own_errors()
        total = sum(pattern.count for pattern in patterns)
        found = [(self._speaks_of(p), p) for p in patterns]
        return next(((kind, p) for kind, p in found if kind.remedy and p.count >= total / 2), None)

    def _speaks_of(self, pattern: LogPattern) -> LogClass:
        """The class of a line; one that names the moment at which the failure began tells what has run out then."""
        kind, named = class_of(pattern.signature), runs_out_at(pattern.signature)
        if self.onset is None or named is None or kind.remedy:
            return kind
        return EXPIRY if abs((named - self.onset) / self.minute) <= ALMOST_AT_ONCE else kind

    @property
    def whose(self) -> str:
        """The one customer that new errors name, in words; empty where they name none or several.

        A signature has its changing parts taken out: a number that is left in it is the same in every line.
        """
        named = {found.group(0) for p in self.new_patterns() for found in [ONE_CUSTOMER.search(p.signature)] if found}
        return f", for {named.pop()} alone by its error lines" if len(named) == 1 else ""

    def own_errors(self) -> list[LogPattern]:
        """New error patterns that do not merely tell of another system."""
        return [p for p in self.new_patterns() if meaning(p.signature) != "elsewhere"]


def is_of_the_machine(reason: str) -> bool:
    """Whether a reason speaks of the machine, and not of what runs on it (out of memory, failed probes, crashes)."""
    return bool(MACHINE.search(reason)) and not PROCESS.search(reason)


def in_place(deployment: Deployment) -> bool:
    """Whether a deployment took place and was not undone since."""
    return deployment.status not in ("rolled back", "failed")


def lines_up(deployment: Deployment, onset: datetime, minute: timedelta) -> bool:
    """Whether a failure began within reach of a deployment that took place and is still in place."""
    return in_place(deployment) and is_before(deployment.at, onset, minute, RELEASE_SHOWS_WITHIN)


def deployed(deployment: Deployment) -> str:
    """When a version was deployed, in words."""
    return f"{deployment.service} {deployment.version} was deployed at {on(deployment.at)}"


def timing(deployment: Deployment, onset: datetime | None, minute: timedelta) -> str:
    """When a version was deployed, and how long before or after the onset, in words."""
    if onset is None:
        return deployed(deployment)
    gap, order = apart(deployment.at, onset, minute), "before" if onset >= deployment.at else "after"
    told = f"{gap} min {order} the failure began at {at(onset, deployment.at)}"
    return f"{deployed(deployment)}, {told if gap else 'and the failure began within a minute of that'}"


async def read_evidence(
    context: DutyContext, survey: Survey, component: ComponentState, onset: datetime | None, is_guess: bool = False
) -> SuspectEvidence:
    """Read everything about one suspect. A guessed onset gives way to the first new error in the log."""
    name, minutes = component.name, _minutes(survey, component.onset or onset)
    system, log, history, infrastructure, database, splits = await asyncio.gather(
        ask(context, system_metrics, name, min(360, minutes + 120)),
        ask(context, error_log, name, minutes),
        ask(context, deployment_history, name, HISTORY_HOURS),
        _once(component.infrastructure, context, infrastructure_state, name),
        _once(component.database, context, database_health, name),
        ask(context, split_signals, name),
    )
    first = _first_new_error(log.value, survey.minute) if is_guess and log.value else None
    known = component.onset or first or onset
    is_guess = is_guess and first is None
    read = (system, log, history, infrastructure, database)
    long_ago = minutes > survey.minutes
    around = [other.infrastructure for other in survey.components.values()]
    return SuspectEvidence(
        component,
        *read,
        survey.minute,
        known,
        is_guess,
        long_ago,
        changes_of(infrastructure, survey.now, around),
        unseen_dependencies=unseen_dependencies(survey, component),
        surveyed_from=survey.now - survey.minutes * survey.minute,
        dark_dependencies=dark_dependencies(survey, component),
        splits=splits,
        is_calm_below=is_calm_below(survey, component),
    )


def _minutes(survey: Survey, onset: datetime | None) -> int:
    """How far back the log is read: to before the onset, where that is known to lie further back than the survey."""
    is_older = onset is not None and (survey.now - onset) / survey.minute > survey.minutes
    return 2 * A_DAY if is_older else survey.minutes


async def _once(
    known: Reading[Value] | None, context: DutyContext, port: Port[[str], Value], name: str
) -> Reading[Value]:
    """What the survey has read already, else what is read now."""
    return known or await ask(context, port, name)


def _first_new_error(log: ErrorLog, minute: timedelta) -> datetime | None:
    """When errors began that were not there when the window began."""
    errors = [p for p in log.patterns if p.level != "warning" and p.count >= 5]
    return min((p.first_seen for p in errors if _is_new_in(log, p, minute)), default=None)


def _is_new_in(log: ErrorLog, pattern: LogPattern, minute: timedelta) -> bool:
    began = min((other.first_seen for other in log.patterns), default=pattern.first_seen)
    return pattern.first_seen > began + ALWAYS_WRITTEN_WITHIN * minute
