"""Events of a run with readings of a service, for charts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from graphs.transcript.event import Event

START = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Values = list[float | None]


def series(values: Values, unit: str = "share", start: datetime = START, step: int = 60) -> dict[str, Any]:
    return {"unit": unit, "start": start.isoformat(), "step_seconds": step, "values": values}


def golden(errors: Values, service: str = "shop", start: datetime = START, **others: Values) -> dict[str, Any]:
    """A reading of the four golden signals; what is not given is calm."""
    calm: dict[str, tuple[str, float]] = {
        "traffic": ("per second", 50.0),
        "latency": ("seconds", 0.1),
        "saturation": ("share", 0.3),
    }
    drawn = {name: series(others.get(name, [value] * len(errors)), unit, start) for name, (unit, value) in calm.items()}
    return {"service": service, "error_rate": series(errors, start=start), **drawn}


def event(
    kind: str, key: str = "main/s2_look#1/x", at: datetime = START, ref: str = "0a1b2c3d", **payload: Any
) -> Event:
    return Event(
        seq=7,
        at=at,
        kind=kind,
        lane="main",
        role="",
        duty="",
        rows=[],
        payload=payload,
        ref=ref,
        key=key,
    )


def result(tool: str, value: dict[str, Any], ref: str = "0a1b2c3d") -> Event:
    return event("tool_result", ref=ref, tool=tool, arguments={}, call="c", value=value)
