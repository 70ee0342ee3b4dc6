"""A room with nothing connected, a clock that is set by hand, and the doors on it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from agents.io.catalogue import Catalogue
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from api.app import create_app
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import Question
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft

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
        self.run = incidents.receive(Alert(title="checkout answers 500", service="checkout", severity="critical")).run
        self._written = 1

    def write(self, kind: str, role: str = "", duty: str = "", lane: str = "main", **payload: object) -> None:
        self._written += 1
        key = f"{lane}/s1_by_hand#{self._written}"
        self.incidents.deps.transcripts.write(self.run, Draft(key, kind, payload, Author(lane, role, duty)))

    def ask(self, proposal: dict[str, Any] | None = None) -> str:
        options = ["approve", "refuse", *(["edit"] if proposal else [])]
        text = "Roll back checkout to 41?"
        question = Question(id="q-1", kind="approval", text=text, options=options, proposal=proposal)
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
