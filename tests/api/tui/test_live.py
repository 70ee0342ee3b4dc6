"""A run watched on a real terminal, against a real server: its keys, its end."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import httpx2
import pytest

from tests.api.processes import CALL, ENVIRONMENT, address, ended, start

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]")
PATIENCE = 60.0
"""Seconds: a busy machine takes long to start a command."""


class Screen:
    """A terminal of 80 columns and 24 lines, and the command that runs on it."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**ENVIRONMENT, "TERM": "xterm-256color"}
        command = [sys.executable, "-c", CALL, *arguments]
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        self.seen = ""

    def until(self, text: str) -> None:
        """Wait until a text is shown that was not shown before."""
        fresh, latest = "", time.monotonic() + PATIENCE
        while text not in fresh:
            said = self._read()
            late = said is None or time.monotonic() > latest
            assert not late, f"{text} was never shown: {self.seen[-2000:]}{fresh[-2000:]}"
            fresh += said or ""
        self.seen += fresh

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def press_until(self, key: str, text: str) -> None:
        """Press a key until a text is shown: one that is read together with what was pasted is a part of that."""
        fresh, latest = "", time.monotonic() + PATIENCE
        while text not in fresh:
            assert time.monotonic() < latest, f"{text} was never shown: {self.seen[-2000:]}{fresh[-2000:]}"
            self.press(key)
            while text not in fresh and select.select([self._ours], [], [], 0.5)[0]:
                fresh += self._read() or ""
        self.seen += fresh

    def left(self) -> int:
        """Wait for the command's end; gives its exit code."""
        latest = time.monotonic() + PATIENCE
        while (said := self._read()) is not None:
            self.seen += said
            assert time.monotonic() < latest, f"it does not leave: {self.seen[-2000:]}"
        return self.process.wait(PATIENCE)

    def _read(self) -> str | None:
        """What comes next, without what only moves the cursor; None: the command has left."""
        assert select.select([self._ours], [], [], PATIENCE)[0], f"nothing comes any more after: {self.seen[-2000:]}"
        try:
            return ESCAPES.sub("", os.read(self._ours, 65536).decode(errors="ignore"))
        except OSError:
            return None

    def close(self) -> None:
        os.close(self._ours)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = start("serve", "--port", "0", cwd=tmp_path_factory.mktemp("live"))
    try:
        yield address(server)
    finally:
        assert ended(server) == (0, "")


@contextmanager
def watching(*arguments: str) -> Generator[Screen]:
    screen = Screen("watch", *arguments)
    try:
        yield screen
    finally:
        screen.close()


def posted(url: str, title: str) -> str:
    alert = {"title": title, "service": "shop", "severity": "critical"}
    return httpx2.post(f"{url}/v1/alerts", json=alert).json()["runs"][0]["id"]


def test_a_question_is_answered_in_place_and_the_end_of_the_run_is_the_end(url: str) -> None:
    run = posted(url, "the shop is down")
    with watching(run, "--url", url, "--as", "night shift") as screen:
        screen.until("What is asked of you")
        screen.press("l")
        screen.until("Send: look again?")
        screen.press("y")
        screen.until("Taken: night shift answered look again.")
        httpx2.post(f"{url}/v1/runs/{run}/cancel", json={"by": "me"}).raise_for_status()
        assert screen.left() == 0
        assert f"Run {run} is cancelled" in screen.seen


def test_what_is_pasted_outside_of_a_text_answers_nothing(url: str) -> None:
    run = posted(url, "the search is down")
    with watching(run, "--url", url) as screen:
        screen.until("What is asked of you")
        screen.press("hy")
        screen.press_until("c", "Comment:")
        screen.press("\x1b")
        screen.until("q leave")
        screen.press("q")
        assert screen.left() == 0
        assert f"Run {run} goes on" in screen.seen
    asked = httpx2.get(f"{url}/v1/runs").json()["runs"][0]["questions"]
    assert len(asked) == 1


def test_a_run_that_is_not_there_is_said_without_a_screen(url: str) -> None:
    with watching("nothing", "--url", url) as screen:
        assert screen.left() == 2
        assert screen.seen.strip().splitlines() == ["warroom: There is no run nothing. GET /v1/runs lists the runs."]


def test_no_server_is_one_clear_line(url: str) -> None:
    with watching("run", "--url", "http://127.0.0.1:9") as screen:
        assert screen.left() == 2
        assert "no Warroom answers at http://127.0.0.1:9" in screen.seen.replace("\r\n", " ")
