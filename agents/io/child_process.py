"""A child process: an argument list, never a shell, with a time limit that ends its whole process group."""

import asyncio
import os
import signal
from asyncio import StreamReader
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from agents.io.outside_text import sanitize
from agents.io.settings import childs_environment

MOST_BYTES = 32 * 1024 * 1024
"""Of what a command prints."""
AT_ONCE = 64 * 1024
GONE_WITHIN = 5
"""Seconds after it was killed."""


class TooMuchOutput(OSError):
    """It printed more than 32 MiB, and was ended."""

    def __init__(self) -> None:
        super().__init__(TooMuchOutput.__doc__)


class Finished(NamedTuple):
    """A command that ran to its end."""

    code: int
    out: str
    err: str


async def run(command: Sequence[str], seconds: float, knows: Iterable[str] = ()) -> Finished:
    """Run a command to its end; raises TimeoutError once it was killed, and OSError where it cannot be started or
    prints too much.

    Of the environment it is told what is harmless, and the variables that it `knows`.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True, env=childs_environment(knows)
    )

    async def whole() -> tuple[bytes, bytes]:
        assert process.stdout and process.stderr
        out, err, _ = await asyncio.gather(
            _printed(process, process.stdout), _printed(process, process.stderr), process.wait()
        )
        return out, err

    try:
        async with asyncio.timeout(seconds):
            out, err = await whole()
    except BaseException:
        _end(process)
        with suppress(TimeoutError):  # what has left its group may hold its output open for ever
            async with asyncio.timeout(GONE_WITHIN):
                # It counts as ended once all that it printed was taken.
                await whole()
        raise
    if max(len(out), len(err)) > MOST_BYTES:
        raise TooMuchOutput
    said, complained = (sanitize(written.decode(errors="replace")) for written in (out, err))
    return Finished(process.returncode or 0, said, complained)


async def _printed(process: Process, stream: StreamReader) -> bytes:
    """What it prints. Once that is too much it is ended, and the rest is dropped."""
    printed = bytearray()
    while part := await stream.read(AT_ONCE):
        if len(printed) > MOST_BYTES:
            _end(process)
        else:
            printed += part
    return bytes(printed)


def _end(process: Process) -> None:
    """End the process and all that it started: it leads a group of its own."""
    with suppress(ProcessLookupError):  # also where it has ended itself: others of its group may still run
        os.killpg(process.pid, signal.SIGKILL)
