"""The application: all doors on one runner."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api import alerts, answers, errors, page_forms, pages, people, runs, stream
from api.body_limit import BodyLimit
from api.stream import Broadcasts
from graphs.runner import Runner


def create_app(runner: Runner) -> FastAPI:
    """Put the doors on a runner, which runs as long as the application does."""

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncGenerator[None]:
        await runner.start()
        yield
        app.state.broadcasts.stop()
        await runner.drain()
        await runner.stop()

    app = FastAPI(title="Warroom", lifespan=running, docs_url=None, redoc_url=None)
    app.state.runner = runner
    app.state.broadcasts = Broadcasts(runner)
    for door in (alerts, runs, stream, answers, people, pages, page_forms):
        app.include_router(door.router)
    app.get("/health/live", tags=["health"])(live)
    app.mount("/static", StaticFiles(packages=[("api", "static")]))
    app.add_middleware(BodyLimit)
    errors.add_to(app)
    return app


async def live() -> dict[str, str]:
    """Whether the process answers at all."""
    return {"status": "live"}
