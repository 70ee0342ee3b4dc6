"""Measurements: the series that a run's readings hold, joined into one curve for each service and signal, and the
moments that mark them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ValidationError

from agents.io.outside_text import clean
from agents.readings.history import DeploymentHistory
from agents.readings.production import ClientSignals, GoldenSignals, InfrastructureState, Series
from agents.rules.diagnosis.signals import Excursion, UsualRange, compare, excursions
from graphs.transcript.event import Event

READINGS: dict[str, type[BaseModel]] = {"golden_signals": GoldenSignals, "client_signals": ClientSignals}
"""Tool -> its reading, where that holds series."""
POINTS_AT_MOST = 2000
"""Samples of one curve that are kept: the newest."""
MarkKind = Literal["alert", "change", "act", "status"]


class Mark(NamedTuple):
    """A moment that explains a curve."""

    at: datetime
    kind: MarkKind
    text: str
    service: str = ""
    """The service that it concerns; empty: the whole incident."""


class Judged(NamedTuple):
    """A curve held against a rule."""

    series: Series
    bad: list[Excursion]
    """The stretches out of the usual range."""
    is_bad_now: bool
    bad_since: datetime | None
    """Since when it is, where that is known."""


@dataclass
class Curve:
    """All samples of one signal of one service that were read so far; a newer reading replaces what it covers."""

    unit: Literal["share", "seconds", "per second", "count"]
    step_seconds: int
    points: list[tuple[datetime, float | None]] = field(default_factory=list[tuple[datetime, float | None]])
    _judged: dict[UsualRange, Judged] = field(default_factory=dict[UsualRange, Judged])

    def take_in(self, series: Series) -> None:
        """Take in another reading of the same signal, with a positive step."""
        fresh = [(series.at(index), value) for index, value in enumerate(series.values)]
        if not fresh:
            return
        before = [point for point in self.points if point[0] < fresh[0][0]]
        after = [point for point in self.points if point[0] > fresh[-1][0]]
        self.step_seconds = series.step_seconds
        self._judged.clear()
        self.points = [*before, *fresh, *after][-POINTS_AT_MOST:]

    def series(self) -> Series:
        """The curve as evenly spaced samples, which the rules can judge."""
        step, last = timedelta(seconds=self.step_seconds), self.points[-1][0]
        start = max(self.points[0][0], last - step * (POINTS_AT_MOST - 1))
        values: list[float | None] = [None] * (round((last - start) / step) + 1)
        for at, value in self.points:
            if at >= start:
                values[round((at - start) / step)] = value
        return Series(unit=self.unit, start=start, step_seconds=self.step_seconds, values=values)

    def judge(self, rule: UsualRange) -> Judged:
        """Hold the curve against a rule; until there is a newer reading, the answer is the same."""
        if rule not in self._judged:
            series = self.series()
            now = compare(series, rule)
            self._judged[rule] = Judged(series, excursions(series, rule), now.abnormal, now.onset)
        return self._judged[rule]


@dataclass
class Measurements:
    """What one run has measured."""

    curves: dict[str, dict[str, Curve]] = field(default_factory=dict[str, dict[str, Curve]])
    """Service -> signal -> curve."""
    read_at: dict[str, str] = field(default_factory=dict[str, str])
    """Ref of an event that holds a reading with series -> the service that was read."""
    saturation_of: dict[str, str] = field(default_factory=dict[str, str])
    """Service -> of what its saturation is the share, by the newest reading; empty where that is not known."""
    set_to: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """Service and parameter, such as "version" -> to what it is set in production, by the newest reading."""
    _marks: dict[tuple[str, str], Mark] = field(default_factory=dict[tuple[str, str], Mark])

    @property
    def marks(self) -> list[Mark]:
        """The moments, oldest first."""
        return sorted(self._marks.values())

    def take_in(self, event: Event) -> None:
        """Take in the next event of the run."""
        payload = event.payload
        match event.kind:
            case "tool_result":
                self._read(event.ref, payload.get("tool", ""), payload.get("value"))
            case "alert" if event.key.endswith("/1"):
                self._mark(event.ref, Mark(event.at, "alert", "alert received"))
            case "result":
                self._mark(event.ref, _act(event.at, payload))
            case "status":
                self._mark(event.ref, Mark(event.at, "status", f"status {payload['status']}"))
            case "resolved":
                self._mark(event.ref, Mark(event.at, "status", "status Resolved"))
            case _:
                return

    def _read(self, ref: str, tool: str, value: Any) -> None:
        """Take in a reading; one that cannot be read any more has no curve."""
        try:
            if tool in READINGS and value is not None:
                self._join(ref, READINGS[tool].model_validate(value))
            elif tool == "deployment_history" and value is not None:
                self._deployments(DeploymentHistory.model_validate(value))
            elif tool == "infrastructure_state" and value is not None:
                state = InfrastructureState.model_validate(value)
                self.set_to[state.service, "replicas"] = str(state.replicas_wanted)
        except ValidationError:
            return

    def _join(self, ref: str, reading: Any) -> None:
        self.read_at[ref] = reading.service
        if isinstance(reading, GoldenSignals):
            self.saturation_of[reading.service] = clean(reading.saturation_of)
        of_service = self.curves.setdefault(reading.service, {})
        for name, series in reading:
            if isinstance(series, Series) and series.step_seconds > 0 and any(map(is_known, series.values)):
                of_service.setdefault(name, Curve(series.unit, series.step_seconds)).take_in(series)

    def _deployments(self, history: DeploymentHistory) -> None:
        if history.running:
            self.set_to[history.service, "version"] = clean(history.running)
        for one in history.deployments:
            text = clean(f"{one.service} {one.version} deployed")
            self._mark(f"{one.version} {one.at.isoformat()}", Mark(one.at, "change", text, one.service))

    def _mark(self, key: str, mark: Mark) -> None:
        self._marks[mark.service, key] = mark


def is_known(value: float | None) -> bool:
    """Whether a sample was measured."""
    return value is not None


def _act(at: datetime, payload: Mapping[str, Any]) -> Mark:
    arguments: dict[str, Any] = payload["arguments"]
    service = str(arguments.get("service", ""))
    what = payload["port"].replace("_", " ")
    how = "" if payload["done"] else " was not done"
    return Mark(at, "act", clean(f"{what} of {service}{how}"), service)
