"""The readings' part of `warroom doctor`: whether the entry for the signals of each service finds any."""

import asyncio
from pathlib import Path

from agents.io import catalogue
from agents.io.clock import Clock
from agents.io.redaction import beginning
from agents.readings.production import GoldenSignals
from agents.rules.writing.wording import listed
from agents.tools.connections import CatalogueConnections
from agents.tools.port import PORTS, Driver, Unanswered
from graphs.maintenance.doctor import Finding

NAME = "signals"
SIGNALS = {"traffic": "traffic", "error_rate": "error rate", "latency": "latency"}
"""Those by which requests are judged -> in words."""
DO = "see there what it has under which names, and correct the entry: for Prometheus selector, errors or queries"


def examine_readings(file: Path, clock: Clock) -> list[Finding]:
    """Read the golden signals of every service for which a system is named, once and at the same time."""
    try:
        known = catalogue.load(file)
        connections = CatalogueConnections(known, clock)
    except catalogue.CatalogueError:
        return []  # the finding of the catalogue says why
    asked = [name for name, service in known.services.items() if service.kind not in catalogue.SERVES_CALLERS]
    drivers = {name: connections.driver(PORTS["golden_signals"], name) for name in asked}
    return asyncio.run(_read_all({name: driver for name, driver in drivers.items() if driver}))


async def _read_all(drivers: dict[str, Driver]) -> list[Finding]:
    return await asyncio.gather(*(read_once(service, driver) for service, driver in drivers.items()))


async def read_once(service: str, driver: Driver) -> Finding:
    """Read the golden signals of a service, and tell of which there is any sample."""
    try:
        read = GoldenSignals.model_validate(await driver(service=service))
    except Unanswered as unanswered:
        refusal = unanswered.refusal
        return Finding(NAME, "warning", f"{service}: {refusal.error}: {beginning(refusal.said, 1000)}", DO)
    return _told(service, read)


def _told(service: str, read: GoldenSignals) -> Finding:
    series = {words: getattr(read, signal) for signal, words in SIGNALS.items()}
    none = [words for words, one in series.items() if all(value is None for value in one.values)]
    found = listed([words for words in series if words not in none]) or "nothing of requests"
    if none:
        return Finding(NAME, "warning", f"{service}: there is {found}; no samples of {listed(none)}", DO)
    return Finding(NAME, "ok", f"{service}: there is {found}")
