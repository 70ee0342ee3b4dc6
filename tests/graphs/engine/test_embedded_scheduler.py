"""The embedded runner: the contract of every runner, on one SQLite file."""

import sqlite3
from pathlib import Path

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock
from agents.tools.port import Connections
from graphs.engine.scheduler import Runner
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import Store
from tests.graphs.runner_contract import RunnerContract
from tests.graphs.theatre import RunnerPort


class OneDirectory:
    """Embedded runners, one after another on the same directory."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "warroom.sqlite"

    def open(self, clock: Clock, connections: Connections, catalogue: Catalogue) -> RunnerPort:
        deps = Dependencies(Store(self._file), clock, connections, catalogue, revenue_limit=25_000)
        return Runner(deps)

    def kill(self, runner: RunnerPort) -> None:
        assert isinstance(runner, Runner)
        runner.deps.store.close()

    def forget_wakeups(self) -> None:
        with sqlite3.connect(self._file) as connection:
            connection.execute("DELETE FROM wakeups")
        connection.close()


@pytest.fixture
def house(tmp_path: Path) -> OneDirectory:
    return OneDirectory(tmp_path)


class TestEmbeddedRunner(RunnerContract):
    """Everything that any runner must do."""
