"""The cast: which run plays where, so that many productions can share one Warroom and not know of one another."""
# pyright: reportIncompatibleVariableOverride=false
# What is one for all in a room is here each run's own.
# pyright: reportMissingTypeStubs=false

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from langgraph.config import get_config
from plan import Play, catalogue_of, scenario_of
from remote import Whereabouts

from agents.io.catalogue import Catalogue
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store


def current_run() -> str | None:
    """The run whose node this is called from; None outside of nodes."""
    try:
        config: dict[str, Any] = dict(get_config())
        return str(config["configurable"]["thread_id"]).rpartition("/")[0]
    except (RuntimeError, KeyError):
        return None


class Cast:
    """Finds the play of a run in the store, by the key of its alert."""

    def __init__(self, house: str, plays: list[Play], store: Store) -> None:
        self._house = house
        self._plays = {play.number: play for play in plays}
        self._connection = store.database.connection
        self._known: dict[str, Whereabouts] = {}
        every = [catalogue_of(play.scenario, play.number).services for play in plays]
        self.everything = Catalogue(services={name: one for services in every for name, one in services.items()})

    def where(self) -> Whereabouts:
        """Where the run plays whose node this is called from."""
        run = current_run()
        assert run is not None
        return self.of(run)

    def of(self, run: str) -> Whereabouts:
        if run not in self._known:
            found = self._connection.execute("SELECT received_at, dedup_key FROM runs WHERE id = ?", (run,)).fetchone()
            play = self._plays[int(json.loads(found["dedup_key"])[-1].rpartition(" ")[2])]
            since = datetime.fromisoformat(found["received_at"])
            self._known[run] = Whereabouts(f"{self._house}/{play.number}", play, since)
        return self._known[run]

    def catalogue(self) -> Catalogue:
        """The catalogue of the current run's production; outside of nodes, of all."""
        run = current_run()
        if run is None:
            return self.everything
        play = self.of(run).play
        return catalogue_of(play.scenario, play.number)

    def revenue_limit(self) -> float | None:
        run = current_run()
        if run is None:
            return None
        play = self.of(run).play
        return scenario_of(play.scenario, play.number).revenue_limit


@dataclass(kw_only=True)
class SharedRoom(Dependencies):
    """A room in which each run sees the services and the limits of its own production."""

    cast: Cast

    @property
    def catalogue(self) -> Catalogue:  # pyright: ignore
        return self.cast.catalogue()

    @catalogue.setter
    def catalogue(self, everything: Catalogue) -> None:
        """All there is: the cast knows it, too."""

    @property
    def revenue_limit(self) -> float | None:  # pyright: ignore
        return self.cast.revenue_limit() if self.alerting is None else self.alerting

    @revenue_limit.setter
    def revenue_limit(self, limit: float | None) -> None:
        """The limit that holds for the alerts that come in now."""
        self.alerting = limit
