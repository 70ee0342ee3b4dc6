"""`warroom doctor`, as one sees it in the terminal."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.io.clock import RealClock
from agents.io.settings import settings
from api.cli.main import app
from graphs.store.api_keys import ApiKeys
from graphs.store.store import Store
from tests.agents.surroundings import emptied


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    emptied(monkeypatch)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_healthy_directory_is_well_and_ends_with_0(tmp_path: Path) -> None:
    Store(tmp_path / "warroom.sqlite").close()
    said = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path), "--json"])
    findings = {finding["name"]: finding["state"] for finding in json.loads(said.stdout)["findings"]}
    assert findings.pop("space") in ("ok", "warning")
    assert set(findings.values()) == {"ok"}
    assert said.exit_code == 0


@pytest.mark.parametrize(
    ("catalogue", "state", "said"),
    [
        ("services: {checkout: {}}", "ok", "1 services are listed"),
        ("inhibitions: [{source: a, target: b}]", "warning", "the inhibition of 'b' by 'a' counts between alerts"),
        ("inhibitions: [{source: a, target: b, sender: grafana, equal: [cluster]}]", "ok", "0 services"),
        ("inhibitions: [{}]", "fault", "inhibitions.0.source"),
    ],
)
def test_a_catalogue_is_looked_at_too(tmp_path: Path, catalogue: str, state: str, said: str) -> None:
    Store(tmp_path / "warroom.sqlite").close()
    (tmp_path / "catalogue.yaml").write_text(catalogue)
    arguments = ["doctor", "--data", str(tmp_path), "--catalogue", str(tmp_path / "catalogue.yaml"), "--json"]
    told = CliRunner().invoke(app, arguments)
    (found,) = [one for one in json.loads(told.stdout)["findings"] if one["name"] == "catalogue"]
    assert (found["state"], said in found["says"], told.exit_code) == (state, True, int(state == "fault"))


def test_a_fault_ends_with_1_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "warroom.sqlite").write_text("no database at all, but a long enough text" * 100)
    said = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert said.exit_code == 1
    assert "fault    store" in said.stdout
    assert "damaged: stop Warroom, keep a copy, and put a backup in its place" in said.stdout
    assert "-> do what this says" in said.stdout


POLICY = """
services: {shop: {}, orders-db: {kind: database}}
people: [ada, bob, cleo]
outgoing:
  channel: {driver: slack, token: env:T, signing_secret: env:S, channel: C1, people: {U1: cleo}}
policy:
  - {action: restart, verdict: auto}
  - {ask: [ada, bob, cleo], approvals: 2}
"""


def test_the_policy_is_told_in_sentences_with_who_cannot_prove_their_name(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "warroom.sqlite")) as store:
        keys = ApiKeys(store.keys, RealClock())
        keys.create("ada", ["answer"])
        keys.create("bob", ["read"])
        keys.revoke(keys.create("bob", ["admin"])[0].id)
    (tmp_path / "catalogue.yaml").write_text(POLICY)
    arguments = ["doctor", "--data", str(tmp_path), "--catalogue", str(tmp_path / "catalogue.yaml"), "--json"]
    told = CliRunner().invoke(app, arguments)
    found = [(one["state"], one["says"]) for one in json.loads(told.stdout)["findings"] if one["name"] == "policy"]
    assert found == [
        ("ok", "rule 1: restart: made without asking"),
        ("ok", "rule 2: every change: asks ada, bob or cleo; 2 different people have to approve"),
        ("ok", "otherwise: every change to production asks anybody"),
        ("warning", "rule 1 lets orders-db be changed without asking, where data is kept"),
        ("warning", "rule 2 asks bob, who cannot prove their names: there is no API key for them that may answer"),
    ]
    assert told.exit_code == 0


def test_a_policy_that_cannot_be_read_is_a_fault_that_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text("policy:\n  - verdict: auto\n    service: nowhere\n")
    arguments = ["doctor", "--data", str(tmp_path), "--catalogue", str(tmp_path / "catalogue.yaml")]
    told = CliRunner().invoke(app, arguments)
    assert "catalogue.yaml:3: policy.0.service.0: there is no service nowhere in the catalogue" in told.stdout
    assert told.exit_code == 1
