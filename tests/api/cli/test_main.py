"""The `warroom` command, as a person calls it."""

import json
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from api.cli.main import app
from evals.scenarios.loading import names
from tests.api.processes import ENVIRONMENT, address, ended, killed, start, warroom


@pytest.fixture(scope="module")
def demo() -> "subprocess.CompletedProcess[str]":
    return warroom("demo", "--once", "--speed", "max", "--json")


def test_the_demo_prints_one_json_object_and_ends_well(demo: "subprocess.CompletedProcess[str]") -> None:
    played: dict[str, Any] = json.loads(demo.stdout)
    assert (demo.returncode, demo.stderr) == (0, "")
    assert set(played) == {"run", "transcript"}
    assert played["run"]["status"] == "closed"
    assert [event["seq"] for event in played["transcript"]] == [*range(1, len(played["transcript"]) + 1)]


THE_WEB_AND_MODELS = ("fastapi", "starlette", "uvicorn", "openai", "langchain_openai")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_demo_without_a_server_loads_nothing_that_it_does_not_use(options: list[str]) -> None:
    heavy = (*THE_WEB_AND_MODELS, "api.intake.senders")
    code = (
        f"import sys; sys.argv = ['warroom', 'demo', '--once', '--speed', 'max', *{options}]\n"
        "from api.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('loaded:', [name for name in {heavy} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "loaded: []"


def test_a_play_is_told_line_by_line() -> None:
    said = CliRunner().invoke(app, ["play", "north_wind"])
    assert said.exit_code == 0
    assert "03:00:00  Alert" in said.stdout
    assert "Step 1: triage" in said.stdout
    assert "\x1b" not in said.stdout


def test_a_model_that_is_not_configured_is_not_used_silently() -> None:
    told = warroom("demo", "--model")
    assert (told.returncode, told.stdout) == (2, "")
    assert "OPENAI_API_KEY" in told.stderr


def test_the_version_is_told() -> None:
    said = CliRunner().invoke(app, ["--version"])
    assert (said.exit_code, said.stdout) == (0, f"warroom {version('warroom')}\n")


def test_the_scenarios_are_listed() -> None:
    said = CliRunner().invoke(app, ["scenarios"]).stdout
    assert [line.split()[0] for line in said.splitlines()] == names()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["play", "nothing"], "nothing: no such scenario"),
        (["demo", "--scenario", "nothing"], "nothing: no such scenario"),
        (["demo", "--speed", "fast"], "--speed fast"),
        (["demo", "--speed", "0"], "--speed 0"),
        (["demo", "--speed", "max", "--keep"], "leave out --keep"),
        (["demo", "--once", "--keep"], "leave out one"),
        (["serve", "--speed", "2"], "--simulate"),
        (["serve", "--catalogue", "missing.yaml"], "missing.yaml"),
        (["serve", "--catalogue", "bad.yaml"], "services.shop.tier"),
        (["serve", "--catalogue", "unknown.yaml"], "there is no driver telepathy"),
        (["serve", "--simulate", "nothing"], "nothing: no such scenario"),
        (["serve", "--port", "99999"], "port 99999"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    (tmp_path / "bad.yaml").write_text("services: {shop: {tier: 9}}")
    (tmp_path / "unknown.yaml").write_text("services: {shop: {observe: {metrics: {driver: telepathy}}}}")
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    assert len(told.stderr.splitlines()) == 1
    assert said in told.stderr


@pytest.mark.parametrize("command", ["serve", "play north_wind", "doctor"])
def test_a_wrong_setting_is_one_clear_line_of_every_command(tmp_path: Path, command: str) -> None:
    told = warroom(*command.split(), cwd=tmp_path, WARROOM_MINUTE_SECONDS="a while")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("warroom: the environment: WARROOM_MINUTE_SECONDS: ")
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize("key", ["sk-two\nlines", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_one_clear_line_and_is_not_shown(tmp_path: Path, key: str) -> None:
    told = warroom("runs", "--url", "http://127.0.0.1:1", cwd=tmp_path, WARROOM_KEY=key)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("warroom: the key of --key or WARROOM_KEY cannot be sent: its character number ")
    assert key not in told.stderr


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_taken_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = CliRunner().invoke(app, [command, "--port", str(port)])
    assert (told.exit_code, len(told.stderr.splitlines())) == (2, 1)
    assert f"port {port}" in told.stderr


def until_it_asks(base: str, run: str) -> dict[str, Any]:
    for _ in range(200):
        seen: dict[str, Any] = httpx2.get(f"{base}/v1/runs/{run}").json()
        if seen["questions"]:
            return seen
        time.sleep(0.1)
    raise AssertionError("the run asked nothing")


def test_with_nothing_connected_a_run_says_so_and_asks(tmp_path: Path) -> None:
    server = start("serve", "--port", "0", cwd=tmp_path)
    try:
        base = address(server)
        second = warroom("serve", "--port", "0", cwd=tmp_path)
        posted = httpx2.post(f"{base}/v1/alerts", json={"title": "shop is down", "severity": "critical"})
        run = until_it_asks(base, posted.json()["runs"][0]["id"])
    finally:
        outcome = ended(server)
    assert (second.returncode, "in use" in second.stderr) == (2, True)
    assert run["verdict"] == "insufficient evidence"
    assert outcome == (0, "")


@pytest.mark.parametrize(
    ("surroundings", "said"),
    [
        ({"SSL_CERT_FILE": "/nowhere.pem"}, "SSL_CERT_FILE names /nowhere.pem, which is not there"),
        ({"ALL_PROXY": "nonsense://x", "SSL_CERT_FILE": ""}, "ALL_PROXY is not the address of a proxy"),
        (
            {"OPENAI_API_KEY": "two\nlines", "SSL_CERT_FILE": ""},
            "OPENAI_API_KEY cannot be sent: its character number 4",
        ),
    ],
)
def test_alerts_are_taken_although_the_model_cannot_be_asked(
    tmp_path: Path, surroundings: dict[str, str], said: str
) -> None:
    endpoint = {"OPENAI_BASE_URL": "https://model.example/v1", "OPENAI_API_KEY": "k\n"}
    server = start("serve", "--port", "0", cwd=tmp_path, **{**endpoint, **surroundings})
    assert server.stdout
    try:
        base = address(server)
        lines = [server.stdout.readline(), server.stdout.readline()]
        with httpx2.Client(base_url=base, trust_env=False) as client:
            taken = client.post("/v1/alerts", json={"title": "shop is down"})
    finally:
        killed(server)
    assert taken.status_code == 202
    assert lines[0] == "Nothing is connected: name your services with --catalogue.\n"
    assert lines[1].startswith(f"Duties are done by the rules, for gpt-5 and gpt-5-mini cannot be asked: {said}")


def test_a_simulation_starts_its_own_run_and_streams_it(tmp_path: Path) -> None:
    server = start("serve", "--port", "0", "--simulate", "north_wind", "--speed", "600", cwd=tmp_path)
    try:
        base = address(server)
        run = httpx2.get(f"{base}/v1/runs").json()["runs"][0]["id"]
        stream = httpx2.get(f"{base}/v1/runs/{run}/events", timeout=30).text
    finally:
        outcome = ended(server)
    assert stream.rstrip().endswith("event: end\ndata: {}")
    assert stream.count("\nid: ") + 1 == len([line for line in stream.splitlines() if line.startswith('data: {"seq')])
    assert outcome == (0, "")
    assert not (tmp_path / "warroom-data").exists()


def test_the_demo_serves_its_run_and_ends_by_itself(tmp_path: Path) -> None:
    said = warroom("demo", "--scenario", "north_wind", "--speed", "600", cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert "http://127.0.0.1:" in said.stdout
    assert "is closed" in said.stdout
