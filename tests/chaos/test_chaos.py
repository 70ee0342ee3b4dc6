"""Short forms of `make chaos`: real processes, killed with SIGKILL, on a production that is not."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHAOS = Path(__file__).parent / "chaos.py"
FAULTS = ("crashes", "lost", "stuck", "duplicate_effects", "duplicate_events", "late_timers")


def chaos(*options: str) -> tuple[int, dict[str, Any]]:
    """Run the command; gives its exit code and its last line."""
    ran = subprocess.run([sys.executable, CHAOS, *options], capture_output=True, text=True, check=False)
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout.splitlines()[-1])


def faults(told: dict[str, Any]) -> dict[str, int]:
    return {name: told[name] for name in FAULTS if told[name]}


@pytest.mark.long
@pytest.mark.parametrize(("runs", "kills", "within"), [("2", "4", "10"), ("4", "6", "20")])
def test_a_storm_of_kills_loses_nothing_and_does_nothing_twice(runs: str, kills: str, within: str) -> None:
    code, told = chaos("--runs", runs, "--kills", kills, "--writes", "", "--within", within)
    assert faults(told) == {}
    assert (told["closed"], told["kills"], code) == (int(runs), int(kills), 0)


@pytest.mark.long
@pytest.mark.parametrize("scenario", ["wry_neck", "first_light"])
def test_a_kill_at_a_write_loses_nothing_and_does_nothing_twice(scenario: str) -> None:
    code, told = chaos("--runs", "0", "--every", "131", "--writes", scenario)
    assert faults(told) == {}
    assert told["kills"] == told["runs"] == told["closed"] > 4
    assert code == 0


@pytest.mark.long
def test_a_warroom_that_retries_blindly_is_found_out() -> None:
    code, told = chaos("--runs", "0", "--writes", "north_wind", "--every", "4", "--sabotage", "retry")
    assert set(faults(told)) == {"duplicate_effects"}
    assert code == 1


def test_a_warroom_that_forgets_is_found_out() -> None:
    code, told = chaos("--runs", "0", "--writes", "north_wind", "--every", "20", "--sabotage", "forget")
    assert "stuck" in faults(told)
    assert code == 1
