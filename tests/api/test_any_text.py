"""Any text and any JSON through every door: it is taken in or refused, and nothing harmful comes out anywhere."""

import asyncio
from datetime import timedelta
from io import StringIO
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from rich.console import Console

from agents.io.outside_text import DEEPEST_SENT, sanitize
from agents.runtime.briefing import Alert
from api.app import ROUTERS, create_app
from api.client.printing import Printer
from api.intake.harmless_body import HarmlessBody
from api.intake.parsing.inbox import usable
from api.narration.event_lines import line_of
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import Question
from graphs.outbox.webhooks import TYPES, run_event
from graphs.transcript.events import Author, Draft
from graphs.transcript.live_words import LiveWords
from tests.any_text import ANY_JSON, ANY_TEXT, FEW, harms, sent
from tests.api.every_door import JSON_DOORS, PROPOSAL, Sent, asked, checked, doors


class Visitor:
    """Goes through every door of an application, and looks at everything that it tells."""

    def __init__(self, incidents: IncidentService, clock: Any) -> None:
        self.incidents = incidents
        self._clock = clock
        self._begun = 0
        self._transport = httpx2.ASGITransport(create_app(incidents), raise_app_exceptions=False)

    def try_text(self, text: str) -> None:
        """Say a text wherever something can be said."""
        asyncio.run(self._try([door.request() for door in doors(self._begin(), text)], text))

    def try_json(self, body: bytes) -> None:
        """Send a body to every door that takes JSON."""
        run, kind = self._begin(), [(b"content-type", b"application/json")]
        asyncio.run(self._try([Sent(door.format(run=run), body, kind) for door in JSON_DOORS], ""))

    def _begin(self) -> str:
        self._begun += 1
        self._clock.time += timedelta(minutes=30)
        self.run = self.incidents.alerts.receive(Alert(title=f"checkout answers 500 for the {self._begun}th time")).run
        options = ["approve", "refuse", "edit"]
        question = Question(id="q-1", kind="approval", text="Do it?", options=options, proposal=PROPOSAL)
        self.incidents.deps.questions.ask(self.run, "main", question)
        return self.run

    async def _try(self, requests: list[Sent], text: str) -> None:
        async with httpx2.AsyncClient(transport=self._transport, base_url="http://127.0.0.1") as client:
            for path, body, headers in requests:
                checked(await client.post(path, content=body, headers=headers), path)
            transcripts = self.incidents.deps.transcripts
            transcripts.write(self.run, Draft("closed", "closed", {}, Author("main")))  # so that its streams end
            for address in asked(self.run, transcripts.after(self.run)[-2].ref, text):
                checked(await client.get(address), address)
        assert not harms(self._told_on_the_terminal())
        assert not harms(self._told_to_webhooks())

    def _told_on_the_terminal(self) -> str:
        shown = StringIO()
        printer = Printer(verbose=True, console=Console(file=shown, highlight=False, width=200))
        for event in self.incidents.transcript(self.run):
            printer.line(line_of(event))
        return shown.getvalue()

    def _told_to_webhooks(self) -> str:
        facts = self.incidents.facts(self.run)
        events = [event for event in self.incidents.transcript(self.run) if event.kind in TYPES]
        return "".join(run_event(event, facts, "http://x").model_dump_json() for event in events)


@pytest.fixture
def visitor(incidents: IncidentService, clock: Any) -> Visitor:
    return Visitor(incidents, clock)


@FEW
@given(text=ANY_TEXT)
def test_any_text_may_be_said_anywhere_and_nothing_harmful_comes_out(visitor: Visitor, text: str) -> None:
    visitor.try_text(text)


@pytest.mark.parametrize("text", ["\ud800", "\x1b[31m\x9b2J\x00", "\u202e\u2066\u200b\xad", "e\u0301" * 60], ids=ascii)
def test_these_texts_may_be_said_anywhere(visitor: Visitor, text: str) -> None:
    visitor.try_text(text)
    notes = " ".join(visitor.incidents.facts(visitor.run).notes)
    assert sanitize(text) in notes


@FEW
@given(value=ANY_JSON)
def test_any_json_may_be_sent_anywhere(visitor: Visitor, value: Any) -> None:
    visitor.try_json(sent(value))


@pytest.mark.parametrize(
    "body",
    [b"[" * 2000, b'{"a":' * 150 + b"1" + b"}" * 150, b"[1e400, NaN, -Infinity, %s]" % (b"9" * 5000), b"\xff\x00"],
)
def test_these_bodies_may_be_sent_anywhere(visitor: Visitor, body: bytes) -> None:
    visitor.try_json(body)


@pytest.mark.parametrize("door", JSON_DOORS)
async def test_deep_nesting_is_a_named_400(client: httpx2.AsyncClient, incident: Any, door: str) -> None:
    body = b'{"a":' * (DEEPEST_SENT + 1) + b"1" + b"}" * (DEEPEST_SENT + 1)
    kind = {"Content-Type": "application/json"}
    answer = await client.post(door.format(run=incident.run), content=body, headers=kind)
    assert (answer.status_code, f"nested deeper than {DEEPEST_SENT} levels" in answer.text) == (400, True)


async def test_an_amount_is_a_number(client: httpx2.AsyncClient, incident: Any) -> None:
    question = Question(id="q-2", kind="revenue limit", text="How much?", options=["amount"])
    incident.incidents.deps.questions.ask(incident.run, "escalation", question)
    for amount in ("1e400", "NaN", '"Infinity"'):
        body = f'{{"answer": "amount", "by": "Ann", "amount": {amount}}}'
        kind = {"Content-Type": "application/json"}
        answer = await client.post(f"/v1/runs/{incident.run}/answers/q-2", content=body, headers=kind)
        assert answer.status_code == 422
    fits = {"answer": "amount", "by": "Ann", "amount": 1e300}
    assert (await client.post(f"/v1/runs/{incident.run}/answers/q-2", json=fits)).status_code == 200
    assert (await client.get(f"/runs/{incident.run}")).status_code == 200


def test_every_route_that_takes_json_takes_it_harmless() -> None:
    all_routes = [route for routers in ROUTERS.values() for router in routers for route in router.routes]
    routes = [route for route in all_routes if isinstance(route, APIRoute) and route.body_field]
    assert len(routes) > 12
    assert [route.path for route in routes if not isinstance(route, HarmlessBody)] == []


def test_the_same_key_hidden_or_not_is_the_same_alert(visitor: Visitor) -> None:
    """What is compared is compared as it is kept."""
    keys = ("disk full: caf\xe9", "disk\u200b full: cafe\u0301")
    runs = {
        visitor.incidents.alerts.receive(usable(Alert(title="the disk is full", dedup_key=key))).run for key in keys
    }
    assert len(runs) == 1


async def test_live_words_are_harmless() -> None:
    live = LiveWords()
    watching = live.watch("run")
    heard = asyncio.create_task(anext(watching))
    await asyncio.sleep(0)
    word_listener = live.word_listener("run", "api_tester", "run_regression")
    assert word_listener
    word_listener("\x1b[2Jroll\u200bback\ud800")
    assert (await heard).text == "[2Jrollback\ufffd"
    await watching.aclose()
