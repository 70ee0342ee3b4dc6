"""The `warroom` command, as a person calls it."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from api.cli.main import app
from evals.scenarios.loading import names
from tests.api.processes import ENVIRONMENT, address, ended, start, warroom


@pytest.fixture(scope="module")
def demo() -> "subprocess.CompletedProcess[str]":
    return warroom("demo", "--once", "--speed", "max", "--json")


def test_the_demo_prints_one_json_object_and_ends_well(demo: "subprocess.CompletedProcess[str]") -> None:
    played: dict[str, Any] = json.loads(demo.stdout)
    assert (demo.returncode, demo.stderr) == (0, "")
    assert set(played) == {"run", "transcript"}
    assert played["run"]["status"] == "closed"
    assert [event["seq"] for event in played["transcript"]] == [*range(1, len(played["transcript"]) + 1)]


def test_the_demo_without_a_server_loads_neither_the_web_nor_a_model() -> None:
    heavy = ("fastapi", "starlette", "uvicorn", "openai", "langchain_openai")
    code = (
        "import sys; sys.argv = ['warroom', 'demo', '--once', '--speed', 'max']\n"
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


def test_a_wrong_setting_is_one_clear_line(tmp_path: Path) -> None:
    told = warroom("serve", cwd=tmp_path, WARROOM_MINUTE_SECONDS="a while")
    assert (told.returncode, told.stdout) == (2, "")
    assert "minute_seconds" in told.stderr
    assert len(told.stderr.splitlines()) == 1


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
