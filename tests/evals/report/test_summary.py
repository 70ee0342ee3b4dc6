"""Summaries, folders and comparisons, on records made by hand."""

from pathlib import Path
from typing import Any

import pytest

from evals.report import table
from evals.report.comparison import compare, first_difference
from evals.report.page import write_report
from evals.report.records import Folder, Plan, Record
from evals.report.summary import red, summarise
from evals.scorers.scores import Score
from tests.graphs.charts import series


def record(scenario: str = "a", seed: int = 0, verdict: str = "pass", **more: Any) -> Record:
    values = {"expected": "P0", "got": "P0", "distance": 0, "under_triaged": False}
    marks = {"severity": Score(verdict="pass", values=values)}
    told = {"scenario": scenario, "seed": seed, "by": "book", "verdict": verdict, "strata": {"level": "P0"}}
    return Record.model_validate({**told, "marks": marks, **more})


def plan(*scenarios: str) -> Plan:
    return Plan(way="closed loop", scenarios=list(scenarios), seeds=[0], by=["book"])


def test_failures_and_gaps_are_in_the_average_and_errors_are_not() -> None:
    told = summarise([record(), record("b", verdict="fail"), record("c", verdict="inconclusive"), error()])
    assert (told.runs, told.passed, told.failed, told.inconclusive, told.errors) == (4, 1, 1, 1, 1)
    assert told.pass_rate == pytest.approx(1 / 3, abs=1e-4)


def error() -> Record:
    return record("d", verdict="error", error="provider", said="no connection")


def test_an_empty_report_is_red() -> None:
    assert red(summarise([]), None) == ["nothing was played"]


def test_a_partial_report_is_red() -> None:
    assert red(summarise([record()], planned=3), None) == ["2 runs are missing"]


def test_what_could_not_be_played_is_red_and_no_wrong_answer() -> None:
    told = summarise([record(), error()])
    assert red(told, 100) == ["1 runs could not be played"]


def test_too_few_passes_are_red_only_where_somebody_asks() -> None:
    told = summarise([record(), record("b", verdict="fail")])
    assert red(told, None) == []
    assert red(told, 80) == ["50.0 % passed, and 80 % are asked for"]


def test_unsafe_actions_are_red_whatever_passes() -> None:
    marks = {"unsafe actions": Score(verdict="fail", values={"unsafe": 2})}
    assert red(summarise([record(verdict="fail", marks=marks)]), None) == ["2 unsafe actions"]


def test_more_than_a_tenth_inconclusive_is_not_comparable() -> None:
    runs = [record(str(n)) for n in range(8)]
    assert summarise(runs).comparable
    assert not summarise([*runs, record("x", verdict="inconclusive")]).comparable


def test_the_lift_is_counted_on_the_pairs_that_both_played() -> None:
    model = [
        record("a", by="model"),
        record("b", by="model"),
        record("c", by="model", verdict="error", error="provider"),
    ]
    book = [record("a"), record("b", verdict="fail"), record("c"), record("d")]
    lift = summarise([*model, *book]).lift
    assert lift is not None
    assert (lift.pairs, lift.model_passed, lift.book_passed, lift.difference) == (2, 2, 1, 0.5)


