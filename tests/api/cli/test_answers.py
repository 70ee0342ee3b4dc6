"""Answers of the terminal name the change that was shown."""

import shlex
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest

from agents.tools.change import SHORT, Change
from api.cli import people
from api.client.http import WarroomClient
from api.client.printing import EventPrinter, how_to_answer
from api.client.server_address import URL
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
        told = view.model_dump(mode="json")
        return {"question": told["questions"][0]} if "/answers/" in path else told

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


def hints(question: dict[str, Any], url: str = URL, run: str = "r-1") -> list[str]:
    return list(how_to_answer(run, {"id": "q-1", **question}, url))


def test_a_hint_names_the_server_unless_it_is_the_usual_one() -> None:
    question = {"options": ["look again"]}
    assert hints(question) == ["warroom answer r-1 q-1 look-again"]
    assert hints(question, f"{URL}/") == hints(question)
    assert hints(question, "http://ops:9000") == ["warroom answer r-1 q-1 look-again --url http://ops:9000"]


def test_a_hint_can_be_given_to_a_shell_whatever_stands_in_it() -> None:
    change = {**ROLLBACK, "parameters": {"version": "41; rm -rf $HOME"}}
    (edit,) = hints({"options": ["edit"], "proposal": change}, "http://ops:9000/a b")
    words = shlex.split(edit, comments=True)
    assert words[4:] == ["edit", "version=41; rm -rf $HOME", "--url", "http://ops:9000/a b"]


def test_the_hints_are_the_answers_of_this_question_and_no_others() -> None:
    acts = [{"digest": DIGEST, "text": "restart checkout"}]
    question = {"options": ["cause", "act", "amount", "over"], "acts": acts, "digest": ""}
    assert hints(question) == [
        "warroom answer r-1 q-1 cause --cause CAUSE --component COMPONENT",
        f"warroom answer r-1 q-1 act --digest {DIGEST[:SHORT]}  # restart checkout",
        "warroom answer r-1 q-1 amount --amount AMOUNT",
        "warroom answer r-1 q-1 over",
    ]


@pytest.mark.parametrize(
    ("options", "said", "sent"),
    [
        (["approve", "refuse", "edit"], "yes", "approve"),
        (["approve", "refuse", "edit"], "N", "refuse"),
        (["done", "not done"], "y", "done"),
        (["done", "not done"], "no", "not done"),
    ],
)
def test_yes_and_no_mean_what_the_question_takes(
    incident: Incident, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str, sent: str
) -> None:
    class Asking(Recorder):
        def get(self, path: str) -> Any:
            return {"question": {"options": options}}

    server = Asking(incident)

    def asking(url: str, key: str = "") -> nullcontext[Asking]:
        return nullcontext(server)

    monkeypatch.setattr(people, "server_at", asking)
    people.answer("r-1", "q-1", said, by="me")
    assert [body["answer"] for body in server.sent] == [sent]
