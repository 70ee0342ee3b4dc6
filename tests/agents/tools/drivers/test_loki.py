"""The Loki driver, against a log on loopback."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.loki import Loki
from agents.tools.log_lines import signature
from agents.tools.port import Unanswered
from tests.agents.tools.vendor import Answer, Asked, on_loopback

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Log:
    """Streams of lines as Loki's HTTP API documents a range query's answer."""

    def __init__(self) -> None:
        self.lines: list[tuple[datetime, dict[str, str], str]] = []
        self.asked: list[Asked] = []
        self.broken: Answer | None = None

    def says(self, minutes_ago: float, text: str, **labels: str) -> None:
        self.lines.append((NOON - timedelta(minutes=minutes_ago), {"service_name": "checkout", **labels}, text))

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        assert asked.path == "/loki/api/v1/query_range"
        if self.broken:
            return self.broken
        start, end = int(asked.query["start"]), int(asked.query["end"])
        found = sorted((ns(at), labels, text) for at, labels, text in self.lines if start <= ns(at) < end)
        if asked.query["direction"] == "backward":
            found.reverse()
        streams = [
            {"stream": labels, "values": [[str(at), text]]} for at, labels, text in found[: int(asked.query["limit"])]
        ]
        return Answer(200, {"status": "success", "data": {"resultType": "streams", "result": streams, "stats": {}}})


def ns(moment: datetime) -> int:
    return round(moment.timestamp()) * 1_000_000_000


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def settings(log: Log) -> Iterator[dict[str, Any]]:
    with on_loopback(log) as url:
        yield {"url": url}


async def test_lines_that_say_the_same_are_one_pattern(settings: dict[str, Any], log: Log, clock: VirtualClock) -> None:
    log.says(60, "ERROR order 17 of 0a1b2c3d4e: timeout after 3.2 s", version="v1")
    log.says(10, "ERROR order 9 of ffee00aa11: timeout after 30 s", version="v2")
    log.says(5, "WARN slow query")
    timeouts, slow = (await Loki(settings, clock).error_log("checkout")).patterns
    assert timeouts.signature == "ERROR order * of *: timeout after * s"
    assert (timeouts.count, timeouts.level, timeouts.versions) == (2, "error", ["v1", "v2"])
    assert timeouts.first_seen == NOON - timedelta(minutes=60)
    assert timeouts.last_seen == NOON - timedelta(minutes=10)
    assert timeouts.sample == "ERROR order 9 of ffee00aa11: timeout after 30 s"
    assert (slow.level, slow.count) == ("warning", 1)


async def test_the_level_and_words_of_a_line_in_json_are_its_own(
    settings: dict[str, Any], log: Log, clock: VirtualClock
) -> None:
    log.says(5, json.dumps({"level": "fatal", "msg": "no error here: out of memory", "version": "v3"}))
    (pattern,) = (await Loki(settings, clock).error_log("checkout")).patterns
    assert (pattern.level, pattern.signature, pattern.versions) == ("fatal", "no error here: out of memory", ["v3"])


async def test_a_line_that_is_nested_too_deep_is_read_as_plain_words(
    settings: dict[str, Any], log: Log, clock: VirtualClock
) -> None:
    log.says(5, '{"a":' * 100_000 + " fatal")
    (pattern,) = (await Loki(settings, clock).error_log("checkout")).patterns
    assert (pattern.level, pattern.count) == ("fatal", 1)


async def test_a_flood_does_not_hide_when_it_began(settings: dict[str, Any], log: Log, clock: VirtualClock) -> None:
    for minute in range(1, 80):
        log.says(minute, f"ERROR connection {minute} refused")
    log.says(70, "ERROR disk is full")
    found = (await Loki({**settings, "lines": 60}, clock).error_log("checkout")).patterns
    refused = next(pattern for pattern in found if "refused" in pattern.signature)
    assert refused.first_seen == NOON - timedelta(minutes=79)
    assert any("disk" in pattern.signature for pattern in found)


async def test_the_window_and_the_service_stand_in_the_question(
    settings: dict[str, Any], log: Log, clock: VirtualClock
) -> None:
    entry = {**settings, "query": '{app="$service"} |= "error"', "tenant": "shop"}
    await Loki(entry, clock).error_log('check"out', minutes=30)
    assert {asked.query["query"] for asked in log.asked} == {'{app="check\\"out"} |= "error"'}
    assert {asked.headers["x-scope-orgid"] for asked in log.asked} == {"shop"}
    assert min(int(asked.query["start"]) for asked in log.asked) == ns(NOON - timedelta(minutes=30))
    assert max(int(asked.query["end"]) for asked in log.asked) == ns(NOON)


async def test_a_quiet_service_has_no_patterns(settings: dict[str, Any], clock: VirtualClock) -> None:
    assert (await Loki(settings, clock).error_log("checkout")).patterns == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(400, b"parse error at line 1"), r"asked GET .*query_range\?query=.*answered: HTTP 400: parse error"),
        (Answer(200, {"status": "success"}), r"from 2026-03-02T1\d:\d\d:00.* to .*; answered: \{'status': 'success'\}"),
        (Answer(200, b"<html>"), "no JSON: <html>"),
        (Answer(200, {"data": {"result": [{"stream": {}, "values": [["9" * 400, "error"]]}]}}), "answered: .*9999"),
        (Answer(200, {"data": {"result": [{"stream": {}, "values": [["²", "error"]]}]}}), "answered: .*²"),
    ],
)
async def test_what_is_no_log_is_a_failure(
    settings: dict[str, Any], log: Log, clock: VirtualClock, answer: Answer, said: str
) -> None:
    log.broken = answer
    with pytest.raises(Unanswered, match=said):
        await Loki(settings, clock).error_log("checkout")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('user "ada" failed', "user * failed"),
        ("at 2026-03-02T12:00:00.123Z: gone", "at *: gone"),
        ("trace 6f1b2f04-9f3e-4a11-8a7a-2f3f3b9d1c22 lost", "trace * lost"),
        ("facade decade", "facade decade"),
        ("pool 0x7f00 at 10.0.0.7:5432", "pool * at *"),
    ],
)
def test_a_signature_is_what_does_not_change(line: str, name: str) -> None:
    assert signature(line) == name


async def test_a_key_over_many_lines_is_not_shown(settings: dict[str, Any], log: Log, clock: VirtualClock) -> None:
    key = ["-----BEGIN PRIVATE KEY-----", *(f"{letter}a1B/" * 12 for letter in "abcd"), "-----END PRIVATE KEY-----"]
    for seconds, line in enumerate(["ERROR cannot read", *key, "ERROR giving up"]):
        log.says(10 - seconds / 60, line)
    told = json.dumps(
        [one.model_dump(mode="json") for one in (await Loki(settings, clock).error_log("checkout")).patterns]
    )
    assert "a1B/" not in told
    assert "a*B/" not in told
    assert "giving up" in told


async def test_a_pattern_shows_no_half_of_a_secret(settings: dict[str, Any], log: Log, clock: VirtualClock) -> None:
    log.says(5, f"ERROR {'refused ' * 23}token=correcthorsebatterystaple")
    (pattern,) = (await Loki(settings, clock).error_log("checkout")).patterns
    assert "correct" not in pattern.signature + pattern.sample
    assert "token=[redacted]" in pattern.sample


async def test_raw_lines_are_searched_among_all_lines_of_the_service(
    settings: dict[str, Any], log: Log, clock: VirtualClock
) -> None:
    log.says(50, "INFO took order 1", pod="a")
    log.says(20, "INFO took order 2", pod="a", version="v1")
    log.says(10, "ERROR refused order 3", pod="b", version="v2")
    found = await Loki(settings, clock).search_logs(service="checkout", text="order (", minutes=30)
    assert log.asked[-1].query["query"] == '{service_name="checkout"} |~ "(?i)order\\\\ \\\\("'
    assert [(line.text, line.level, line.version, line.instance) for line in found.lines] == []
    found = await Loki(settings, clock).search_logs(service="checkout", minutes=30)
    assert log.asked[-1].query["query"] == '{service_name="checkout"}'
    assert [(line.text, line.level, line.version, line.instance) for line in found.lines] == [
        ("INFO took order 2", "info", "v1", "a"),
        ("ERROR refused order 3", "error", "v2", "b"),
    ]
    assert (found.since, found.until) == (NOON - timedelta(minutes=30), NOON)


async def test_a_query_of_one_s_own_lends_its_selector(settings: dict[str, Any], log: Log, clock: VirtualClock) -> None:
    entry = {**settings, "query": '{app="$service", team=~"a}|b"} | json | level="error"'}
    await Loki(entry, clock).search_logs(service="checkout")
    assert log.asked[-1].query["query"] == '{app="checkout", team=~"a}|b"}'
    with pytest.raises(Unanswered, match="begins with no selector"):
        await Loki({**settings, "query": 'sum(rate({app="x"}[1m]))'}, clock).search_logs(service="checkout")
