"""`warroom serve`, with connected systems and with a simulated production."""

import logging
import resource
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from agents.io.clock import RealClock
from agents.io.settings import Settings
from api.cli.serve import ServeOptions, serve
from api.serving.listening import Unguarded
from api.serving.open_connections import WANTED_FILES
from evals.playing.play import play
from evals.scenarios.loading import load
from graphs.store.api_keys import ApiKeys
from graphs.store.opening import FILE
from graphs.store.store import Store
from tests.api.processes import address, killed, start, warroom


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """The log is the process's; what serving does to it ends with the test."""
    root, ours = logging.getLogger(), logging.getLogger("warroom")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def say(_: str) -> None:
    raise AssertionError("it listens")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_on_an_address_that_others_reach_it_does_not_start_without_a_key(tmp_path: Path, host: str) -> None:
    with pytest.raises(Unguarded, match="warroom keys create"):
        serve(ServeOptions(port=0, host=host, data=tmp_path), Settings(), None, say)


def test_once_there_is_a_key_it_listens(tmp_path: Path) -> None:
    store = Store(tmp_path / FILE)
    ApiKeys(store.keys, RealClock()).create("night shift", ["admin"])
    store.close()
    with pytest.raises(AssertionError, match="it listens"):
        serve(ServeOptions(port=0, host="0.0.0.0", data=tmp_path), Settings(), None, say)


def test_a_rule_that_does_less_than_one_may_think_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text("inhibitions: [{source: a, target: b}]")
    told: list[str] = []

    def listen(said: str) -> None:
        told.append(said)
        if "listens" in said:
            say(said)

    with pytest.raises(AssertionError, match="it listens"):
        serve(ServeOptions(0, data=tmp_path / "data", catalogue=tmp_path / "catalogue.yaml"), Settings(), None, listen)
    assert told[0].startswith("Warning: the inhibition of 'b' by 'a' counts between alerts of the same sender only")


def test_a_revoked_key_still_keeps_the_doors_shut(tmp_path: Path) -> None:
    store = Store(tmp_path / FILE)
    kept = ApiKeys(store.keys, RealClock())
    kept.revoke(kept.create("night shift", ["admin"])[0].id)
    assert kept.exist
    store.close()


def test_as_many_files_may_be_open_as_the_system_lets_it(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    with pytest.raises(AssertionError, match="it listens"):
        serve(ServeOptions(port=0, data=tmp_path), Settings(), None, say)
    after, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert after == (WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard))


def test_an_address_may_have_as_many_connections_as_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noted(*handed: object) -> None:
        raise AssertionError(str(handed[-1]))

    monkeypatch.setattr("api.cli.serve.served", noted)
    settings = Settings(connections_per_address=17)
    with pytest.raises(AssertionError, match="per_address=17"):
        serve(ServeOptions(port=0, data=tmp_path), settings, None, lambda _: None)


SERVED = ["serve", "--port", "0", "--simulate", "north_wind", "--speed", "10"]
DEMO = ["demo", "--keep", "--speed", "10", "--scenario", "north_wind"]


@contextmanager
def running(arguments: list[str], folder: Path, **settings: str) -> Generator[httpx2.Client]:
    server = start(*arguments, cwd=folder, **settings)
    try:
        with httpx2.Client(base_url=address(server), trust_env=False) as client:
            yield client
    finally:
        killed(server)


@pytest.mark.parametrize("arguments", [SERVED, DEMO], ids=["serve --simulate", "demo"])
def test_a_storm_begins_where_the_setting_says(tmp_path: Path, arguments: list[str]) -> None:
    with running(arguments, tmp_path, WARROOM_STORM_FROM="2") as client:
        for number in range(5):
            client.post("/v1/alerts", json={"title": f"{number * 7} is down", "service": f"service-{number}"})
        titles = [run["title"] for run in client.get("/v1/runs").json()["runs"]]
    assert titles.count("Alert storm") == 1


def test_senders_and_the_public_name_are_obeyed_too(tmp_path: Path) -> None:
    (tmp_path / "senders.yaml").write_text("pagerduty: {secrets: ['env:PAGERDUTY_SECRET']}")
    settings = {"WARROOM_SENDERS": "senders.yaml", "PAGERDUTY_SECRET": "s", "WARROOM_HOSTS": "other.example"}
    with running(SERVED, tmp_path, WARROOM_PUBLIC_URL="https://warroom.example", **settings) as client:
        unsigned = client.post("/v1/alerts/pagerduty", json={"event": {}})
        asked_by = {
            name: client.get("/v1/runs", headers={"Host": name}).status_code
            for name in ("warroom.example", "other.example", "evil.example")
        }
    assert unsigned.status_code == 401
    assert asked_by == {"warroom.example": 200, "other.example": 200, "evil.example": 421}


def test_what_is_played_obeys_the_limit_of_revenue_and_an_exam_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_REVENUE_LIMIT", "1")
    played = [play(load("first_light"), settings=given) for given in (None, Settings())]
    assert [[escalated.row for escalated in one.facts.escalated] for one in played] == [[], ["ESC-5", "ESC-5"]]


@pytest.mark.parametrize(
    "arguments",
    [SERVED, *(pytest.param(it, marks=pytest.mark.long) for it in (["play", "north_wind"], ["demo", "--once"]))],
)
def test_minutes_of_another_length_are_refused_where_the_world_has_its_own(
    tmp_path: Path, arguments: list[str]
) -> None:
    told = warroom(*arguments, cwd=tmp_path, WARROOM_MINUTE_SECONDS="6")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("warroom: WARROOM_MINUTE_SECONDS is for connected systems")
    assert len(told.stderr.splitlines()) == 1
