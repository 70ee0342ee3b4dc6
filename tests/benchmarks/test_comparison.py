"""What `make bench ARGS="--compare OLD.json"` says."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import run
from tests.benchmarks.comparison import compared

BEFORE: dict[str, Any] = {
    "answers": {"median_ms": 1.8, "p99_ms": 6.0},
    "demo": {"cpu_seconds": {"demo": 2.0, "imports": 1.0}},
    "overhead": {"duties": 46, "sizes": [{"runs": 1, "cpu_ms_per_run": {"persistent": 700.0}}]},
    "redaction": {"slowest": [[0.9, "eyJ-"], [0.8, "4 "]]},
    "restart": [{"runs": 11, "seconds_to_first_turn": 0.1, "overdue_first": True}],
    "throughput": {"runs": 12, "runs_per_second_and_core": 2.0, "share_of_playing": {"world": 0.1}},
}


def after(change: dict[str, Any]) -> dict[str, Any]:
    return {**json.loads(json.dumps(BEFORE)), **change}


@pytest.mark.parametrize(
    ("now", "figure"),
    [
        ({"answers": {"median_ms": 44.0, "p99_ms": 6.0}}, "answers.median_ms: was 1.8, is 44, 24.44 times as much"),
        (
            {"demo": {"cpu_seconds": {"demo": 2.0, "imports": 1.3}}},
            "demo.cpu_seconds.imports: was 1, is 1.3, 1.30 times as much",
        ),
        (
            {"overhead": {"sizes": [{"runs": 5}, {"runs": 1, "cpu_ms_per_run": {"persistent": 900.0}}]}},
            "overhead.sizes.runs 1.cpu_ms_per_run.persistent: was 700, is 900, 1.29 times as much",
        ),
        (
            {"throughput": {"runs_per_second_and_core": 1.5}},
            "throughput.runs_per_second_and_core: was 2, is 1.5, 0.75 times as much",
        ),
        ({"answers": {"median_ms": 1.8}}, "answers.p99_ms: was 6, was not measured"),
    ],
)
def test_what_became_worse_is_named_and_by_how_much(now: dict[str, Any], figure: str) -> None:
    found = compared(BEFORE, after(now))
    assert [str(change) for change in found.worse] == [figure]
    assert found.better == []


@pytest.mark.parametrize(
    "now",
    [
        {"answers": {"median_ms": 2.2, "p99_ms": 7.4}},  # by less than other work on the machine makes of it
        {"restart": [{"runs": 11, "seconds_to_first_turn": 0.14, "overdue_first": False}]},  # by a few hundredths
        {"overhead": {"duties": 90, "sizes": [{"runs": 1, "cpu_ms_per_run": {"persistent": 700.0}}]}},
        {"redaction": {"slowest": [[0.8, "4 "], [0.9, "eyJ-"]]}},  # in another order
        {"throughput": {"runs": 3, "runs_per_second_and_core": 2.0, "share_of_playing": {"world": 0.9}}},
        {"tabs": {"shown_median": 9.0}},
    ],
)
def test_noise_and_what_is_neither_a_cost_nor_a_gain_is_not(now: dict[str, Any]) -> None:
    assert compared(BEFORE, after(now)) == ([], [])


def test_more_of_a_gain_and_less_of_a_cost_is_better() -> None:
    found = compared(
        BEFORE,
        after({"answers": {"median_ms": 0.9, "p99_ms": 6.0}, "throughput": {"runs_per_second_and_core": 6.0}}),
    )
    assert found.worse == []
    assert [change.figure for change in found.better] == ["answers.median_ms", "throughput.runs_per_second_and_core"]


def test_only_the_parts_of_the_earlier_output_are_measured_and_the_json_stands_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = tmp_path / "old.json"
    earlier.write_text(json.dumps({"answers": {"median_ms": 1.8, "p99_ms": 6.0}}))
    slower = {"median_ms": 1.8, "p99_ms": 60.0}
    monkeypatch.setattr(run, "PARTS", {"answers": lambda: slower, "demo": lambda: slower})
    run.main(["--compare", str(earlier)])
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"answers": slower}
    assert printed.err == "worse: answers.p99_ms: was 6, is 60, 10.00 times as much\n"


def test_where_nothing_became_worse_it_says_so() -> None:
    assert run.said_of(BEFORE, BEFORE) == ["Nothing became worse by 1.25 times or more."]


def test_the_short_form_is_made_of_parts_that_there_are() -> None:
    assert run.SHORT.keys() <= run.PARTS.keys()
