"""Act evidence: what is read of a service to see whether a mechanism calls for one of the acts that it declares."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from agents.readings.production import LogPattern
from agents.readings.splits import Dimension, Split, SplitSignals
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.recorded_changes import HOURS, in_full
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.port import AnyPort, Port
from agents.tools.ports import (
    change_history,
    data_safety,
    database_health,
    error_log,
    infrastructure_state,
    split_signals,
    system_metrics,
)
from agents.tools.reported_events import change_in

Value = TypeVar("Value", bound=BaseModel)
RECENT = 10
"""Minutes of the runbook over which requests are split."""
LONG = 360
"""Minutes over which a tenant's or an endpoint's usual requests are counted."""
INSTANCES = (split_signals, infrastructure_state)
READS: dict[str, tuple[AnyPort, ...]] = {
    "restart_instance": INSTANCES,
    "drain_instance": INSTANCES,
    "replace_instance": INSTANCES,
    "limit_tenant": (split_signals,),
    "limit_route": (split_signals,),
    "block_addresses": (data_safety,),
    "switch_flag": (infrastructure_state, change_history),
    "revert_setting": (infrastructure_state, change_history),
    "rotate_credential": (error_log, data_safety),
    "end_session": (database_health,),
    "pause_job": (infrastructure_state, change_history, error_log, database_health, system_metrics),
    "free_disk": (system_metrics, error_log),
    "reroute_region": (split_signals,),
    "restore_backup": (data_safety, database_health),
}
"""Declared act -> what tells whether it is called for."""
TOOLS: tuple[AnyPort, ...] = tuple(dict.fromkeys(port for ports in READS.values() for port in ports))
COMPARED_WITH_BEFORE = ("limit_tenant", "limit_route")
ARGUMENTS: dict[str, tuple[int, ...]] = {
    "change_history": (HOURS,),
    "system_metrics": (LONG,),
}


class ToldChange(BaseModel):
    """A flag or a setting that was changed, as the service's system or the ledger of changes tells it."""

    kind: str
    at: datetime
    words: str
    old: str
    ref: str


@dataclass(frozen=True)
class ActEvidence:
    """What was read of one service."""

    service: str
    briefing: Briefing
    hypothesis: Hypothesis | None
    """The one that was concluded; None while the cause is not known."""
    readings: dict[str, Reading[Any]] = field(default_factory=dict[str, Reading[Any]])
    before: Reading[SplitSignals] | None = None
    """The splits of a long window, where usual requests have to be known."""

    def reading(self, port: Port[..., Value]) -> Reading[Value] | None:
        """What a port answered; None where it was not asked or did not answer."""
        found = self.readings.get(port.name)
        return found if found is not None and found.value is not None else None

    def value(self, port: Port[..., Value]) -> Value | None:
        """The answer itself."""
        found = self.reading(port)
        return found.value if found else None

    def ref(self, port: AnyPort) -> list[str]:
        """The event to cite for it."""
        found = self.reading(port)
        return [found.ref] if found else []

    def split(self, by: Dimension, usual: bool = False) -> Split | None:
        """How the requests fare by one dimension; `usual`: in the long window."""
        signals = (self.before.value if self.before else None) if usual else self.value(split_signals)
        return next((split for split in (signals.splits if signals else []) if split.by == by), None)

    @property
    def minutes(self) -> tuple[int, int]:
        """Over how many minutes its requests are split, and over how many in the long window."""
        signals, before = self.value(split_signals), self.before.value if self.before else None
        return max(1, signals.minutes if signals else RECENT), before.minutes if before else LONG

    @property
    def onset(self) -> datetime:
        """When it began, as far as is known."""
        first = self.briefing.ledger.first_damage(self.briefing.detected_at)
        known = self.hypothesis.onset if self.hypothesis else None
        return known or first or self.briefing.detected_at

    def log(self) -> list[LogPattern]:
        """Its error lines."""
        found = self.value(error_log)
        return [pattern for pattern in (found.patterns if found else []) if pattern.level != "warning"]

    def changes(self) -> Iterator[ToldChange]:
        """What was changed on it, newest first."""
        return iter(sorted(self._changes(), key=lambda change: change.at, reverse=True))

    def _changes(self) -> Iterator[ToldChange]:
        state, history = self.reading(infrastructure_state), self.reading(change_history)
        for event in state.value.events if state and state.value else []:
            told = change_in(event, self.briefing.now)
            if state and told and not told.has_failed:
                yield ToldChange(kind=told.kind, at=told.at, words=told.says, old=told.old, ref=state.ref)
        for one in history.value.changes if history and history.value else []:
            if history and one.status == "succeeded":
                yield ToldChange(kind=one.kind, at=one.at, words=in_full(one), old=one.old, ref=history.ref)


async def read_for(
    actions: Iterable[str], evidence: ActEvidence, context: DutyContext, recent: int = RECENT
) -> ActEvidence:
    """Read what tells whether these acts of a service are called for. `recent`: minutes over which it is split."""
    wanted = list(actions)
    ports = list(dict.fromkeys(port for action in wanted for port in READS[action]))
    arguments = {**ARGUMENTS, split_signals.name: (recent,)}
    found = await asyncio.gather(
        *(ask(context, port, evidence.service, *arguments.get(port.name, ())) for port in ports)
    )
    compares = any(action in COMPARED_WITH_BEFORE for action in wanted)
    before = await ask(context, split_signals, evidence.service, LONG) if compares else None
    readings = {port.name: reading for port, reading in zip(ports, found, strict=True)}
    return ActEvidence(evidence.service, evidence.briefing, evidence.hypothesis, readings, before)
