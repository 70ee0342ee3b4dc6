"""Digests of long series: what a model is shown of a tool's answer at first, in place of some hundred samples."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, cast

from agents.readings.production import Series

LATEST = 15
"""Samples at the end of a series that are shown, where it left its usual range; else its last one."""
EXPECTED_STEP = 60
"""Seconds between samples, unless a digest says otherwise."""
A_DAY = 24 * 60 * 60
LONG = 2 * LATEST
"""A series with more samples than this is digested."""
IN_A_ROW = 3
"""Samples out of range, one after another, that make a departure; so many in range end it."""
SPREADS = 5
"""Median deviations from the usual value at which the usual range ends."""
LEAST_WIDTH = 0.1
"""Of the usual value: a range is at least so wide to each side. A steady series would have none."""


def digested(value: Any) -> Any:
    """A tool's answer with its long series digested, and without fields that hold nothing."""
    return _in_fields(value, _digest)


def sketched(value: Any) -> Any:
    """The same without the latest samples, but for the last one."""
    return _in_fields(value, _sketch)


def filled(value: Any) -> Any:
    """A tool's answer without fields that hold nothing."""
    return _in_fields(value, None)


def _in_fields(value: Any, digest: Callable[[Series], dict[str, Any]] | None) -> Any:
    if isinstance(value, list):
        return [_in_fields(part, digest) for part in cast(list[Any], value)]
    if not isinstance(value, Mapping):
        return value
    fields = cast(Mapping[str, Any], value)
    if fields.keys() == Series.model_fields.keys():
        is_long = len(fields["values"]) > LONG
        return digest(Series.model_validate(fields)) if digest and is_long else dict(fields)
    return {name: _in_fields(part, digest) for name, part in fields.items() if part is not None and part != ""}


def _digest(series: Series) -> dict[str, Any]:
    """The usual value and range, when it left that, was furthest from it and came back, and the latest samples."""
    known = [(place, value) for place, value in enumerate(series.values) if value is not None]
    steps = {} if series.step_seconds == EXPECTED_STEP else {"step_seconds": series.step_seconds}
    past, departure = _against_its_past(series, known) if known else ({}, {})
    if not departure:
        return {"unit": series.unit, **steps, **past, **(_now(series, *known[-1]) if known else {})}
    first = len(series.values) - LATEST
    latest = [value if value is None else _short(value, series.unit) for value in series.values[first:]]
    return {"unit": series.unit, **steps, **past, **departure, "latest_from": _time(series, first), "latest": latest}


def _sketch(series: Series) -> dict[str, Any]:
    """The departure and the last sample; of a series that stayed in its range what is usual, and the last sample."""
    last = next(((n, v) for n, v in reversed(list(enumerate(series.values))) if v is not None), None)
    digest = _digest(series)
    hidden = ("latest", "latest_from") if "left_its_range_at" in digest else ("unit", "usual_range")
    told = {name: part for name, part in digest.items() if name not in hidden}
    return {**told, **(_now(series, *last) if last else {})}


def _now(series: Series, place: int, value: float) -> dict[str, Any]:
    """The last sample, with its time where later ones are missing."""
    is_old = place < len(series.values) - 1
    return {"now": _short(value, series.unit), **({"last_seen": _time(series, place)} if is_old else {})}


def _against_its_past(series: Series, known: list[tuple[int, float]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is usual, by the first half of what is known, and the departure from it: incidents are mostly younger."""
    past = [value for _, value in known[: max(1, len(known) // 2)]]
    usual = median(past)
    width = max(SPREADS * median(abs(value - usual) for value in past), LEAST_WIDTH * abs(usual))
    bounds = [_short(usual - width, series.unit), _short(usual + width, series.unit)]
    told = {"usual": _short(usual, series.unit), "usual_range": bounds}
    out = [abs(value - usual) > width for _, value in known]
    left = next((n for n in range(len(out) - IN_A_ROW + 1) if all(out[n : n + IN_A_ROW])), None)
    if left is None:
        return told, {}
    place, furthest = max(known[left:], key=lambda sample: abs(sample[1] - usual))
    departure: dict[str, Any] = {
        "left_its_range_at": _time(series, known[left][0]),
        "furthest": _short(furthest, series.unit),
        "furthest_at": _time(series, place),
    }
    if not any(out[-IN_A_ROW:]):
        back = max(n for n, is_out in enumerate(out) if is_out) + 1
        departure["back_since"] = _time(series, known[back][0])
    return told, departure


def _short(value: float, unit: str) -> float:
    """Three digits are enough to judge by; what is counted stays whole."""
    short = value if unit == "count" else float(f"{value:.3g}")
    return int(short) if short.is_integer() else short


def _time(series: Series, place: int) -> str:
    """The time of a sample, UTC; without its day in a window of less than one."""
    is_short = series.step_seconds * len(series.values) < A_DAY
    return series.at(place).strftime("%H:%M" if is_short else "%Y-%m-%dT%H:%MZ")
