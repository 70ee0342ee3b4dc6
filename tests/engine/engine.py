"""A real llama.cpp server with a small model, as a process of its own that is always ended."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import IO

from tests.engine.wheels import MODEL, fetched

HERE = Path(__file__).parent
CONTEXT = 3072
"""Tokens: a P3's briefings fit with an answer, and the largest of a P0 do not."""
KEY = "for-tests"
"""Which it demands."""
STARTING, ENDING = 60, 5
"""Seconds."""
AT_WORK = "processing task"
"""What it writes where it begins an answer."""


class EngineFault(Exception):
    """The server did not start."""


class Engine:
    """A server that runs."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, log: Path) -> None:
        self._process = process
        self.url = url
        """Of its OpenAI-compatible API."""
        self._log = log

    def kill_at_work(self) -> None:
        """End it at once, in the middle of the first answer that it works on."""
        until = time.monotonic() + STARTING
        while AT_WORK not in self._log.read_text(errors="replace") and time.monotonic() < until:
            time.sleep(0.02)
        self._process.kill()
        self._process.wait()


@contextmanager
def running(log: Path, context: int = CONTEXT) -> Generator[Engine]:
    """Run a server while the block does. `log`: where it writes what it does. Raises NoEngine and EngineFault."""
    folder = fetched()
    command = [sys.executable, str(HERE / "serve.py"), str(folder / MODEL), str(HERE / "template.jinja")]
    with log.open("w") as written:
        process = subprocess.Popen(
            [*command, str(context), KEY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
            env={**os.environ, "PYTHONPATH": str(folder)},
        )
        try:
            yield Engine(process, f"{_address(process, log)}/v1", log)
        finally:
            _end(process)


def _address(process: "subprocess.Popen[str]", log: Path) -> str:
    """Where it listens, which it says once its model is loaded."""
    assert process.stdout is not None
    said = _line(process.stdout)
    if not said.startswith("http://127.0.0.1:"):
        raise EngineFault("\n".join(["it did not start", said, *log.read_text(errors="replace").splitlines()[-10:]]))
    return said


def _line(stream: IO[str]) -> str:
    with DefaultSelector() as selector:
        selector.register(stream, EVENT_READ)
        return stream.readline().strip() if selector.select(STARTING) else f"nothing within {STARTING} seconds"


def _end(process: "subprocess.Popen[str]") -> None:
    """It ends with its standard input; where it does not, it is made to."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
