"""An application in threads: it starts and ends with the server, also where it cannot start or cannot end well."""

import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from starlette.types import Message

from api.serving.threads import ApplicationThreads

THREADS = 2


class Unwell(Exception):
    """It cannot be done."""


async def live(application: ApplicationThreads) -> list[str]:
    """Start and stop it as a server does; gives what it says."""
    said: list[str] = []

    async def receive() -> Message:
        return {"type": "lifespan.shutdown" if said else "lifespan.startup"}

    async def send(message: Message) -> None:
        said.append(message["type"])

    await application({"type": "lifespan"}, receive, send)
    return said


def ours() -> list[str]:
    """The threads that are left."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("requests", "streams"))]


async def test_it_starts_in_every_thread_and_leaves_none() -> None:
    made: list[str] = []

    def make() -> FastAPI:
        made.append(threading.current_thread().name)
        return FastAPI()

    assert await live(ApplicationThreads(make, THREADS)) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert made == ["requests 0", "requests 1", "streams"]
    assert ours() == []


async def test_one_that_cannot_start_leaves_no_thread_that_would_keep_the_process_from_ending() -> None:
    made: list[FastAPI] = []

    def make() -> FastAPI:
        if made:
            raise Unwell
        made.append(FastAPI())
        return made[0]

    with pytest.raises(Unwell):
        await live(ApplicationThreads(make, THREADS))
    assert ours() == []


async def test_one_that_cannot_end_well_keeps_no_other_from_ending() -> None:
    @asynccontextmanager
    async def ending_badly(_: FastAPI) -> AsyncGenerator[None]:
        yield
        raise Unwell

    with pytest.raises(Unwell):
        await live(ApplicationThreads(lambda: FastAPI(lifespan=ending_badly), THREADS))
    assert ours() == []
