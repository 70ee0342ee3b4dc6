"""Log search: which lines it gives, how many, and that none of them holds a secret."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.readings.searches import LogLines, LogSearch
from agents.tools.log_search import MOST_CHARACTERS, MOST_LINES, FoundLine, lines_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WINDOW = (NOON - timedelta(minutes=30), NOON)


def line(text: str, seconds_ago: float = 60, **labels: str) -> FoundLine:
    return FoundLine(NOON - timedelta(seconds=seconds_ago), text, labels)


def found(*lines: FoundLine, **asked: Any) -> LogLines:
    return lines_of(LogSearch(service="shop", **asked), WINDOW, lines)


def texts(*lines: FoundLine, **asked: Any) -> list[str]:
    return [one.text for one in found(*lines, **asked).lines]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["INFO ready", "WARN slow", "ERROR Timeout of pay", "nothing said"]),
        ({"text": "timeout"}, ["ERROR Timeout of pay"]),
        ({"level": "warning"}, ["WARN slow", "ERROR Timeout of pay"]),
        ({"level": "fatal"}, []),
        ({"version": "2.1"}, ["WARN slow", "ERROR Timeout of pay"]),
        ({"version": "2.1", "instance": "shop-2"}, ["ERROR Timeout of pay"]),
    ],
)
def test_lines_are_chosen_by_text_level_version_and_instance(asked: Mapping[str, Any], expected: list[str]) -> None:
    lines = [
        line("INFO ready", 50, version="2.0", pod="shop-1"),
        line("WARN slow", 40, version="2.1", pod="shop-1"),
        line("ERROR Timeout of pay", 30, version="2.1", pod="shop-2"),
        line("nothing said", 20, version="2.0", host="shop-2"),
    ]
    assert texts(*lines, **asked) == expected


def test_a_line_in_json_says_its_own_level_version_and_instance() -> None:
    (one,) = found(line('{"level": "notice", "version": "3", "hostname": "a", "msg": "no error here"}')).lines
    assert (one.level, one.version, one.instance) == ("info", "3", "a")


@given(st.lists(st.text(alphabet="ab ERROR", max_size=700), max_size=150))
def test_the_newest_lines_are_given_oldest_first_and_within_limits(texts: list[str]) -> None:
    answer = found(*(line(text, seconds_ago=number) for number, text in enumerate(texts)))
    assert len(answer.lines) <= MOST_LINES
    assert sum(len(one.text) for one in answer.lines) <= MOST_CHARACTERS
    assert [one.at for one in answer.lines] == sorted(one.at for one in answer.lines)
    assert answer.earlier_left_out == (len(answer.lines) < len(texts))
    if answer.lines:
        assert answer.lines[-1].at == NOON


def test_a_long_line_is_shown_where_it_has_the_text() -> None:
    (text,) = texts(line(f"{'padding ' * 200}refused by gate {'rest ' * 50}"), text="refused by gate")
    assert text.startswith("... ")
    assert text.endswith("refused by gate")
    assert len(text) == 400


def test_secrets_are_taken_out_of_lines() -> None:
    assert texts(line("ERROR token=correcthorsebatterystaple refused")) == ["ERROR token=[redacted] refused"]


def test_a_secret_cannot_be_guessed_by_looking_for_parts_of_it() -> None:
    assert texts(line("ERROR token=correcthorsebatterystaple refused"), text="token=correct") == []


def test_a_line_of_a_key_that_is_found_alone_is_not_shown() -> None:
    inside = "a1B/" * 12
    assert texts(line(f"2026-03-02 {inside}")) == ["2026-03-02 [redacted]"]
    assert texts(line("commit " + "0123456789abcdef" * 4)) == ["commit " + "0123456789abcdef" * 4]


@pytest.mark.parametrize("asked", [{"minutes": 0}, {"minutes": 1441}, {"level": "loud"}, {"text": "x" * 201}, {"a": 1}])
def test_a_search_beyond_its_limits_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LogSearch.model_validate({"service": "shop", **asked})


def test_a_window_ends_now_or_at_a_time_in_utc_and_never_later() -> None:
    def end(until: str | None) -> datetime:
        return LogSearch.model_validate({"service": "shop", "until": until}).window(NOON)[1]

    assert end(None) == end("2026-03-02T13:00:00Z") == NOON
    assert end("2026-03-02T11:50:00") == NOON - timedelta(minutes=10)
    assert LogSearch(service="shop", minutes=10).window(NOON, 6)[0] == NOON - timedelta(seconds=60)
