"""Answers of the terminal name the change that was shown."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from agents.tools.change import SHORT, Change
from api.cli import people
from api.client.http import WarroomClient
from api.client.printing import EventPrinter
from api.runs.run_view import view_of
from api.tui.dialogue import Dialogue
from api.tui.live import News, Watch
from api.tui.screen import ScreenState
from tests.api.conftest import Incident

ROLLBACK = {"action": "rollback", "service": "checkout", "summary": "", "parameters": {"version": "41"}}
DIGEST = Change.of(ROLLBACK).digest


class Recorder(WarroomClient):
    """A server that keeps what it is sent."""

    def __init__(self, incident: Incident) -> None:
        self._incident = incident
        self.sent: list[dict[str, Any]] = []

    def get(self, path: str) -> Any:
        incidents = self._incident.incidents
        view = view_of(incidents.facts(self._incident.run), incidents.deps.catalogue, incidents.deps.clock.now())
        return view.model_dump(mode="json")

    def post(self, path: str, body: Any) -> Any:
        self.sent.append(body)
        return {"answer": body}


@pytest.fixture
def server(incident: Incident) -> Recorder:
    incident.ask(ROLLBACK)
    return Recorder(incident)


@pytest.mark.parametrize("keys", ["ay", "ry"])
def test_keys_on_the_whole_screen_answer_what_stands_there(server: Recorder, incident: Incident, keys: str) -> None:
    incidents = incident.incidents
    view = view_of(incidents.facts(incident.run), incidents.deps.catalogue, incidents.deps.clock.now())
    scene = ScreenState(incident.run, "http://127.0.0.1:1", view, who="night shift")
    scene.dialogue = Dialogue(view.questions[0])
    watch = Watch(server, scene)
    for key in keys:
        watch.take(News("keys", [key]))
    assert [said["digest"] for said in server.sent] == [DIGEST]


@pytest.mark.parametrize(
    ("said", "changes", "digest", "sent"),
    [
        ("edit", ["version=40"], "", DIGEST),
        ("edit", ["version=40"], DIGEST[:SHORT], DIGEST[:SHORT]),
        ("approve", None, DIGEST[:SHORT], DIGEST[:SHORT]),
        ("approve", None, "", ""),
    ],
)
def test_a_command_answers_what_it_was_told_and_an_edit_what_it_was_made_from(
    server: Recorder,
    incident: Incident,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    changes: list[str] | None,
    digest: str,
    sent: str,
) -> None:
    @contextmanager
    def recorded(url: str, key: str = "") -> Generator[WarroomClient]:
        yield server

    monkeypatch.setattr(people, "server_at", recorded)
    people.answer(incident.run, "q-1", said, changes, by="me", digest=digest)
    assert [body["digest"] for body in server.sent] == [sent]
    assert server.sent[0].get("parameters") == ({"version": "40"} if changes else None)


def test_who_watches_is_told_how_to_answer_just_that(
    server: Recorder, incident: Incident, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = next(event for event in incident.incidents.transcript(incident.run) if event.kind == "question")
    EventPrinter().tell(incident.run, asked.model_dump(mode="json"))
    said = capsys.readouterr().out
    assert f"> warroom answer {incident.run} q-1 approve --digest {DIGEST[:SHORT]}" in said
