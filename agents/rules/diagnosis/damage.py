"""Damage in a reading: the stretches in which users of a service were hurt, by its own signals."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from agents.io.catalogue import Catalogue, Objectives
from agents.readings.production import ClientSignals, GoldenSignals, Series
from agents.rules.diagnosis.component import are_few, worst_share
from agents.rules.diagnosis.signals import (
    COLLAPSE,
    NOTICED_SECONDS,
    SCRIPT_ERRORS,
    UsualRange,
    error_rule,
    excursions,
    latency_rule,
)
from agents.runtime.ledger import Damage, DamageKind

SLOW = UsualRange("latency", ratio=2, rise=NOTICED_SECONDS)
"""Twice the usual time, and so much more of it that people notice."""
HALF_A_DAY = 12 * 60
"""Minutes of the runbook from which on a series is held against its beginning: what climbs for so long moves any
other baseline."""
SLOW_PAGES = UsualRange("page load", ratio=1.5, rise=0.5)
BUSY_FROM = 1.0
"""Requests a second from which a fall of the traffic says something: fewer come and go by chance."""
Measured = tuple[DamageKind, Series, UsualRange]
LEAST = 3
"""Bad samples that make a stretch: one or two are noise."""


def seen_in(tool: str, value: Mapping[str, Any], minute: timedelta, catalogue: Catalogue) -> list[Damage]:
    """The damage that an answer of a tool shows, in a run whose minutes last so long.

    Without citations: they are the event that holds the answer.
    """
    if tool == "golden_signals":
        signals = GoldenSignals.model_validate(value)
        return list(_in_golden(signals, minute, catalogue.objectives_of(signals.service)))
    if tool == "client_signals":
        return list(_in_client(ClientSignals.model_validate(value), minute))
    return []


def _in_golden(signals: GoldenSignals, minute: timedelta, objectives: Objectives) -> Iterator[Damage]:
    measured: list[Measured] = [
        ("errors", signals.error_rate, error_rule(objectives)),
        ("slow", signals.latency, latency_rule(objectives, SLOW)),
    ]
    known = [value for value in signals.traffic.values if value is not None]
    if known and max(known) >= BUSY_FROM:
        measured.append(("lost traffic", signals.traffic, COLLAPSE))
    for kind, series, rule in measured:
        for stretch in _stretches(signals.service, kind, series, _held_against(series, rule, minute)):
            since, until = stretch.since, stretch.until
            if kind == "errors" and not are_few(signals, since, until):
                worst = worst_share(signals, since, until)
                yield stretch if worst is None else stretch.model_copy(update={"worst": worst})
            if kind != "errors":
                yield stretch


def _in_client(signals: ClientSignals, minute: timedelta) -> Iterator[Damage]:
    measured: list[Measured] = [
        ("client errors", signals.script_errors, SCRIPT_ERRORS),
        ("slow pages", signals.page_load, SLOW_PAGES),
    ]
    for kind, series, rule in measured:
        yield from _stretches(signals.service, kind, series, _held_against(series, rule, minute))


def _held_against(series: Series, rule: UsualRange, minute: timedelta) -> UsualRange:
    """The rule as it holds for a series of this length."""
    lasts = len(series.values) * timedelta(seconds=series.step_seconds)
    return replace(rule, moving=False) if lasts >= HALF_A_DAY * minute else rule


def _stretches(service: str, kind: DamageKind, series: Series, rule: UsualRange) -> Iterator[Damage]:
    for found in excursions(series, rule):
        if found.samples >= LEAST:
            yield Damage(
                service=service,
                kind=kind,
                since=found.since,
                until=found.until,
                is_open=found.is_open,
                worst=found.worst,
            )
