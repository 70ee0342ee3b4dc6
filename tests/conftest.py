"""What takes long is left to its own make target; how long a test takes on a busy machine decides nothing."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

ASKED_FOR = {
    "long": "takes long: make long, or make e2e in a browser",
    "engine": "needs a real llama.cpp server: make engine",
}
"""Marks of tests that run only with the option of the same name, and how to run them."""
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also what takes long")
    parser.addoption("--engine", action="store_true", help="also what needs a real llama.cpp server")
    parser.addoption("--postgres", action="store_true", help="every store on PostgreSQL instead of SQLite")


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of an empty schema of a PostgreSQL database."""
    servers = pytest.importorskip("tests.postgres", reason="warroom[postgres] is not installed").SERVERS
    url = servers.schemas().take()
    yield url
    servers.schemas().give_back(url)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--postgres"):
        from tests.postgres import OnPostgres

        config.pluginmanager.register(OnPostgres())


def pytest_sessionfinish() -> None:
    if "tests.postgres" in sys.modules:
        sys.modules["tests.postgres"].leave_servers()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for name, how in ASKED_FOR.items():
        for item in items if not config.getoption(f"--{name}") else []:
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=how))