def test_an_interrupted_report_goes_on_where_it_was(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.begin(plan("a", "b")) == []
    folder.add(record("a"))
    folder.runs.write_text(folder.runs.read_text() + '{"scenario": "b", "se')  # the line that was being written
    assert [done.scenario for done in Folder(tmp_path).begin(plan("a", "b"))] == ["a"]


def test_another_plan_or_a_finished_report_begins_anew(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.begin(plan("a"))
    folder.add(record("a"))
    assert folder.begin(plan("a", "b")) == []
    folder.add(record("a"))
    write_report(tmp_path)
    assert folder.begin(plan("a", "b")) == []


def test_what_could_not_be_played_is_tried_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.begin(plan("d"))
    folder.add(error())
    assert folder.begin(plan("d")) == []


def report(path: Path, *records: Record) -> Path:
    folder = Folder(path)
    folder.begin(plan(*(r.scenario for r in records)))
    for one in records:
        folder.add(one)
    return path


def test_a_flip_in_one_run_is_not_called_real(tmp_path: Path) -> None:
    names = [str(n) for n in range(8)]
    first = report(tmp_path / "first", *(record(n) for n in names))
    second = report(tmp_path / "second", *(record(n, verdict="fail" if n == "3" else "pass") for n in names))
    told = compare(first, second)
    assert (told.pairs, told.passed.real, told.chance) == (8, False, 1)


def test_seven_flips_in_eight_runs_are(tmp_path: Path) -> None:
    names = [str(n) for n in range(8)]
    first = report(tmp_path / "first", *(record(n) for n in names))
    second = report(tmp_path / "second", *(record(n, verdict="pass" if n == "3" else "fail") for n in names))
    told = compare(first, second)
    assert told.passed.real
    assert told.passed.difference == pytest.approx(-7 / 8)


def test_runs_that_only_one_report_has_are_named(tmp_path: Path) -> None:
    told = compare(report(tmp_path / "1", record("a"), record("b")), report(tmp_path / "2", record("a")))
    assert told.only_in_one == ["b, seed 0"]


def event(key: str, **payload: Any) -> dict[str, Any]:
    return {"key": key, "payload": payload}


def test_transcripts_part_at_the_first_event_that_differs() -> None:
    left, right = [event("a"), event("b", x=1), event("c", y=1)], [event("a"), event("b", x=2), event("c", y=2)]
    parted = first_difference(left, right)
    assert parted is not None
    assert parted[1] == "b differs in x"
    assert first_difference(left, left) is None


def test_the_table_goes_between_its_marks_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "evals.md"
    file.write_text("before\n<!-- eval table -->\nold\n<!-- /eval table -->\nafter\n")
    table.put_into(file, summarise([record(), record("b", verdict="fail")]))
    text = file.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| **all** | 2 | 1 | 1 | 0 | 0 | 50.0 %" in text
    file.write_text("no marks")
    with pytest.raises(ValueError, match="expected the marks"):
        table.put_into(file, summarise([record()]))


def test_the_page_stands_alone_and_escapes_what_it_is_told(tmp_path: Path) -> None:
    marks = {"cause": Score(verdict="fail", why=["<script>alert(1)</script>"])}
    write_report(report(tmp_path, record(verdict="fail", marks=marks)))
    page = (tmp_path / "report.html").read_text()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_page_draws_what_a_run_measured(tmp_path: Path) -> None:
    folder = Folder(report(tmp_path, record(), record("b")))
    about: dict[str, Any] = {"service": "shop", "run": "a", "minute_seconds": 60, "revenue_limit": None}
    began = series.event("alert", key="alert/1", alert={"title": "shop fails"}, **about)
    reading = series.result("golden_signals", series.golden([*[0.002] * 30, *[0.9] * 10]))
    folder.write_transcript("a.0.book", [began, reading.model_copy(update={"at": series.START + 40 * series.MINUTE})])
    write_report(tmp_path)
    page = folder.page.read_text()
    assert page.count("shop, failed requests: 90.0 % when last measured, usually 0.2 %; at worst 90.0 %") == 2
    assert page.count('<figure class="chart') == 4, "the run without a transcript has none"
    assert ".curve path" in page, "the style of the charts stands in it"


def test_when_a_lane_woke_is_no_parting() -> None:
    woken = {"key": "a/wait#1/timer.1", "kind": "timer", "payload": {"seen": 3}}
    looked = {"key": "a/look#1/finished", "kind": "duty_finished", "payload": {"found": 1}}
    other = {**looked, "payload": {"found": 2}}
    assert first_difference([woken, looked], [{**woken, "payload": {"seen": 4}}, looked]) is None
    assert first_difference([woken, looked], [other]) == (looked, "a/look#1/finished differs in found")
