"""A small world to test with, and a short way to ask it."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.io.clock import VirtualClock
from agents.tools import ports
from agents.tools.port import PORTS
from evals.simulation.production import Production
from evals.simulation.world import World

DECLARED_PORTS = ports
"""Importing the module puts its ports into `PORTS`."""
ALERT = datetime(2026, 3, 4, 13, 20, tzinfo=UTC)
SERVICES: dict[str, Any] = {
    "door": {
        "tier": 1,
        "kind": "web",
        "users": 10000,
        "depends_on": {"store": 0.9, "carrier": 0.8},
        "fallbacks": {"carrier": "cache"},
        "endpoints": ["/open", "/health"],
        "splits": {"instance": {"door-1": 0.5, "door-2": 0.25, "door-3": 0.25}, "version": {"1.1": 0.9, "1.2": 0.1}},
        "replicas": 4,
        "replicas_limit": 10,
        "releases": [{"version": "1.0", "at": "-9d"}, {"version": "1.1", "at": "-2d"}, {"version": "1.2", "at": -12}],
        "changes": [{"change": "#1", "at": "-9d", "summary": "hinges", "touches": ["door/hinge.py"]}],
    },
    "store": {"kind": "database", "standby": "store-b"},
    "carrier": {"kind": "provider"},
    "hall": {"kind": "web", "depends_on": {"door": 0.5}},
}
NOTES = {"door.md": "# The door\nIts hinge is oiled on Mondays."}
BAD_RELEASE = {"kind": "bad release", "component": "door", "version": "1.2"}
LOST_MACHINE = {"kind": "machine lost", "component": "store", "onset": -10, "jitter": 0}
OUTAGE = {"kind": "provider outage", "component": "carrier", "onset": -10, "heals_at": 60, "says_after": 15}
BUG = {
    "kind": "code bug",
    "component": "door",
    "onset": -10,
    "effect": {"endpoints": ["/open"]},
    "logs": [{"signature": "ZeroDivisionError at door/hinge.py:<n>"}],
    "cured_by": [{"action": "deploy", "change": "#1"}],
}


class Play:
    """A production on a virtual clock, and a short way to ask it."""

    def __init__(self, *faults: dict[str, Any], seed: int = 1, **world: Any) -> None:
        self.clock = VirtualClock(ALERT)
        written = World.model_validate({"services": SERVICES, "faults": list(faults), "team_notes": NOTES, **world})
        self.production = Production(written, seed, self.clock, ALERT)

    async def ask(self, port: str, service: str = "door", **arguments: Any) -> Any:
        driver = self.production.driver(PORTS[port], service)
        assert driver is not None, f"nothing answers {port}"
        of = "provider" if port == "provider_status" else "service"
        return await driver(**{of: service}, **arguments)

    async def at(self, minute: float) -> None:
        await self.clock.sleep(ALERT + timedelta(minutes=minute) - self.clock.now())

    async def errors(self, service: str = "door", minutes: int = 60) -> list[float]:
        return (await self.ask("golden_signals", service, minutes=minutes)).error_rate.values

    def run(self, scene: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return self.clock.run(scene)
