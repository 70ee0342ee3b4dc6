"""The lab's child processes: started in groups of their own, watched, and all ended whatever happens."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TypeVar

Seen = TypeVar("Seen")


class LabFault(Exception):
    """The lab did not go as it should."""


class Children:
    """Processes by name, each with a log of its own. May be used from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, tuple[subprocess.Popen[bytes], IO[bytes]]] = {}
        self._lock = threading.RLock()

    def start(self, name: str, command: Sequence[str], **environment: str) -> None:
        """Start a process that leads a group of its own."""
        log = (self._folder / f"{name}.out").open("ab")
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **environment},
        )
        with self._lock:
            self._running[name] = (process, log)

    def restart(self, name: str, command: Sequence[str], **environment: str) -> None:
        """End a process, also one that hangs, and start it again."""
        with self._lock:
            process, log = self._running.pop(name)
            _end(process, log)
            self.start(name, command, **environment)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and those that it started."""
        with self._lock:
            _signal(self._running[name][0], number)

    def check(self) -> None:
        """Raise LabFault if one of them has ended, with what it said last."""
        with self._lock:
            for name, (process, _) in self._running.items():
                if process.poll() is not None:
                    raise LabFault(f"{name} ended with {process.returncode}:\n{self.last_words(name)}")

    def ended(self) -> list[str]:
        """The names of those that have ended by themselves."""
        with self._lock:
            return [name for name, (process, _) in self._running.items() if process.poll() is not None]

    def last_words(self, name: str, lines: int = 15) -> str:
        """The end of a process' log."""
        log = self._folder / f"{name}.out"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def stop(self) -> None:
        """End them all, the last started first: asked first, then made to."""
        with self._lock:
            for process, log in reversed(self._running.values()):
                _end(process, log)
            self._running.clear()

    def wait_until(self, what: str, probe: Callable[[], Seen | None], seconds: float) -> Seen:
        """Look again and again until there is something to see; raises LabFault when the time is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.check()
            seen = probe()
            if seen:
                return seen
            time.sleep(0.2)
        raise LabFault(f"within {seconds:g} s it did not happen that {what}")


def _end(process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    """Ask a process to end, and make it after five seconds; one that is stopped would never hear the question."""
    _signal(process, signal.SIGTERM)
    _signal(process, signal.SIGCONT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    _signal(process, signal.SIGKILL)
    process.wait()
    log.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a whole group, also when its leader has ended already."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nothing listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
