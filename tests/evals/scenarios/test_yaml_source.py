"""Scenarios as people write them: the line of a mistake, a scenario to begin with, the variation by seed."""

import re
from pathlib import Path

import pytest

from evals.playing.play import play
from evals.scenarios.loading import load, names, new_scenario
from evals.scenarios.yaml_source import ScenarioError


def test_a_new_scenario_plays_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "quick_brook"
    assert [file.name for file in new_scenario(folder)] == ["alert.json", "world.yaml", "expected.yaml"]
    scenario = load(folder)
    facts = play(scenario).facts
    assert scenario.alert.dedup_key == "greetings/quick-brook"
    assert facts.conclusion is not None
    assert (facts.severity, facts.conclusion.cause) == (scenario.expected.severity, scenario.expected.cause)


def test_a_folder_in_use_is_not_written_over(tmp_path: Path) -> None:
    new_scenario(tmp_path / "quick_brook")
    with pytest.raises(ScenarioError, match="expected a folder that is empty"):
        new_scenario(tmp_path / "quick_brook")


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        ("tier: 2 ", "tier: 7 ", r"world\.yaml:7: services\.greetings\.tier: expected 1, 2 or 3, found 7"),
        ("users: 2000", "usres: 2000", r"world\.yaml:11: services\.greetings\.usres: expected only .*users"),
        ("kind: bad release", "kind: bad luck", r"world\.yaml:19: faults\.0\.kind: expected .*found 'bad luck'"),
        ("users: 2000", "users: 2000\n    tier: 1", r"world\.yaml:12: services\.greetings\.tier: expected once"),
        ("onset: -70", "onset: [", r"world\.yaml:\d+: expected YAML"),
    ],
)
def test_a_mistake_is_told_by_its_line(tmp_path: Path, written: str, instead: str, complaint: str) -> None:
    new_scenario(tmp_path / "quick_brook")
    world = tmp_path / "quick_brook" / "world.yaml"
    world.write_text(world.read_text().replace(written, instead))
    with pytest.raises(ScenarioError, match=complaint):
        load(tmp_path / "quick_brook")


@pytest.mark.parametrize("name", names())
def test_a_seed_gives_other_names_and_the_same_incident(name: str) -> None:
    written, told = load(name), load(name, 5)
    assert not set(written.world.services) & set(told.world.services)
    assert len(told.world.services) == len(written.world.services)
    assert [(f.kind, f.onset, f.effect.error_rate) for f in told.world.faults] == [
        (f.kind, f.onset, f.effect.error_rate) for f in written.world.faults
    ]
    assert (told.expected.cause, told.expected.severity) == (written.expected.cause, written.expected.severity)
    assert told.alert.service != written.alert.service or written.alert.service not in written.world.services


@pytest.mark.parametrize("name", names())
def test_no_old_name_is_left_in_what_tools_may_tell(name: str) -> None:
    told = load(name, 5).world.model_dump_json()
    for service in load(name).world.services:
        if "-" in service:
            assert not re.search(rf"(?<![\w/-]){service}(?![\w/-])", told), service


def test_seeds_differ_in_red_herrings() -> None:
    oddities = {load("silver_birch", seed).world.model_dump_json() for seed in range(6)}
    assert len(oddities) == 6
