"""A simulated production obeys the settings as connected systems do."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from agents.io.settings import Settings
from evals.playing.play import play
from evals.scenarios.loading import load
from tests.api.processes import address, killed, start, warroom

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
