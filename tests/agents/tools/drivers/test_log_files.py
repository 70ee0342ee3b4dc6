"""The log files driver: ends of files as error patterns."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.readings.production import ErrorLog
from agents.tools.drivers.log_files import LogFiles
from agents.tools.port import Unanswered

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def written(folder: Path, *lines: str, name: str = "shop.log", at: datetime = NOON) -> Path:
    file = folder / name
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file


async def log_of(clock: VirtualClock, *paths: Path | str, **entry: Any) -> ErrorLog:
    return await LogFiles({"paths": [str(path) for path in paths], **entry}, clock).error_log("shop")


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-02T11:30:00Z ERROR order 17 failed",
        "2026-03-02 12:30:00,123 +01:00 ERROR order 17 failed",
        "[2026-03-02 11:30:00.5] ERROR order 17 failed",
        "2026/03/02 11:30:00 [error] order 17 failed",
        '10.0.0.1 - - [02/Mar/2026:12:30:00 +0100] "GET /" error 500',
        "Mar  2 11:30:00 host shop[17]: error: order 17 failed",
        '{"time": "2026-03-02T11:30:00+00:00", "level": "error", "msg": "order 17 failed", "version": "v2"}',
        '{"ts": 1772451000, "level": "error", "msg": "order 17 failed"}',
        '{"timestamp": 1772451000000, "level": "error", "msg": "order 17 failed"}',
    ],
)
async def test_the_time_of_a_line_is_read_in_its_usual_forms(line: str, tmp_path: Path, clock: VirtualClock) -> None:
    (pattern,) = (await log_of(clock, written(tmp_path, line))).patterns
    assert pattern.first_seen.replace(microsecond=0) == NOON - timedelta(minutes=30)
    assert pattern.level == "error"


async def test_lines_of_all_files_that_say_the_same_are_one_pattern(tmp_path: Path, clock: VirtualClock) -> None:
    written(
        tmp_path, "2026-03-02T11:00:00Z ERROR order 1 failed", "2026-03-02T11:01:00Z INFO all is well", name="a.log"
    )
    written(tmp_path, "2026-03-02T11:50:00Z ERROR order 2 failed", "2026-03-02T11:51:00Z WARN slow", name="b.log")
    failed, slow = (await log_of(clock, tmp_path / "*.log")).patterns
    assert (failed.count, failed.level, slow.level) == (2, "error", "warning")
    assert (failed.first_seen, failed.last_seen) == (NOON.replace(hour=11), NOON.replace(hour=11, minute=50))


async def test_a_stack_trace_is_of_the_time_before_it(tmp_path: Path, clock: VirtualClock) -> None:
    file = written(tmp_path, "2026-03-02T11:40:00Z request 7", "Traceback:", "  x / 0", "ZeroDivisionError: division")
    patterns = (await log_of(clock, file)).patterns
    assert {pattern.signature for pattern in patterns} == {"Traceback:", "ZeroDivisionError: division"}
    assert {pattern.first_seen for pattern in patterns} == {NOON.replace(hour=11, minute=40)}


async def test_a_time_without_a_zone_is_of_the_zone_that_the_catalogue_names(
    tmp_path: Path, clock: VirtualClock
) -> None:
    file = written(tmp_path, "2026-03-02 12:30:00 ERROR failed")
    assert (await log_of(clock, file)).patterns == []  # half past noon, which is to come
    (pattern,) = (await log_of(clock, file, zone="Europe/Berlin")).patterns
    assert pattern.first_seen == NOON - timedelta(minutes=30)


async def test_december_s_lines_are_read_in_january(tmp_path: Path) -> None:
    january = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
    file = written(tmp_path, "Dec 31 23:50:00 host shop: error: failed", at=january)
    (pattern,) = (await log_of(VirtualClock(january), file)).patterns
    assert pattern.first_seen == datetime(2026, 12, 31, 23, 50, tzinfo=UTC)


async def test_only_the_window_is_told_and_old_files_are_not_read(tmp_path: Path, clock: VirtualClock) -> None:
    new = written(tmp_path, "2026-03-02T09:00:00Z ERROR old", "2026-03-02T11:59:00Z ERROR new")
    old = written(tmp_path, "no time and an error", name="old.log", at=NOON - timedelta(days=3))
    assert [pattern.signature for pattern in (await log_of(clock, new, old)).patterns] == ["* ERROR new"]


async def test_of_a_huge_file_the_end_is_read_without_the_line_that_was_cut(
    tmp_path: Path, clock: VirtualClock
) -> None:
    filler = "2026-03-02T11:00:00Z ERROR filler " + "x" * 1000
    file = written(tmp_path, *[filler] * 3000, "2026-03-02T11:59:00Z ERROR at the end")
    patterns = (await log_of(clock, file, megabytes=1)).patterns
    counts = {pattern.signature[:16]: pattern.count for pattern in patterns}
    assert counts["* ERROR at the e"] == 1
    assert 1000 < counts["* ERROR filler x"] < 1020


@pytest.mark.parametrize(
    ("content", "said"),
    [("error without any time\n", "have no time in a form that is known"), (None, "there is no such file")],
)
async def test_what_cannot_be_read_is_told(content: str | None, said: str, tmp_path: Path, clock: VirtualClock) -> None:
    file = tmp_path / "shop.log" if content is None else written(tmp_path, content.strip())
    with pytest.raises(Unanswered, match=said):
        await log_of(clock, file)


async def test_a_pipe_is_not_waited_for(tmp_path: Path, clock: VirtualClock) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    with pytest.raises(Unanswered, match="there is no such file"):
        await log_of(clock, tmp_path / "pipe.log")


async def test_bytes_that_are_no_text_and_secrets_are_no_harm(tmp_path: Path, clock: VirtualClock) -> None:
    file = tmp_path / "shop.log"
    file.write_bytes(b"2026-03-02T11:59:00Z ERROR \xff\x00\x1b[2J password=hunter2222 refused\n")
    os.utime(file, (NOON.timestamp(), NOON.timestamp()))
    (pattern,) = (await log_of(clock, file)).patterns
    assert "hunter2222" not in pattern.sample and "\x1b" not in pattern.sample


@pytest.mark.parametrize("entry", [{}, {"paths": []}, {"paths": ["shop.log"]}, {"paths": ["/x"], "zone": "Mars/Base"}])
def test_an_entry_with_a_fault_is_refused_at_the_start(entry: dict[str, Any], clock: VirtualClock) -> None:
    with pytest.raises(ValidationError):
        LogFiles(entry, clock)


async def test_raw_lines_of_a_window_are_searched_a_stack_trace_in_its_order(
    tmp_path: Path, clock: VirtualClock
) -> None:
    path = written(
        tmp_path,
        "2026-03-02T11:00:00Z INFO took order 1",
        "2026-03-02T11:50:00Z ERROR order 2 failed",
        "  at pay.py:17",
        "  at order.py:4",
        "2026-03-02T11:58:00Z INFO took order 3",
    )
    found = await LogFiles({"paths": [str(path)]}, clock).search_logs(
        service="shop", minutes=20, until="2026-03-02T11:55:00Z"
    )
    assert [line.text for line in found.lines] == [
        "2026-03-02T11:50:00Z ERROR order 2 failed",
        "  at pay.py:17",
        "  at order.py:4",
    ]


async def test_a_search_says_that_of_long_files_only_the_ends_were_read(tmp_path: Path, clock: VirtualClock) -> None:
    lines = [f"2026-03-02T11:{minute}:00Z INFO {'x' * 1000}" for minute in (10, 50) for _ in range(1000)]
    driver = LogFiles({"paths": [str(written(tmp_path, *lines))], "megabytes": 1}, clock)
    found = await driver.search_logs(service="shop", minutes=20, until="2026-03-02T11:20:00Z")
    assert (found.earlier_left_out, found.note) == (True, "only the last 1 MiB of the files were read")
