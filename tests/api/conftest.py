"""A room with nothing connected, a clock that is set by hand, and the doors on it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from agents.io.catalogue import Catalogue
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from api.app import create_app
from api.intake.senders import Senders, load
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import Question
from graphs.runtime.dependencies import Dependencies
from graphs.steps.approval import digest_of
from graphs.store.api_keys import ApiKeys
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft
from tests.api.proofs import SECRET, at

NIGHT = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)


class HandClock:
    """Shows the time that it was set to."""

    def __init__(self) -> None:
        self.time = NIGHT

    def now(self) -> datetime:
        return self.time

    async def sleep(self, duration: timedelta) -> None:
        self.time += duration


class Incident:
    """A run whose transcript a test writes by hand; no graph runs."""

    def __init__(self, incidents: IncidentService) -> None:
        self.incidents = incidents
        self.run = incidents.alerts.receive(
            Alert(title="checkout answers 500", service="checkout", severity="critical")
        ).run
        self._written = 1

    def write(self, kind: str, role: str = "", duty: str = "", lane: str = "main", **payload: object) -> None:
        self._written += 1
        key = f"{lane}/s1_by_hand#{self._written}/{kind}"
        self.incidents.deps.transcripts.write(self.run, Draft(key, kind, payload, Author(lane, role, duty)))

    def ask(self, proposal: dict[str, Any] | None = None) -> str:
        options = ["approve", "refuse", *(["edit"] if proposal else [])]
        text = "Roll back checkout to 41?"
        digest = digest_of(proposal or {})
        question = Question(id="q-1", kind="approval", text=text, options=options, proposal=proposal, digest=digest)
        self.incidents.deps.questions.ask(self.run, "main", question)
        return question.id

    def close(self) -> None:
        self.write("closed")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def incidents(clock: HandClock) -> IncidentService:
    catalogue = Catalogue()
    connections = CatalogueConnections(catalogue, clock)
    return IncidentService(Dependencies(store=Store(), clock=clock, connections=connections, catalogue=catalogue))


@pytest.fixture
def incident(incidents: IncidentService) -> Incident:
    return Incident(incidents)


@pytest.fixture
async def client(incidents: IncidentService) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(create_app(incidents), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def senders(tmp_path: Path) -> Senders:
    """Two senders that sign: one with an adapter, one that posts our own shape."""
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "senders.yaml").write_text(
        f"pagerduty: {{secrets: ['file:{tmp_path}/secret']}}\nbilling: {{secrets: ['file:{tmp_path}/secret']}}\n"
    )
    return load(tmp_path / "senders.yaml")


@pytest.fixture
def app(incidents: IncidentService, senders: Senders) -> FastAPI:
    return create_app(incidents, senders=senders)


@pytest.fixture
async def door(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with at(app) as client:
        yield client


@pytest.fixture
def keys(incidents: IncidentService) -> ApiKeys:
    return ApiKeys(incidents.deps.store.keys, incidents.deps.clock)
