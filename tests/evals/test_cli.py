"""`warroom eval` as one types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.cli import app
from evals.report.records import Folder
from evals.scenarios import loading


def typed(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.stderr


def test_a_run_ends_with_one_json_object_of_its_figures(tmp_path: Path) -> None:
    code, out, _ = typed("run", "north_wind", "--seeds", "1", "--to", str(tmp_path), "--json")
    told = json.loads(out)
    figures = (
        "runs",
        "passed",
        "failed",
        "inconclusive",
        "errors",
        "unsafe_actions",
        "premature_resolved",
        "under_triaged",
    )
    assert [told[name] for name in figures] == [1, 1, 0, 0, 0, 0, 0, 0]
    assert code == 0
    assert len(Folder(tmp_path).transcript("north_wind.0.book")) > 10
    assert "north_wind" in (tmp_path / "report.html").read_text()


def test_a_fresh_seed_is_printed_and_is_another_one(tmp_path: Path) -> None:
    _, _, said = typed("run", "north_wind", "--fresh", "--to", str(tmp_path), "--json")
    seeds = Folder(tmp_path).plan().seeds
    assert f"The fresh seed is {seeds[0]}." in said
    assert seeds[0] not in (0, 1, 2)


def test_an_unknown_scenario_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    code, _, said = typed("run", "nowhere", "--to", str(tmp_path / "report"))
    assert code == 2
    assert "nowhere" in said
    assert not (tmp_path / "report").exists()


def test_a_model_without_an_endpoint_is_an_error_of_the_setup_and_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    code, out, said = typed("duty", "north_wind", "--model", "--to", str(tmp_path), "--json")
    told = json.loads(out)
    assert (code, told["errors"], told["setup_errors"], told["failed"]) == (1, 1, 1, 0)
    assert "could not be played" in said


def test_comparing_with_nothing_is_refused(tmp_path: Path) -> None:
    code, _, said = typed("compare", str(tmp_path), str(tmp_path))
    assert code == 2
    assert "there is no report" in said


def test_a_new_scenario_plays_at_once_and_is_not_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "grey_sky"
    assert typed("new", str(folder))[0] == 0
    code, _, said = typed("new", str(folder))
    assert code == 2
    assert "expected a folder that is empty" in said


def test_an_unknown_defect_is_answered_with_the_known_ones() -> None:
    code, _, said = typed("selftest", "no such thing")
    assert code == 2
    assert "skipped approval" in said


def test_a_stratum_is_what_is_played_where_no_scenario_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_of_each = {"easy": ["north_wind"], "hard": ["mute_curlew"]}
    monkeypatch.setattr(loading, "names", lambda stratum="easy": one_of_each[stratum])
    _, out, _ = typed("run", "--stratum", "hard", "--seeds", "1", "--to", str(tmp_path), "--json")
    assert Folder(tmp_path).plan().scenarios == ["mute_curlew"]
    assert json.loads(out)["hard"]["scenarios"] == 1
    assert typed("run", "--stratum", "fair", "--to", str(tmp_path))[0] == 2
