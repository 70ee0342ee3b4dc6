"""The application: all its routes on one incident service."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from agents.io.clock import RealClock
from api import errors, health_and_metrics, openapi
from api.auth.access import AccessControl, RateLimits, needs
from api.content_decoding import ContentDecoding
from api.intake import alert_endpoints, change_endpoints, kept_endpoints, pagerduty_events, webhook_endpoints
from api.intake.receiving import AlertReceiver
from api.intake.senders import Senders
from api.intake.sns import Envelopes
from api.middleware import BodyLimit, HarmlessAddresses, HostCheck, OnDisk, RequestLog
from api.narration.run_board import RunBoards
from api.pages import event_pages, forms, inbox_page, login, run_page, runs_page, status_page, user_reports
from api.pages.rendering import compile_templates
from api.runs import answers, asking, endpoints, grouping, instructions, slack_buttons
from api.streaming import stream
from api.streaming.stream import Broadcasts
from graphs.intake.incident_service import IncidentService
from graphs.store.api_keys import Scope

ROUTERS: dict[Scope | None, tuple[APIRouter, ...]] = {
    None: (
        webhook_endpoints.router,
        slack_buttons.router,
        pagerduty_events.router,
        health_and_metrics.router,
        login.router,
        status_page.router,
    ),
    "alerts": (alert_endpoints.router, change_endpoints.router, user_reports.router),
    "read": (
        *(
            endpoints.router,
            stream.router,
            instructions.looking,
            grouping.looking,
            answers.looking,
            health_and_metrics.metrics_router,
            openapi.router,
        ),
        *(kept_endpoints.looking, change_endpoints.looking),
        *(inbox_page.router, runs_page.router, run_page.router, event_pages.router),
    ),
    "answer": (
        *(answers.router, instructions.router, asking.router, grouping.router, forms.router),
        *(kept_endpoints.router, kept_endpoints.calendars, inbox_page.forms),
    ),
}
"""What a caller's key must allow -> the routers that need it; None: no key is needed.

A request is held against one router after another: where thousands come at once stands first."""


@dataclass(frozen=True)
class Reach:
    """Who can reach the application, and by which names."""

    local: bool = True
    """Only this machine can: without keys, one person may do everything."""
    names: frozenset[str] = frozenset()
    """Besides the public address and localhost."""


THIS_MACHINE = Reach()
NO_SENDERS = Senders()


class Process:
    """What the applications of one process share."""

    def __init__(self) -> None:
        self.limits = RateLimits()
        self.counts = health_and_metrics.RequestCounts()


def create_app(
    incidents: IncidentService,
    reach: Reach = THIS_MACHINE,
    senders: Senders = NO_SENDERS,
    process: Process | None = None,
) -> FastAPI:
    """Put the routes on an incident service, which works as long as the application runs."""
    process = process or Process()
    app = FastAPI(title="Warroom", lifespan=partial(_running, incidents), docs_url=None, redoc_url=None)
    app.state.incidents = incidents
    app.state.broadcasts = Broadcasts(incidents)
    app.state.boards = RunBoards(incidents)
    app.state.senders = senders
    app.state.inbound = AlertReceiver(incidents, senders)
    app.state.envelopes = Envelopes()
    app.state.access = AccessControl(incidents.api_keys(RealClock()), process.limits, reach.local)
    for scope, routers in ROUTERS.items():
        for router in routers:
            app.include_router(router, dependencies=[needs(scope)] if scope else [])
    app.mount("/static", StaticFiles(packages=[("api.pages", "static"), ("graphs.charts", "static")]))
    app.state.metrics = health_and_metrics.Metrics(incidents, process.counts)
    _add_middleware(app, incidents, reach)
    errors.add_to(app)
    app.openapi = partial(openapi.describe, app)
    return app


@asynccontextmanager
async def _running(incidents: IncidentService, app: FastAPI) -> AsyncGenerator[None]:
    """What works as long as the application runs. Of several nodes none reads ahead: they share one database."""
    await incidents.start()
    compile_templates()
    beside: list[asyncio.Task[None]] = []
    if not incidents.is_one_of_several:
        await app.state.inbound.resume()
        beside.append(asyncio.create_task(app.state.boards.keep_ready()))
    yield
    for task in beside:
        task.cancel()
    app.state.broadcasts.stop()
    await app.state.inbound.stop()
    await incidents.drain()
    await incidents.stop()


def _add_middleware(app: FastAPI, incidents: IncidentService, reach: Reach) -> None:
    """Add what every request goes through, the last one first."""
    app.add_middleware(OnDisk, on_disk=incidents.on_disk)
    app.add_middleware(BodyLimit)
    app.add_middleware(ContentDecoding)
    app.add_middleware(HostCheck, public_url=incidents.public_url, names=reach.names)
    app.add_middleware(RequestLog, metrics=app.state.metrics)
    app.add_middleware(HarmlessAddresses)
