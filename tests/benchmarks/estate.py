"""As many equal incidents as are wanted, each on services of its own."""

import json
from collections.abc import Sequence

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock
from agents.runtime.briefing import Alert
from agents.tools.port import AnyPort, Driver, Lookup
from evals.playing.play import EPOCH
from evals.scenarios.loading import load
from evals.scenarios.scenario import Scenario
from evals.simulation.production import Production
from evals.simulation.world import World


class Estate:
    """Copies of one scenario's production side by side; a service's name says whose it is."""

    def __init__(self, name: str, copies: int, clock: Clock) -> None:
        self.scenario: Scenario = load(name)
        self._productions = [Production(_copy(self.scenario, number), 0, clock, EPOCH) for number in range(copies)]
        self._of = {service: made for made in self._productions for service in made.catalogue.services}

    @property
    def alerts(self) -> Sequence[Alert]:
        """One per copy."""
        return [
            self.scenario.alert.model_copy(
                update={"service": f"{self.scenario.alert.service}-{number}", "dedup_key": str(number)}
            )
            for number in range(len(self._productions))
        ]

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(services={k: v for made in self._productions for k, v in made.catalogue.services.items()})

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        return self._of.get(service, self._productions[0]).driver(port, service)

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        return self._of.get(service, self._productions[0]).lookup(port, service)


def _copy(scenario: Scenario, number: int) -> World:
    """The world with every service renamed."""
    written = json.dumps(scenario.world.model_dump(mode="json", by_alias=True, exclude_unset=True))
    for name in scenario.world.services:
        written = written.replace(f'"{name}"', f'"{name}-{number}"')
    return World.model_validate_json(written)
