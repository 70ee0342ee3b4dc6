"""The charts of a run: which services are drawn, in which window, and the moments that explain them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from agents.io.catalogue import Catalogue
from agents.rules.writing.last_look import has_ended_since
from agents.rules.writing.wording import at
from agents.runtime.ledger import Ledger
from graphs.charts.charts import Chart, NumberedMark, Window, charts_of, numbered
from graphs.charts.measurements import Measurements
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts
from graphs.transcript.projections import fold

BEFORE, AFTER = 45, 20
"""Minutes of the runbook that are drawn before the first damage, and after the recovery."""
STALE = 5
"""Minutes of the runbook: what was measured longer ago is not called the present state."""
SERVICES_AT_MOST = 3


class ServiceCharts(NamedTuple):
    """The charts of one service."""

    service: str
    charts: list[Chart]
    is_down: bool
    """Completely, by the newest look: what its curves show is of the time before."""

    @property
    def when_calm(self) -> str:
        """How it stands where none of its curves has left its usual range."""
        if self.is_down:
            return "completely down"
        newest = max(self.charts, key=lambda chart: chart.measured_at)
        return f"not measured since {at(newest.measured_at)}" if newest.is_stale else "as usual"


class RunCharts(NamedTuple):
    """What is drawn of a run."""

    services: list[ServiceCharts]
    """The one that is hurt most first."""
    concerned: list[str]
    """These, and the component that is the cause."""
    marks: list[NumberedMark]
    window: Window
    down: Sequence[str] = ()
    """The services that are completely down by the newest look, up to the recovery."""


def charts_of_run(facts: Facts, measured: Measurements, catalogue: Catalogue, now: datetime) -> RunCharts:
    """Draw what a run measured of the services that are hurt; of the alerted one where none is."""
    window, down = window_of(facts, now), down_now(facts)
    of = [
        ServiceCharts(name, charts_of(measured, name, window, catalogue.objectives_of(name)), name in down)
        for name in _services(facts, measured)
    ]
    services = [one for one in of if one.charts]
    concerned = [*(one.service for one in services), *_component(facts)]
    return RunCharts(services, concerned, numbered(measured, concerned, window), window, down)


def charts_of_events(events: Sequence[Event], catalogue: Catalogue) -> RunCharts | None:
    """Draw what had been measured when the last of a run's events happened; None: nothing."""
    measured = Measurements()
    for event in events:
        measured.take_in(event)
    drawn = charts_of_run(fold(events), measured, catalogue, events[-1].at) if events else None
    return drawn if drawn and drawn.services else None


def down_now(facts: Facts) -> Sequence[str]:
    """The services that are completely down by the newest look, up to the recovery or a later reading of their end."""
    if facts.newest_scope is None or facts.fixed_at is not None:
        return []
    return [name for name in facts.newest_scope.down if not has_ended_since(facts, name)]


def window_of(facts: Facts, now: datetime) -> Window:
    """From some time before the first damage to now, or to some time after the recovery."""
    began = facts.started_at or now
    first = min(began, facts.ledger.first_damage(began) or began)
    over = facts.fixed_at or facts.closed_at
    end = min(now, over + AFTER * facts.minute) if over else now
    return Window(first - BEFORE * facts.minute, max(end, began + facts.minute), STALE * facts.minute)


def _services(facts: Facts, measured: Measurements) -> list[str]:
    """The services that are drawn: the hurt ones first, those hurt most before the others, else the alerted one."""
    ledger: Ledger = facts.ledger
    hurt = ledger.hurt(facts.started_at) if facts.started_at else []
    worst_first = sorted(hurt, key=lambda one: (one.kind != "errors", -(one.worst or 0)))
    names = [*(one.service for one in worst_first), facts.service, *_component(facts)]
    return [name for name in dict.fromkeys(names) if name in measured.curves][:SERVICES_AT_MOST]


def _component(facts: Facts) -> Sequence[str]:
    component = facts.conclusion.component if facts.conclusion else None
    return [component] if component else []
