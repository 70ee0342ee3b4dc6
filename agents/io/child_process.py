"""A child process: an argument list, never a shell, with a time limit that ends its whole process group."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agents.io.outside_text import sanitize
from agents.io.settings import childs_environment


class Finished(NamedTuple):
    """A command that ran to its end."""

    code: int
    out: str
    err: str


async def run(command: Sequence[str], seconds: float, knows: Iterable[str] = ()) -> Finished:
    """Run a command to its end; raises TimeoutError once it was killed, OSError where it cannot be started.

    Of the environment it is told what is harmless, and the variables that it `knows`.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True, env=childs_environment(knows)
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
    except BaseException:
        await _kill(process)
        raise
    said, complained = (sanitize(written.decode(errors="replace")) for written in (out, err))
    return Finished(process.returncode or 0, said, complained)


async def _kill(process: Process) -> None:
    """End the process and all that it started: it leads a group of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    await process.wait()
