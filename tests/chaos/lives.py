"""Lives: processes that are forked, killed at random moments or by themselves, and started again."""

import json
import os
import random
import signal
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import production
from warroom import ALL_CLOSED, STUCK, Life, live

LONGEST_LIFE = 900
"""Seconds after which a life that does not end counts as stuck."""
AFTER_MOMENT = 0.1
"""Most seconds between the event that calls for a kill and the kill, so that it falls anywhere."""
MOST_CRASHES = 3
Job = TypeVar("Job")


class Fates(NamedTuple):
    """How a series of lives went."""

    kills: int = 0
    crashes: int = 0
    """Lives that ended by themselves, and not because all was closed."""


def fork(work: Callable[[], int]) -> int:
    """Do work in a process of its own, which has imported everything already; gives its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        code = work()
    except BaseException:  # noqa: BLE001 - whatever it is, a forked process must not return into its parent's code
        traceback.print_exc()
    finally:
        os._exit(code)


@contextmanager
def production_process(folder: Path) -> Generator[None]:
    """Let a production run beside; it outlives every kill."""
    ready, tell = os.pipe()
    child = fork(lambda: production.serve(folder, lambda: os.close(tell)) or 0)
    os.close(tell)
    os.read(ready, 1)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def start(life: Life) -> int:
    """Start a life."""
    life.home.mkdir(exist_ok=True)
    born = time.monotonic()
    return fork(lambda: live(life, born))


def end_within(child: int, seconds: float) -> int | None:
    """Wait for a process to end: the exit code, minus the signal; None: it still lives."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    return None


def kill(child: int) -> int:
    """Kill; gives how it ended, for it may have ended by itself just before."""
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def to_the_end(life: Life) -> Fates:
    """Live without being killed from outside, again after each crash."""
    for crashes in range(MOST_CRASHES):
        child = start(life)
        code = end_within(child, LONGEST_LIFE)
        if code is None:
            kill(child)
        if code in (None, ALL_CLOSED, STUCK):
            return Fates(0, crashes)
    return Fates(0, MOST_CRASHES)


def storm(life: Life, kills: int, events: float, dice: random.Random) -> Fates:
    """Kill at random moments while that many events are written, then let it go on to the end.

    One kill in four comes right after a start, as when a process crashes again and again.
    """
    moments = sorted(dice.uniform(0, events) for _ in range(kills))
    for place in range(1, kills, 4):
        moments[place] = moments[place - 1]
    crashes = 0
    for killed, moment in enumerate(moments):
        code = None
        while code != -signal.SIGKILL:
            child = start(life)
            code = kill_once(child, life, moment, dice.uniform(0, AFTER_MOMENT))
            if code in (ALL_CLOSED, STUCK):
                return Fates(killed, crashes)
            crashes += code != -signal.SIGKILL
            if crashes == MOST_CRASHES:
                return Fates(killed, crashes)
    return Fates(kills, crashes + to_the_end(life).crashes)


def kill_once(child: int, life: Life, events: float, wait: float) -> int:
    """Kill a process a little after that many events stand in its store; gives how it ended."""
    until = time.monotonic() + LONGEST_LIFE
    while time.monotonic() < until and life.events() < events:
        code = end_within(child, 0.01)
        if code is not None:
            return code
    code = end_within(child, wait)
    return kill(child) if code is None else code


def killed_at(life: Life) -> Fates:
    """Live until the write at which the life kills itself, then once more, to the end."""
    child = start(life)
    code = end_within(child, LONGEST_LIFE)
    if code is None:
        code = kill(child)
    fates = to_the_end(life._replace(dies_at=None))
    return Fates(1, fates.crashes) if code == -signal.SIGKILL else Fates(0, fates.crashes + 1)


def beside(work: Callable[[Job], Any], jobs: Sequence[Job], file: Path) -> int:
    """Do jobs one after the other in a process of its own; what each gives becomes a line of JSON."""

    def do_all() -> int:
        with file.open("w") as lines:
            for job in jobs:
                lines.write(json.dumps(work(job)) + "\n")
        return 0

    return fork(do_all)


def gather(processes: dict[int, Path]) -> list[Any]:
    """Wait for processes and read what they gave."""
    codes = [os.waitpid(child, 0)[1] for child in processes]
    assert not any(codes), "a process that plays has crashed"
    return [json.loads(line) for file in processes.values() for line in file.read_text().splitlines()]
