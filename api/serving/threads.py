"""An application in several threads: each has an event loop, a session of the database and an application of its own.

What asks the database blocks only the loop of its own thread. The loop that accepts connections is never blocked, and
those who watch have a thread for themselves."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import AsyncExitStack
from typing import Any

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

STREAMS = ("/events", "/words", "/live")
"""How the paths of streams end."""
ANY_REQUEST: Scope = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}
Make = Callable[[], FastAPI]


class ApplicationThread:
    """One thread with its application."""

    def __init__(self, name: str, make: Make) -> None:
        self._make = make
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name=name)
        self._stack = AsyncExitStack()
        self._app: FastAPI | None = None
        self.requests = 0
        """That it works on now."""

    async def start(self) -> None:
        """Start the thread, and its application in it. Raises what the application raises."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        await self._there(self._enter())

    async def stop(self) -> None:
        """End the application, and the thread."""
        try:
            await self._there(self._stack.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
            self._loop.close()

    def let_watchers_go(self) -> None:
        """End the streams: who watches would never leave by themselves."""
        if self._app and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._app.state.broadcasts.stop)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that came in on another loop."""
        here, app = asyncio.get_running_loop(), self._app
        assert app

        async def receive_there() -> Message:
            return await asyncio.wrap_future(_on(here, receive()))

        async def send_there(message: Message) -> None:
            await asyncio.wrap_future(_on(here, send(message)))

        self.requests += 1
        try:
            await self._there(app(scope, receive_there, send_there))
        finally:
            self.requests -= 1

    async def _enter(self) -> None:
        self._app = self._make()
        for (
            route
        ) in self._app.router.routes:  # they are built when they are first asked, which two threads may not at once
            route.matches(ANY_REQUEST)
        await self._stack.enter_async_context(self._app.router.lifespan_context(self._app))

    async def _there(self, work: Coroutine[Any, Any, Any]) -> None:
        await asyncio.wrap_future(_on(self._loop, work))

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


def _on(loop: asyncio.AbstractEventLoop, work: Any) -> Future[Any]:
    async def awaited() -> Any:
        return await work

    return asyncio.run_coroutine_threadsafe(awaited(), loop)


class ApplicationThreads:
    """An ASGI application that gives each request to the thread with the fewest, and streams to one of their own."""

    def __init__(self, make: Make, threads: int) -> None:
        self._requests = [ApplicationThread(f"requests {number}", make) for number in range(threads)]
        self._streams = ApplicationThread("streams", make)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; or start and stop with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._for(scope).serve(scope, receive, send)

    def let_watchers_go(self) -> None:
        """End all streams."""
        for thread in (*self._requests, self._streams):
            thread.let_watchers_go()

    def _for(self, scope: Scope) -> ApplicationThread:
        if scope["method"] == "GET" and scope["path"].endswith(STREAMS):
            return self._streams
        return min(self._requests, key=lambda thread: thread.requests)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:  # a thread that does not end would keep the process from ending
            for thread in (*self._requests, self._streams):
                stack.push_async_callback(thread.stop)
                await thread.start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
