"""SIGTERM in the middle of a run: nothing is lost, and the run goes on after the next start."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.processes import address, ended, start, warroom

PLAYED = ("serve", "--port", "0", "--speed", "1000", "--data", "data", "--simulate", "wry_neck")


def seen(base: str, run: str) -> list[dict[str, Any]]:
    return httpx2.get(f"{base}/v1/runs/{run}/transcript").json()["events"]


def until(base: str, run: str, kind: str) -> list[dict[str, Any]]:
    for _ in range(600):
        events = seen(base, run)
        if any(event["kind"] == kind for event in events):
            return events
        time.sleep(0.05)
    raise AssertionError(f"the run came to no {kind}")


def stopped_at(kind: str, folder: Path) -> tuple[str, list[dict[str, Any]]]:
    server = start(*PLAYED, cwd=folder)
    try:
        base = address(server)
        run = httpx2.get(f"{base}/v1/runs").json()["runs"][0]["id"]
        events = until(base, run, kind)
    finally:
        outcome = ended(server)
    assert outcome == (0, "")
    return run, events


@pytest.mark.parametrize("kind", ["intent", pytest.param("proposal", marks=pytest.mark.long)])
def test_a_run_goes_on_where_it_was_and_nothing_is_done_twice(tmp_path: Path, kind: str) -> None:
    run, before = stopped_at(kind, tmp_path)
    server = start(*PLAYED, cwd=tmp_path)
    try:
        base = address(server)
        runs = httpx2.get(f"{base}/v1/runs").json()["runs"]
        after = until(base, run, "closed")
    finally:
        outcome = ended(server)
    assert outcome == (0, "")
    assert [one["id"] for one in runs] == [run]
    assert after[: len(before)] == before
    assert [event["seq"] for event in after] == [*range(1, len(after) + 1)]
    assert [event["at"] for event in after] == sorted(event["at"] for event in after)
    assert [event for event in after if event["kind"] == "error"] == []
    assert done(tmp_path / "data/journal.jsonl") == Counter(
        event["payload"]["idempotency_key"] for event in after if event["kind"] == "intent"
    )


def done(journal: Path) -> Counter[str]:
    """What the production saw, by idempotency key."""
    began, *acts = map(json.loads, journal.read_text().splitlines())
    assert set(began) == {"began"}
    return Counter(act["key"] for act in acts)


@pytest.mark.long
def test_a_simulation_s_directory_is_for_that_simulation_only(tmp_path: Path) -> None:
    run, _ = stopped_at("alert", tmp_path)
    real = warroom("serve", "--port", "0", "--data", "data", cwd=tmp_path)
    other = warroom("serve", "--port", "0", "--data", "data", "--simulate", "north_wind", cwd=tmp_path)
    assert run
    for refused in (real, other):
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "wry_neck" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
