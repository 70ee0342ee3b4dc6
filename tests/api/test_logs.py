"""The log: a line names its request and its run, is JSON where that is wanted, and holds no secret."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from api.logs import JsonLines, Lines, write_log
from api.middleware.request_log import HEADER
from graphs.intake.incident_service import IncidentService
from tests.any_text import harms
from tests.api.conftest import Incident


class Kept(logging.Handler):
    """Keeps each line as it would be written."""

    def __init__(self, written_by: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(written_by)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture(params=[JsonLines])
def log(request: pytest.FixtureRequest) -> Iterator[Kept]:
    ours, kept = logging.getLogger("warroom"), Kept(request.param())
    level = ours.level
    ours.addHandler(kept)
    ours.setLevel("INFO")
    yield kept
    ours.removeHandler(kept)
    ours.setLevel(level)


async def test_a_request_is_one_line_with_its_id_and_its_run(
    client: httpx2.AsyncClient, incident: Incident, log: Kept
) -> None:
    answer = await client.get(f"/v1/runs/{incident.run}", headers={HEADER: "trace-7"})
    (line,) = [told for told in log.told if told["logger"] == "warroom.requests"]
    assert (line["request"], line["run"], line["status"]) == ("trace-7", incident.run, 200)
    assert line["message"].startswith("GET /v1/runs/{run} 200 in ")
    assert answer.headers[HEADER] == "trace-7"


@pytest.mark.parametrize("brought", ["", "two words", "x" * 129, "a\tb", "é"])
async def test_a_request_without_a_usable_id_is_given_one(client: httpx2.AsyncClient, log: Kept, brought: str) -> None:
    answers = [await client.get("/health/live", headers={HEADER.encode(): brought.encode()}) for _ in range(2)]
    first, second = (answer.headers[HEADER] for answer in answers)
    assert (len(first), first != second, first != brought) == (32, True, True)
    assert [told["request"] for told in log.told] == [first, second]


async def test_a_line_names_the_caller_and_never_the_key(
    client: httpx2.AsyncClient, incidents: IncidentService, log: Kept
) -> None:
    _, secret = incidents.api_keys(incidents.clock).create("monitoring", ["admin"])
    await client.get("/v1/runs", headers={"Authorization": f"Bearer {secret}"})
    await client.post(f"/v1/alerts/generic/{secret}", json={"title": "x"})
    await client.post(f"/v1/alerts/generic?token={secret}", json={"title": "x", "password": "hunter22"})
    await client.get(f"/v1/runs?after={secret}")
    assert log.told[0]["caller"] == "monitoring"
    assert len(log.lines) == 4
    assert all(word not in "".join(log.lines) for word in (secret, "hunter22"))


async def test_a_fault_is_logged_under_the_id_that_its_caller_is_told(
    client: httpx2.AsyncClient, incidents: IncidentService, log: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(incidents.deps.store.runs, "older_than", fails)
    answer = await client.get("/v1/runs")
    assert answer.status_code == 500
    assert log.told[-1]["request"] in answer.json()["detail"]
    assert log.told[-1]["status"] == 500


def test_a_line_of_a_run_s_turn_names_the_run_and_its_fault() -> None:
    kept = Kept(JsonLines())
    logger = logging.Logger("warroom")
    logger.addHandler(kept)
    logger.error("a turn failed", exc_info=ValueError("odd"), extra={"run": "r-1", "lane": "main"})
    (line,) = kept.told
    assert (line["run"], line["lane"], line["level"]) == ("r-1", "main", "error")
    assert "ValueError: odd" in line["fault"]


def test_a_line_for_people_is_one_line() -> None:
    kept = Kept(Lines("%(levelname)s: %(message)s%(request)s"))
    logger = logging.Logger("warroom")
    logger.addHandler(kept)
    logger.warning("nothing is connected")
    assert kept.lines == ["WARNING: nothing is connected"]


@pytest.mark.parametrize("written_by", [JsonLines(), Lines("%(message)s%(request)s")], ids=["json", "text"])
def test_a_line_steers_no_terminal(written_by: logging.Formatter) -> None:
    record = logging.LogRecord(
        "warroom", logging.WARNING, "", 0, "it said \x1b[2J\x9b\u202e\ud800 %s", ("\x1b]0;",), None
    )
    line = written_by.format(record)
    assert not harms(line)
    line.encode()


def test_the_log_that_is_written_says_a_thing_once(capsys: pytest.CaptureFixture[str]) -> None:
    root, ours = logging.getLogger(), logging.getLogger("warroom")
    before = root.handlers[:], root.level, ours.level
    root.handlers[:] = []
    try:
        write_log("text", "warning")
        for _ in range(1000):
            ours.warning("no connection can be accepted for now")
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])
    assert capsys.readouterr().err.count("no connection") == 1
