"""The ledger of changes at the terminal."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from api.client.http import WarroomClient
from tests.api.processes import address, ended, start

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
AT, EARLIER = NOW.isoformat(), (NOW - timedelta(minutes=1)).isoformat()
FLAG = {
    **{"kind": "flag", "service": "checkout", "at": AT, "what": "new\nbasket", "by": "ada"},
    **{"to": "100 %", "status": "failed"},
}
CONFIG = {
    **{"kind": "config", "service": "orders-db", "at": EARLIER, "what": "connections from 400 to 100"},
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
    said = f"{NOW:%Y-%m-%dT%H:%M}Z flag checkout new basket to 100 % [failed] by ada <this machine>"
    assert " ".join(flag.split()) == said
    assert config.endswith("connections from 400 to 100  <this machine>")


def test_they_are_narrowed_by_service_and_kind(url: str) -> None:
    assert len(call("--service", "orders-db", "--url", url).stdout.splitlines()) == 1
    assert [one["kind"] for one in json.loads(call("--kind", "flag", "--json", "--url", url).stdout)] == ["flag"]


def test_a_kind_that_there_is_not_is_refused_in_one_line(url: str) -> None:
    said = call("--kind", "weather", "--url", url)
    assert (said.exit_code, len(said.stderr.splitlines())) == (2, 1)


def test_an_investigator_of_a_served_run_reads_what_was_reported(url: str) -> None:
    client = WarroomClient(url)
    alert = {"title": "checkout answers 500", "service": "checkout", "severity": "critical"}
    run = client.post("/v1/alerts", alert)["runs"][0]["id"]
    read = (event["payload"] for event in client.events(run) if event["kind"] == "tool_result")
    ledger = next(payload for payload in read if payload["tool"] == "change_history")
    client.close()
    assert [one["what"] for one in ledger["value"]["changes"] if one["kind"] == "flag"] == ["new\nbasket"]
