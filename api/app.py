"""The application: all doors on one runner."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from agents.clock import RealClock
from api import (
    alerts,
    answers,
    auth_pages,
    enqueue,
    errors,
    grouping,
    health,
    live,
    metrics,
    openapi,
    page_forms,
    pages,
    parts,
    people,
    runs,
    runs_page,
    sender_door,
    slack,
    status_page,
    stream,
    user_reports,
    webhooks,
    words,
)
from api.auth import Gate, needs
from api.board import Boards
from api.body_limit import BodyLimit
from api.hosts import Hosts
from api.inbound import Inbound
from api.limits import Limits
from api.request_log import RequestLog
from api.senders import Senders
from api.sns import Envelopes
from api.stream import Broadcasts
from graphs.keys import Keys, Scope
from graphs.runner import Runner

DOORS: dict[Scope | None, tuple[APIRouter, ...]] = {
    "alerts": (alerts.router, user_reports.router),
    "read": (
        *(
            runs.router,
            stream.router,
            words.router,
            people.looking,
            grouping.looking,
            answers.looking,
            metrics.router,
            webhooks.router,
        ),
        *(runs_page.router, pages.router, parts.router, live.router),
    ),
    "answer": (answers.router, people.router, grouping.router, page_forms.router),
    None: (sender_door.router, slack.router, enqueue.router, health.router, auth_pages.router, status_page.router),
}
"""What a caller's key must allow -> the doors that it opens; None: anybody may come in."""


@dataclass(frozen=True)
class Reach:
    """Who can reach the application, and by which names."""

    local: bool = True
    """Only this machine can: without keys, one person may do everything."""
    names: frozenset[str] = frozenset()
    """Besides the public address and localhost."""


THIS_MACHINE = Reach()
NO_SENDERS = Senders()


def create_app(runner: Runner, reach: Reach = THIS_MACHINE, senders: Senders = NO_SENDERS) -> FastAPI:
    """Put the doors on a runner, which runs as long as the application does."""

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncGenerator[None]:
        await runner.start()
        await Inbound(runner).resume(senders)
        yield
        app.state.broadcasts.stop()
        await runner.drain()
        await runner.stop()

    app = FastAPI(title="Warroom", lifespan=running, docs_url=None, redoc_url=None)
    app.state.runner = runner
    app.state.broadcasts = Broadcasts(runner)
    app.state.boards = Boards(runner)
    app.state.senders = senders
    app.state.envelopes = Envelopes()
    app.state.gate = Gate(Keys(runner.room.store, RealClock()), Limits(), reach.local)
    for scope, routers in DOORS.items():
        for router in routers:
            app.include_router(router, dependencies=[needs(scope)] if scope else [])
    app.mount("/static", StaticFiles(packages=[("api", "static")]))
    app.add_middleware(BodyLimit)
    app.state.metrics = metrics.Metrics(runner)
    app.add_middleware(Hosts, public_url=runner.room.public_url, names=reach.names)
    app.add_middleware(RequestLog, metrics=app.state.metrics)
    errors.add_to(app)
    app.openapi = partial(openapi.describe, app)
    return app
