"""Captured scenarios: a finished run, written as a scenario, plays at once and ends alike."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from evals.playing.play import Played, play
from evals.recording.capture import capture
from evals.scenarios.loading import load
from evals.scenarios.scenario import Scenario
from evals.scenarios.yaml_source import ScenarioError


def _as_it_is(text: str) -> str:
    return text


def _captured(played: Played, folder: Path, redact: Callable[[str], str] = _as_it_is) -> Scenario:
    return capture(played.events, folder, played.production.catalogue, redact)


@pytest.mark.parametrize("name", [pytest.param("grey_heron", marks=pytest.mark.long), "tall_reed", "north_wind"])
def test_a_captured_run_plays_at_once_and_ends_alike(tmp_path: Path, name: str) -> None:
    first = play(load(name))
    scenario = _captured(first, tmp_path / name)
    again = play(scenario)
    assert again.facts.status == "closed"
    assert again.facts.severity == scenario.expected.severity == first.facts.severity
    assert _end(again) == _end(first)
    done = {(act.port, act.of("service")) for act in again.production.journal.acts()}
    assert {(act.action, act.service) for act in scenario.expected.required_actions} <= done


def _end(played: Played) -> tuple[str, str | None, str | None] | None:
    found = played.facts.conclusion
    return (found.verdict, found.cause, found.component) if found else None


def test_what_nobody_asked_for_has_no_data(tmp_path: Path) -> None:
    scenario = _captured(play(load("amber_pike")), tmp_path / "x")
    assert "gift-cards" in scenario.world.observed
    assert "provider_status" not in scenario.world.observed["gift-cards"]


def test_changes_that_were_recorded_are_operations_of_the_world(tmp_path: Path) -> None:
    played = play(load("first_light"))
    told = {"kind": "flag", "service": "sign-in", "what": "flag new-form on", "old": "10 %", "new": "50 %"}
    at = (played.events[0].at - timedelta(minutes=30)).isoformat()
    changes = [{**told, "at": at}, {**told, "kind": "pipeline", "at": at}]
    events = list(played.events)
    for number, event in enumerate(events):
        if event.kind == "tool_result" and event.payload["tool"] == "change_history":
            value = {**event.payload["value"], "changes": changes}
            events[number] = event.model_copy(update={"payload": {**event.payload, "value": value}})
    played = played._replace(events=events)
    (operation,) = _captured(played, tmp_path / "x").world.services["sign-in"].operations
    assert (operation.kind, operation.at, operation.says) == ("flag", -30, "flag new-form on from 10 % to 50 %")


def test_nothing_leaves_unredacted(tmp_path: Path) -> None:
    played = play(load("first_light"))
    _captured(played, tmp_path / "x", lambda text: text.replace("Identity team", "a team"))
    for file in (tmp_path / "x").iterdir():
        assert "Identity team" not in file.read_text()
    lines = (tmp_path / "x" / "recording.jsonl").read_text().splitlines()
    assert [json.loads(line)["key"] for line in lines] == [event.key for event in played.events]


def test_a_run_that_is_not_over_cannot_be_captured(tmp_path: Path) -> None:
    played = play(load("north_wind"))
    with pytest.raises(ScenarioError, match="expected a run that is closed"):
        capture(played.events[:5], tmp_path / "x", played.production.catalogue, _as_it_is)
