"""The log: its lines, and how repetitions are held back."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from api.logs import MOST_TEXTS, PERIOD_SECONDS, JsonLines, Lines, Repetitions, SparingHandler, write_log
from api.middleware import HEADER
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


class RepeatingLog:
    """What would be written, of what is said at times that a test chooses."""

    def __init__(self) -> None:
        self._repetitions = Repetitions()
        self.lines: list[str] = []

    def say(self, text: str, at: float = 0, line: int = 1, level: int = logging.WARNING) -> None:
        record = logging.LogRecord("warroom", level, "api/somewhere.py", line, text, None, None)
        record.created = at
        self.lines += [written.getMessage() for written in self._repetitions.worth_writing(record)]

    def end(self) -> None:
        self.lines += [written.getMessage() for written in self._repetitions.summaries()]


@pytest.fixture
def repeating() -> RepeatingLog:
    return RepeatingLog()


def test_what_is_said_again_and_again_is_written_once_in_a_period_with_its_count(repeating: RepeatingLog) -> None:
    for number in range(92_158):
        repeating.say("no connection can be accepted", at=number * 35 / 92_158)
    assert repeating.lines == ["no connection can be accepted"]
    repeating.say("no connection can be accepted", at=PERIOD_SECONDS)
    assert repeating.lines[1:] == [
        "no connection can be accepted (and 92157 more like this within 60 s)",
        "no connection can be accepted",
    ]


def test_the_count_is_written_though_it_is_never_said_again(repeating: RepeatingLog) -> None:
    for _ in range(3):
        repeating.say("the disk is full")
    repeating.say("something else", at=PERIOD_SECONDS, line=2)
    assert repeating.lines == [
        "the disk is full",
        "the disk is full (and 2 more like this within 60 s)",
        "something else",
    ]
    repeating.say("something else", at=PERIOD_SECONDS, line=2)
    repeating.end()
    assert repeating.lines[-1] == "something else (and 1 more like this within 60 s)"


def test_the_same_place_says_some_different_things(repeating: RepeatingLog) -> None:
    for number in range(MOST_TEXTS + 5):
        repeating.say(f"a turn of run {number} failed\nTraceback")
    assert len(repeating.lines) == MOST_TEXTS
    repeating.end()
    assert repeating.lines[-1] == f"a turn of run {MOST_TEXTS + 4} failed (and 5 more like this within 60 s)"


def test_what_is_said_elsewhere_is_another_thing(repeating: RepeatingLog) -> None:
    repeating.say("failed", line=1)
    repeating.say("failed", line=2)
    assert repeating.lines == ["failed", "failed"]


def test_what_is_no_warning_is_always_written(repeating: RepeatingLog) -> None:
    for _ in range(100):
        repeating.say("GET /v1/runs 200", level=logging.INFO)
    assert len(repeating.lines) == 100


def test_however_many_places_say_something_little_is_kept_of_them(repeating: RepeatingLog) -> None:
    for line in range(5000):
        repeating.say("odd", line=line)
    assert len(repeating.lines) == 5000
    assert len(repeating._repetitions._kinds) <= 1000  # pyright: ignore[reportPrivateUsage]


def test_the_standard_error_gets_a_line_and_at_the_end_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    handler, logger = SparingHandler(), logging.Logger("warroom")
    logger.addHandler(handler)
    for _ in range(4):
        logger.error("the store cannot be read")
    assert capsys.readouterr().err == "the store cannot be read\n"
    handler.close()
    assert capsys.readouterr().err == "the store cannot be read (and 3 more like this within 60 s)\n"
