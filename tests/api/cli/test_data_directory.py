"""The data directory, and `warroom doctor` and `warroom forget`, run as commands."""

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from agents.io.catalogue import Catalogue
from agents.io.clock import RealClock, VirtualClock
from agents.io.settings import settings
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from api.cli.data_directory import DirectoryUnusable, occupied
from api.cli.main import app
from graphs.intake.incident_service import IncidentService
from graphs.maintenance.retention import forget
from graphs.runtime.dependencies import Dependencies
from graphs.store.api_keys import ApiKeys
from graphs.store.opening import FILE
from graphs.store.store import Store
from tests.agents.surroundings import emptied
from tests.api.conftest import Incident

REAL, INVENTED = "runs on connected systems", "runs on a simulated production"


def test_a_second_one_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    with (
        occupied(tmp_path, REAL),
        pytest.raises(DirectoryUnusable, match=r"in use.*process \d+"),
        occupied(tmp_path, REAL),
    ):
        pass


def test_a_directory_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with occupied(tmp_path / "new", REAL) as directory:
            assert directory.is_dir()


def _die_in(directory: Path) -> None:
    with occupied(directory, REAL):
        multiprocessing.current_process().kill()


def test_a_process_that_dies_leaves_no_lock(tmp_path: Path) -> None:
    dying = multiprocessing.get_context("spawn").Process(target=_die_in, args=(tmp_path,))
    dying.start()
    dying.join()
    with occupied(tmp_path, REAL):
        assert dying.exitcode != 0


def test_invented_data_never_meets_real_runs(tmp_path: Path) -> None:
    with occupied(tmp_path, REAL):
        pass
    with pytest.raises(DirectoryUnusable, match=REAL), occupied(tmp_path, INVENTED):
        pass


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DirectoryUnusable, match="file"), occupied(tmp_path / "file" / "data", REAL):
        pass


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    emptied(monkeypatch)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.sqlite
def test_a_healthy_directory_is_well_and_ends_with_0(tmp_path: Path) -> None:
    Store(tmp_path / "warroom.sqlite").close()
    said = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path), "--json"])
    findings = {finding["name"]: finding["state"] for finding in json.loads(said.stdout)["findings"]}
    assert findings.pop("space") in ("ok", "warning")
    assert set(findings.values()) == {"ok"}
    assert said.exit_code == 0


@pytest.mark.sqlite
def test_before_the_first_start_nothing_is_kept_yet_and_that_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["doctor", "--json"])
    first = json.loads(said.stdout)["findings"][0]
    assert (first["state"], first["says"]) == ("ok", "warroom-data is not there yet; `warroom serve` makes it")
    assert said.exit_code == 0
    assert CliRunner().invoke(app, ["doctor", "--data", "mistyped"]).exit_code != 0


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("catalogue", "state", "said"),
    [
        ("services: {checkout: {}}", "ok", "1 services are listed"),
        ("inhibitions: [{source: a, target: b}]", "warning", "the inhibition of 'b' by 'a' counts between alerts"),
        ("inhibitions: [{source: a, target: b, sender: grafana, equal: [cluster]}]", "ok", "0 services"),
        ("inhibitions: [{}]", "fault", "inhibitions.0.source"),
        ("services:\n  checkout:\n    ownr: ada", "fault", "catalogue.yaml:3: services.checkout.ownr: there is no key"),
        ("webhooks: [{url: 'https://a.example', secret: file:/x, events: [run.over]}]", "fault", "webhooks.0.events.0"),
        (
            "services: {checkout: {observe: {metrics: {driver: promethus}}}}",
            "fault",
            "catalogue.yaml: services.checkout.observe.metrics: there is no driver promethus; did you mean prometheus?",
        ),
    ],
)
def test_a_catalogue_is_looked_at_too(tmp_path: Path, catalogue: str, state: str, said: str) -> None:
    Store(tmp_path / "warroom.sqlite").close()
    (tmp_path / "catalogue.yaml").write_text(catalogue)
    arguments = ["doctor", "--data", str(tmp_path), "--catalogue", str(tmp_path / "catalogue.yaml"), "--json"]
    told = CliRunner().invoke(app, arguments)
    (found,) = [one for one in json.loads(told.stdout)["findings"] if one["name"] == "catalogue"]
    assert (found["state"], said in found["says"], told.exit_code) == (state, True, int(state == "fault"))


@pytest.mark.sqlite
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


@pytest.mark.sqlite
def test_the_policy_is_told_in_sentences_with_who_cannot_prove_their_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("T", "xoxb-1")
    monkeypatch.setenv("S", "s")
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


@pytest.fixture
def deps(tmp_path: Path) -> Iterator[Dependencies]:
    clock, catalogue = VirtualClock(datetime(2026, 3, 2, tzinfo=UTC)), Catalogue()
    deps = Dependencies(Store(tmp_path / FILE), clock, CatalogueConnections(catalogue, clock), catalogue)
    yield deps
    deps.store.close()


def had(deps: Dependencies, is_open: bool = False) -> str:
    run = IncidentService(deps).alerts.receive(Alert(title="checkout answers 500")).run
    if not is_open:
        with deps.store.transaction():
            deps.store.runs.close(run)
    return run


def test_a_closed_run_is_forgotten_beside_a_running_server(deps: Dependencies, tmp_path: Path) -> None:
    run = had(deps)
    told = CliRunner().invoke(app, ["forget", run, "--yes", "--data", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert told.stdout == f"{run} is forgotten: 1 events, 0 pictures.\n"
    assert deps.store.runs.tombstone(run)


def test_without_a_yes_nothing_is_forgotten(deps: Dependencies, tmp_path: Path) -> None:
    run = had(deps)
    assert CliRunner().invoke(app, ["forget", run, "--data", str(tmp_path)], input="n\n").exit_code == 1
    assert deps.store.runs.exists(run)


def test_an_open_run_is_refused(deps: Dependencies, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["forget", had(deps, is_open=True), "--yes", "--data", str(tmp_path)])
    assert told.exit_code == 2
    assert "close or cancel it first" in told.stderr


@pytest.mark.parametrize(("where", "why"), [("", "there is no run nobody"), ("elsewhere", "there is no data in")])
def test_what_is_not_there_is_said(deps: Dependencies, tmp_path: Path, where: str, why: str) -> None:
    told = CliRunner().invoke(app, ["forget", "nobody", "--yes", "--data", str(tmp_path / where)])
    assert told.exit_code == 2
    assert why in told.stderr


async def test_the_doors_say_that_a_run_was_forgotten(client: httpx2.AsyncClient, incident: Incident) -> None:
    store = incident.incidents.deps.store
    with store.transaction():
        store.runs.close(incident.run)
    forget(store, incident.run, "ada", incident.incidents.clock.now())
    answered = await client.get(f"/v1/runs/{incident.run}")
    assert (answered.status_code, answered.json()["detail"]) == (
        410,
        f"Run {incident.run} was forgotten: it was deleted for good.",
    )
    assert (await client.get("/v1/runs")).json()["runs"] == []


async def test_the_shape_of_webhooks_is_served(client: httpx2.AsyncClient) -> None:
    shape = (await client.get("/v1/webhooks/schema")).json()
    assert shape["title"] == "RunEvent"
