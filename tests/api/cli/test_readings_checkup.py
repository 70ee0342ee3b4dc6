"""The doctor reads the signals of each service once, and says what it finds none of."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.readings.production import GoldenSignals, Refusal, Series
from agents.tools.port import Driver, Unanswered
from api.cli.readings_checkup import DO, examine_readings, read_once
from graphs.maintenance.doctor import Finding

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SIGNALS = ("traffic", "error_rate", "latency", "saturation")


def that_measures(*measured: str) -> Driver:
    """A driver that answers one sample of these signals, and none of the others."""

    async def read(service: str) -> GoldenSignals:
        values = {name: 0.5 if name in measured else None for name in SIGNALS}
        series: dict[str, Any] = {
            name: Series(unit="share", start=NOON, step_seconds=60, values=[values[name]]) for name in SIGNALS
        }
        return GoldenSignals(service=service, **series)

    return read


@pytest.mark.parametrize(
    ("measured", "state", "says"),
    [
        (SIGNALS, "ok", "shop: there is traffic, error rate and latency"),
        (("traffic", "latency"), "warning", "shop: there is traffic and latency; no samples of error rate"),
        (
            ("saturation",),
            "warning",
            "shop: there is nothing of requests; no samples of traffic, error rate and latency",
        ),
    ],
)
async def test_signals_of_which_there_is_no_sample_are_named(measured: list[str], state: str, says: str) -> None:
    found = await read_once("shop", that_measures(*measured))
    assert (found.state, found.says, found.do) == (state, says, "" if state == "ok" else DO)


async def test_a_system_that_has_nothing_is_told_with_what_it_said() -> None:
    async def refuse(service: str) -> GoldenSignals:
        raise Unanswered(Refusal(error="no data", said="up{job=shop}: no series"))

    assert await read_once("shop", refuse) == Finding(
        "signals", "warning", "shop: no data: up{job=shop}: no series", DO
    )


def examined(folder: Path, kind: str) -> list[Finding]:
    (folder / "catalogue.yaml").write_text(
        f"services: {{shop: {{kind: {kind}, observe: {{metrics: {{driver: prometheus, url: 'http://127.0.0.1:1'}}}}}}}}"
    )
    return examine_readings(folder / "catalogue.yaml", VirtualClock(NOON))


def test_whoever_serves_requests_is_read_by_the_entry_of_the_catalogue(tmp_path: Path) -> None:
    (found,) = examined(tmp_path, "web")
    assert found.says.startswith("shop: failed: ")
    assert "127.0.0.1:1" in found.says


@pytest.mark.parametrize("kind", ["database", "no_such_kind"])
def test_a_database_is_not_asked_for_requests_nor_what_cannot_be_read(tmp_path: Path, kind: str) -> None:
    assert examined(tmp_path, kind) == []
