"""The hard stratum's figures, on answers made by hand."""

from pathlib import Path
from typing import Any

import pytest

from evals.report import hard, hard_table, table
from evals.report.hard import HardSummary
from evals.report.page import write_report
from evals.report.records import Folder, Record
from evals.scorers.answers import ALWAYS_P1, PRODUCT, SENDER
from evals.scorers.scores import Score
from tests.evals.report.test_summary import plan


def answered(scenario: str, right: str, got: str, outcome: str = "acceptable", **more: Any) -> Record:
    """A run: what the severity is, what it was called, and what became of the cause."""
    own = {"severity": got, "right_severity": right, "outcome": outcome, "first_proposal": "none", "confidence": "high"}
    answer = {**own, **{name: value for name, value in more.items() if name in own or name == "unsafe"}}
    idle = {"severity": "P1", "right_severity": right, "outcome": "abstained", "first_proposal": "none"}
    values = {
        "kinds": more.get("kinds", ["job"]),
        "level": more.get("level", right),
        "is_undecidable": more.get("is_undecidable", False),
        "names_what_decides": more.get("names_what_decides"),
        "last_outcome": outcome,
        "has_right_act": more.get("has_right_act", True),
        "answers": {PRODUCT: answer, ALWAYS_P1: idle, SENDER: idle},
    }
    marks = {"answers": Score(verdict="pass", values=values)}
    seed = more.get("seed", 0)
    return Record.model_validate({"scenario": scenario, "seed": seed, "by": "book", "verdict": "pass", "marks": marks})


def summed(*records: Record) -> HardSummary:
    told = hard.summarise(records)
    assert told is not None
    return told


def test_runs_without_answers_are_none_of_the_stratum() -> None:
    assert hard.summarise([Record(scenario="a", seed=0, by="book", verdict="pass")]) is None


def test_kappa_is_what_a_sheet_of_paper_says() -> None:
    """Seen are the squares 0, 1, 1, 0: 2/4. By chance P0, P0, P1, P3 against each level: (14+14+6+14)/16 = 3."""
    levels = [("P0", "P0"), ("P1", "P0"), ("P2", "P1"), ("P3", "P3")]
    runs = [answered(right, right, got) for right, got in levels]
    assert summed(*runs).contestants[0].kappa == pytest.approx(1 - (2 / 4) / 3, abs=1e-3)


def test_a_level_that_can_be_argued_for_counts_in_the_strict_kappa_only() -> None:
    named = [("P0", "P0", "P0"), ("P2", "P2", "P1"), ("P2", "P2", "P2"), ("P3", "P3", "P3")]
    runs = [answered(str(n), right, got, level=level) for n, (right, got, level) in enumerate(named)]
    product = summed(*runs).contestants[0]
    assert product.kappa == 1.0
    assert product.strict_kappa == pytest.approx(1 - (1 / 4) / (40 / 16), abs=1e-3)


def test_perfect_severities_have_a_kappa_of_one_and_one_constant_answer_of_nought() -> None:
    runs = [answered(str(n), level, level) for n, level in enumerate(("P0", "P1", "P2", "P3"))]
    product, always, _ = summed(*runs).contestants
    assert (product.kappa, product.kappa_interval) == (1.0, (1.0, 1.0))
    assert always.kappa == 0.0


def test_the_interval_of_kappa_widens_where_few_scenarios_are_played_often() -> None:
    pairs = [("P0", "P0"), ("P1", "P2"), ("P2", "P2"), ("P2", "P1"), ("P3", "P3"), ("P1", "P1")]
    many = [answered(f"{n}{i}", *pair) for n in range(3) for i, pair in enumerate(pairs)]
    few = [answered(str(i), *pair, seed=n) for n in range(3) for i, pair in enumerate(pairs)]
    (low, high), (lower, higher) = (summed(*runs).contestants[0].kappa_interval or (0, 0) for runs in (many, few))
    assert higher - lower > high - low


