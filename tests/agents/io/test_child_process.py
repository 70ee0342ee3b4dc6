"""A child process: however it behaves, it ends in time, and what it prints has a limit."""

import os
import sys
from pathlib import Path

import pytest

from agents.io.child_process import TooMuchOutput, run


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_what_it_prints_and_how_it_ends_is_told() -> None:
    finished = await run(python("import sys; print('done'); print('oh', file=sys.stderr); sys.exit(3)"), 20)
    assert (finished.code, finished.out, finished.err) == (3, "done\n", "oh\n")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_one_that_prints_without_end_is_ended(stream: str) -> None:
    with pytest.raises(TooMuchOutput, match="more than 32 MiB"):
        await run(python(f"import sys\nwhile True: sys.{stream}.write('x' * 100000)"), 60)


async def test_one_that_prints_while_its_time_runs_out_is_ended_too(tmp_path: Path) -> None:
    code = (
        f"import os, pathlib, sys, time\npathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "while True:\n sys.stdout.write('x' * 200000); time.sleep(0.05)"
    )
    with pytest.raises(TimeoutError):
        await run(python(code), 2)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
