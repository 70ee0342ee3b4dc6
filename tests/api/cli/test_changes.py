"""The ledger of changes at the terminal."""

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from api.client.http import WarroomClient
from tests.api.processes import address, ended, start

FLAG = {
    **{"kind": "flag", "service": "checkout", "at": "2026-03-03T02:41:00Z", "what": "new\nbasket", "by": "ada"},
    **{"to": "100 %", "status": "failed"},
}
CONFIG = {
    **{"kind": "config", "service": "orders-db", "at": "2026-03-03T02:40:00Z", "what": "connections from 400 to 100"},
    **{"from": "400", "to": "100"},
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = start("serve", "--port", "0", cwd=tmp_path_factory.mktemp("terminal"))
    try:
        where = address(server)
        client = WarroomClient(where)
        client.post(
            "/v1/changes", [{**FLAG, "to": "100 %", "status": "failed"}, {**CONFIG, "from": "400", "to": "100"}]
        )
        client.close()
        yield where
    finally:
        assert ended(server) == (0, "")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["changes", *arguments])


def test_the_changes_are_listed_a_line_each_newest_first(url: str) -> None:
    flag, config = call("--url", url).stdout.splitlines()
    said = "2026-03-03T02:41Z flag checkout new basket to 100 % [failed] by ada <this machine>"
    assert " ".join(flag.split()) == said
    assert config.endswith("connections from 400 to 100  <this machine>")


def test_they_are_narrowed_by_service_and_kind(url: str) -> None:
    assert len(call("--service", "orders-db", "--url", url).stdout.splitlines()) == 1
    assert [one["kind"] for one in json.loads(call("--kind", "flag", "--json", "--url", url).stdout)] == ["flag"]


def test_a_kind_that_there_is_not_is_refused_in_one_line(url: str) -> None:
    said = call("--kind", "weather", "--url", url)
    assert (said.exit_code, len(said.stderr.splitlines())) == (2, 1)