def test_under_triage_counts_the_serious_ones_only() -> None:
    runs = [answered("a", "P0", "P2"), answered("b", "P1", "P1"), answered("c", "P2", "P3"), answered("d", "P1", "")]
    argued = answered("e", "P2", "P2", level="P1")
    assert summed(*runs, argued).contestants[0].under_triaged.share == 0.5
    under = summed(*runs).contestants[0].under_triaged
    assert (under.share, under.runs) == (pytest.approx(2 / 3, abs=1e-4), 3)


def test_a_cause_is_acceptable_wrong_or_left_open() -> None:
    told = summed(
        answered("a", "P1", "P1"),
        answered("b", "P1", "P1", "wrong"),
        answered("c", "P1", "P1", "abstained"),
        answered("d", "P1", "P1", "acceptable", is_undecidable=True, names_what_decides=True),
    )
    own = told.contestants[0]
    assert (own.acceptable.share, own.wrong.share, own.abstained.share) == (0.5, 0.25, 0.25)
    assert own.acceptable_decidable.share == pytest.approx(1 / 3, abs=1e-4)
    assert (own.acceptable_undecidable.share, told.names_what_decides.share) == (1.0, 1.0)


def test_a_first_proposal_is_judged_where_there_is_a_right_one() -> None:
    told = summed(
        answered("a", "P1", "P1", first_proposal="right"),
        answered("b", "P1", "P1"),
        answered("c", "P1", "P1", first_proposal="wrong", has_right_act=False, unsafe=["restart of x-db"]),
    )
    own = told.contestants[0]
    assert (own.first_proposal_right.share, own.first_proposal_right.runs) == (0.5, 2)
    assert own.first_proposal_wrong.share == pytest.approx(1 / 3, abs=1e-4)
    assert own.unsafe_proposals == 1


def test_the_reliability_table_says_how_often_each_confidence_is_right() -> None:
    runs = [
        answered("a", "P1", "P1", confidence="high"),
        answered("b", "P1", "P1", "wrong", confidence="high"),
        answered("c", "P1", "P1", confidence="medium"),
        answered("d", "P1", "P1", "abstained", confidence=""),
    ]
    told = {one.confidence: (one.right.share, one.right.runs) for one in summed(*runs).reliability}
    assert told == {"high": (0.5, 2), "medium": (1.0, 1), "low": (None, 0)}


def test_an_interval_counts_scenarios_and_not_their_seeds() -> None:
    once = summed(answered("a", "P1", "P1"), answered("b", "P1", "P1", "wrong")).contestants[0].acceptable
    thrice = (
        summed(
            *(answered("a", "P1", "P1", seed=seed) for seed in range(3)),
            *(answered("b", "P1", "P1", "wrong", seed=seed) for seed in range(3)),
        )
        .contestants[0]
        .acceptable
    )
    assert (once.interval, once.share) == (thrice.interval, thrice.share)


def test_a_kind_lists_the_scenarios_that_are_not_all_right() -> None:
    told = summed(
        answered("a", "P1", "P1", kinds=["job", "secret"]),
        answered("b", "P1", "P2", kinds=["job"]),
        answered("c", "P1", "P1", kinds=["job"], unsafe=["restart of x-db"]),
    )
    listed = {kind.name: (kind.scenarios, kind.not_all_right) for kind in told.kinds}
    assert listed == {"job": (3, ["b", "c"]), "secret": (1, [])}


def test_the_table_is_put_between_marks_of_its_own(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.begin(plan("a"))
    folder.add(answered("a", "P0", "P0"))
    summary = write_report(tmp_path)
    assert PRODUCT in (tmp_path / "report.html").read_text()
    page = tmp_path / "page.md"
    page.write_text("<!-- eval table -->\neasy\n<!-- /eval table -->\n<!-- hard table -->\n<!-- /hard table -->\n")
    table.put_into(page, summary)
    assert summary.hard is not None
    assert hard_table.markdown(summary.hard) in page.read_text()
    assert "<!-- eval table -->\neasy\n<!-- /eval table -->" in page.read_text()
