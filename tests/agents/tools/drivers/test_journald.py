"""The journald driver, against a program that answers as journalctl does."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.readings.production import ErrorLog
from agents.tools.drivers.journald import Journald
from agents.tools.port import Unanswered

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def entry(minutes_ago: float, message: Any, priority: str = "6") -> str:
    at = NOON - timedelta(minutes=minutes_ago)
    stamp = str(round(at.timestamp() * 1e6))
    return json.dumps({"__REALTIME_TIMESTAMP": stamp, "MESSAGE": message, "PRIORITY": priority})


def program(folder: Path, *lines: str, code: str = "") -> dict[str, Any]:
    """A catalogue entry whose journalctl prints these lines; it writes down what it was asked."""
    (folder / "lines").write_text("\n".join(lines), encoding="utf-8")
    (folder / "journalctl.py").write_text(
        "import pathlib, sys, time\n"
        "here = pathlib.Path(__file__).parent\n"
        "(here / 'asked').write_text('\\n'.join(sys.argv[1:]))\n"
        f"{code}\n"
        "sys.stdout.write((here / 'lines').read_text())\n"
    )
    return {"command": [sys.executable, str(folder / "journalctl.py"), "--user"]}


async def log_of(settings: dict[str, Any], clock: VirtualClock) -> ErrorLog:
    return await Journald(settings, clock).error_log("shop", minutes=60)


async def test_errors_are_known_by_their_priority_or_by_what_they_say(tmp_path: Path, clock: VirtualClock) -> None:
    lines = [
        entry(50, "ERROR order 1 failed"),
        entry(10, "ERROR order 2 failed"),
        entry(9, "disk is nearly full", "4"),
        entry(8, "going down", "2"),
        entry(7, "all is well"),
        entry(6, list(b"panic: \xff"), "6"),
        entry(5, None),
    ]
    patterns = (await log_of(program(tmp_path, *lines), clock)).patterns
    assert {(p.signature, p.level, p.count) for p in patterns} == {
        ("ERROR order * failed", "error", 2),
        ("disk is nearly full", "warning", 1),
        ("going down", "fatal", 1),
        ("panic: \ufffd", "fatal", 1),
    }
    assert patterns[0].first_seen == NOON - timedelta(minutes=50)


async def test_the_unit_and_the_window_are_asked_for(tmp_path: Path, clock: VirtualClock) -> None:
    await log_of({**program(tmp_path), "unit": "$service@*.service"}, clock)
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[:4] == [
        "--user",
        "--unit=shop@*.service",
        f"--since=@{NOON.timestamp() - 3600:.0f}",
        f"--until=@{NOON.timestamp():.0f}",
    ]
    assert "--output=json" in asked


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("sys.exit('No journal files were opened due to insufficient permissions.')", "ended with 1: No journal files"),
        ("print('<html>')", "not the journal's JSON: <html>"),
        ("print('{\"MESSAGE\": 1}')", "not the journal's JSON"),
        ("print('[]')", "not the journal's JSON"),
        ('print(\'{"__REALTIME_TIMESTAMP": "9" , "MESSAGE": [300]}\')', "not the journal's JSON"),
        ("time.sleep(60)", r"not done within 0\.5 s, and killed"),
        ("while True: print('x' * 100000)", "more than 32 MiB, and was ended"),
    ],
)
async def test_what_is_no_journal_is_told(code: str, said: str, tmp_path: Path, clock: VirtualClock) -> None:
    settings = {**program(tmp_path, code=code), "seconds": 0.5 if "sleep" in code else 30}
    with pytest.raises(Unanswered, match=said):
        await log_of(settings, clock)


async def test_a_machine_without_a_journal_says_so(clock: VirtualClock) -> None:
    with pytest.raises(Unanswered, match=r"ran /nowhere/journalctl .*No such file"):
        await log_of({"command": ["/nowhere/journalctl"]}, clock)


@pytest.mark.parametrize("entry", [{"unit": "--system"}, {"unit": "a b"}, {"command": []}, {"lines": 0}])
def test_an_entry_with_a_fault_is_refused_at_the_start(entry: dict[str, Any], clock: VirtualClock) -> None:
    with pytest.raises(ValidationError):
        Journald(entry, clock)


async def test_raw_entries_are_searched_with_those_that_are_no_errors(tmp_path: Path, clock: VirtualClock) -> None:
    lines = [entry(50, "starting"), entry(20, "took order 7"), entry(10, "order 8 refused", "3"), entry(5, "idle", "7")]
    found = await Journald(program(tmp_path, *lines), clock).search_logs(service="shop", text="order", minutes=60)
    assert [(line.text, line.level) for line in found.lines] == [("took order 7", ""), ("order 8 refused", "error")]
    assert f"--since=@{NOON.timestamp() - 3600:.0f}" in (tmp_path / "asked").read_text()
