"""What came after a question was asked stands beside it, wherever it is read."""

from datetime import timedelta
from typing import Any, cast

import httpx2
import pytest
from rich.console import Console

from api.cli.commands import asks
from api.client.http import WarroomClient
from api.runs.run_view import view_of
from api.tui.live import Watch
from api.tui.run_summary import question as question_of
from api.tui.screen import ScreenState
from tests.api.conftest import HandClock, Incident

TOLD = "bob at 03:04 UTC: “it ran out of memory”."


@pytest.fixture
def waiting(incident: Incident, clock: HandClock) -> Incident:
    """A question of 03:00, and a note four minutes later."""
    incident.ask()
    clock.time += timedelta(minutes=4)
    incident.write("note", by="bob", text="it ran out of memory")
    return incident


async def test_a_question_has_its_time_and_what_was_told_since_as_json_and_on_the_page(
    client: httpx2.AsyncClient, waiting: Incident
) -> None:
    (asked,) = (await client.get(f"/v1/runs/{waiting.run}")).json()["questions"]
    assert (asked["asked_at"], asked["since_asked"]) == ("2026-03-03T03:00:00Z", TOLD)
    page = (await client.get(f"/runs/{waiting.run}")).text
    assert f"<p>{TOLD}</p>" in page
    assert "Asked at <time" in page


async def test_a_question_has_its_time_and_what_was_told_since_on_the_command_line(
    client: httpx2.AsyncClient, waiting: Incident
) -> None:
    (asked,) = (await client.get(f"/v1/runs/{waiting.run}")).json()["questions"]
    assert asks(asked).startswith(f"asks q-1: {TOLD} Asked at 03:00 UTC: Roll back checkout to 41?")


def test_a_question_that_stands_on_the_terminal_gets_what_is_told_while_it_stands_there(
    incident: Incident, clock: HandClock
) -> None:
    incidents = incident.incidents

    class Server:
        def get(self, path: str) -> Any:
            return view_of(incidents.facts(incident.run), incidents.catalogue, clock.now()).model_dump(mode="json")

    incident.ask()
    view = view_of(incidents.facts(incident.run), incidents.catalogue, clock.now())
    watcher = Watch(cast(WarroomClient, Server()), ScreenState(incident.run, "", view))
    watcher.look()
    clock.time += timedelta(minutes=4)
    incident.write("note", by="bob", text="it ran out of memory")
    watcher.look()
    assert watcher.scene.dialogue
    console = Console(width=100)
    with console.capture() as shown:
        console.print(question_of(watcher.scene.dialogue.question, watcher.scene.view))
    assert TOLD in shown.get()
    assert "03:00, 4 min ago" in shown.get()
