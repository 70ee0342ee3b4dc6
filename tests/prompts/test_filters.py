"""The filters: values in words, and text from outside on its line."""

import pytest

from prompts.filters import cell, checks, fenced, line, minutes_since, nearby, number, refs, titled, utc


def test_a_text_of_many_lines_becomes_one() -> None:
    assert line("a\n## b\r\n\u2028c\x85```d") == "a ## b c '''d"


def test_a_cell_cannot_end_early() -> None:
    assert cell("a | b\n| c") == "a \\| b \\| c"


@pytest.mark.parametrize(("text", "ticks"), [("plain", 3), ("a ``` b", 4), ("``````", 7), ("", 3)])
def test_a_fence_is_longer_than_any_run_of_backticks_in_it(text: str, ticks: int) -> None:
    assert fenced(text).splitlines()[0] == "`" * ticks + "text"
    assert fenced(text).splitlines()[-1] == "`" * ticks


@pytest.mark.parametrize(
    ("time", "written"),
    [
        ("2026-11-23T14:05:59Z", "2026-11-23 14:05 UTC"),
        ("2026-11-23T15:05:00+01:00", "2026-11-23 14:05 UTC"),
        ("not set", "not set"),
        ("2026-11-23 14:05 UTC", "2026-11-23 14:05 UTC"),
    ],
)
def test_a_time_is_written_in_utc(time: str, written: str) -> None:
    assert utc(time) == written


def test_minutes_are_whole() -> None:
    assert minutes_since("2026-11-23T14:05:59Z", "2026-11-23T14:00:00Z") == 5


@pytest.mark.parametrize(
    ("value", "written"), [(300, "300"), (1640.5, "1640.5"), (0.125, "0.12"), (1234567.0, "1234567"), (0.0, "0")]
)
def test_a_number_has_no_zeros_at_its_end(value: float, written: str) -> None:
    assert number(value) == written


def test_a_number_without_decimals_keeps_its_zeros() -> None:
    assert number(300.4, 0) == "300"


@pytest.mark.parametrize(("role", "title"), [("api_tester", "API Tester"), ("backend_architect", "Backend Architect")])
def test_a_role_is_named_by_its_title(role: str, title: str) -> None:
    assert titled(role) == title


def test_refs_stand_in_brackets() -> None:
    assert refs(["a1", "b2"], "#") == " [#a1] [#b2]"


def test_checks_are_found_alone_and_in_lists() -> None:
    check = {"verdict": "normal", "text": "well"}
    report = {"summary": "s", "response_times": check, "endpoints": [check, check], "hypotheses": [{"cause": "x"}]}
    assert [name for name, _ in checks(report)] == ["response times", "endpoints", "endpoints"]


def test_a_short_catalogue_is_shown_whole() -> None:
    services: dict[str, dict[str, list[str]]] = {name: {"depends_on": []} for name in "abc"}
    assert list(nearby(services, "a")) == ["a", "b", "c"]


def test_of_a_long_catalogue_only_what_is_near_is_shown() -> None:
    services = {f"other{n}": {"depends_on": ["far"]} for n in range(20)}
    services |= {"web": {"depends_on": ["api"]}, "api": {"depends_on": ["db"]}, "db": {"depends_on": ["disk"]}}
    services |= {"disk": {"depends_on": []}, "far": {"depends_on": []}, "report": {"depends_on": ["db"]}}
    assert list(nearby(services, "api", None, "unlisted")) == ["web", "api", "db", "disk"]
