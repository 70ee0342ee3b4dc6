"""A Warroom with a simulated production behind it, on a port of this machine, and a real browser before it."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from agents.runtime.briefing import Alert
from api.app import create_app
from api.cli.asking import PausableClock
from api.serving.listening import address, listen
from api.serving.server import WarroomServer
from evals.playing.play import set_stage
from evals.scenarios.loading import load
from graphs.intake.incident_service import IncidentService
from graphs.intake.silences import NewSilence
from graphs.model.questions import HumanAnswer, Question
from graphs.transcript.events import Author, Draft

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE = 60_000
"""Milliseconds that a page may take: these tests ask what it shows, and the machine may do other work."""
expect.set_options(timeout=PATIENCE)
DESKTOP, LAPTOP, PHONE = (1440, 900), (1280, 800), (390, 844)
OF_NO_MATTER = ("net::ERR_ABORTED",)
"""What a page was still loading when it was left."""


@dataclass
class House:
    """An incident service and the address of its pages."""

    incidents: IncidentService
    clock: PausableClock
    alert: Alert
    listening: socket.socket
    app: FastAPI

    @property
    def url(self) -> str:
        return address(self.listening)

    def begin(self) -> str:
        """Let the scenario's alert come in; until then time hardly passes."""
        self.clock.take_time(False)
        return self.incidents.alerts.receive(self.alert).run

    def page_of(self, run: str) -> str:
        return f"{self.url}/runs/{run}"

    async def until(self, run: str, kind: str, **payload: str) -> None:
        """Let the run go on until an event of a kind; a question is waited at, at the pace of the wall clock."""
        async for event in self.incidents.follow(run):
            if event.kind == kind and payload.items() <= event.payload.items():
                break
        self.clock.take_time(kind == "question")

    def answer(self, run: str, answer: Any, by: str = "night shift") -> None:
        """Answer the open question."""
        question = self.incidents.facts(run).open_questions[0]
        self.incidents.answer(run, question.id, HumanAnswer(answer=answer, by=by))
        self.clock.take_time(False)

    async def post(self, alert: dict[str, Any]) -> None:
        """Send an alert over HTTP."""
        async with httpx2.AsyncClient() as client:
            (await client.post(f"{self.url}/v1/alerts", json=alert)).raise_for_status()

    def plan_silence(self) -> None:
        """Plan a maintenance window that begins now."""
        ends_at = self.clock.now() + timedelta(hours=2)
        planned = NewSilence(service="storefront", ends_at=ends_at, why="Move of the database", by="night shift")
        self.incidents.silences.add(planned)

    def go_on(self) -> None:
        """At full speed again."""
        self.clock.take_time(False)

    def drop_streams(self) -> None:
        """Break off every stream, as a network does."""
        self.app.state.broadcasts.stop()

    def ask(self, run: str, proposal: dict[str, Any]) -> None:
        """Ask about a proposal of the test's own."""
        options = ["approve", "refuse", "edit"]
        question = Question(id="q-test", kind="approval", text=proposal["summary"], options=options, proposal=proposal)
        self.incidents.deps.questions.ask(run, "main", question)

    def write(self, run: str, kind: str, role: str = "", duty: str = "", **payload: Any) -> None:
        """Write an event by hand."""
        number = self.incidents.facts(run).seen + 1
        draft = Draft(f"main/s1_by_hand#{number}/{kind}", kind, payload, Author("main", role, duty))
        self.incidents.deps.transcripts.write(run, draft)


@asynccontextmanager
async def open_house(scenario: str = "first_light", speed: float = 1200) -> AsyncGenerator[House]:
    """Serve a scenario's production while the block runs; nobody is on call but the test."""
    clock, played = PausableClock(speed), load(scenario)
    clock.take_time(True)
    stage = set_stage(played, 0, clock)
    with listen(0) as listening:
        stage.incidents.public_url = address(listening)
        app = create_app(stage.incidents)
        server = WarroomServer(app)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await server.up.wait()
        try:
            yield House(stage.incidents, clock, played.alert, listening, app)
        finally:
            clock.take_time(False)
            server.stop()
            await serving
    stage.incidents.close()


@dataclass
class Visitor:
    """Someone with a browser, who notes whatever it complains of."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list[str])

    async def open(self, url: str) -> Page:
        page = await self.context.new_page()
        page.on("console", lambda said: self._note(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("requestfailed", lambda request: self._note(f"{request.url}: {request.failure}"))
        await page.goto(url)
        return page

    def _note(self, complaint: str) -> None:
        if not any(known in complaint for known in OF_NO_MATTER):
            self.complaints.append(complaint)


@asynccontextmanager
async def a_browser() -> AsyncGenerator[Browser]:
    """Debian's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def visit(
    browser: Browser,
    size: tuple[int, int] = DESKTOP,
    scheme: Any = "light",
    scripts: bool = True,
    bypass_csp: bool = False,
) -> Visitor:
    """Someone new, with a screen of a size."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        java_script_enabled=scripts,
        bypass_csp=bypass_csp,
        has_touch=width < 500,
        timezone_id="Europe/Berlin",
    )
    context.set_default_timeout(PATIENCE)
    return Visitor(context)


async def settle() -> None:
    """Let a page take in what has just come."""
    await asyncio.sleep(1.5)
