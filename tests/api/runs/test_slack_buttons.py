"""Slack's door: who presses a button under a question answers it, if Slack says so and the catalogue knows them."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from agents.io.catalogue import Catalogue
from agents.tools.drivers.slack import Slack
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import Question
from tests.agents.tools.slack_workspace import Workspace
from tests.agents.tools.vendor import on_loopback
from tests.api.conftest import HandClock, Incident

SECRET = "8f742231b10e"


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def slack(workspace: Workspace, incidents: IncidentService, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", SECRET)
    with on_loopback(workspace) as url:
        entry: dict[str, Any] = {"driver": "slack", "channel": "CSTANDING", "url": url, "people": {"U1": "ada"}}
        entry |= {"token": "env:SLACK_BOT_TOKEN", "signing_secret": "env:SLACK_SIGNING_SECRET"}
        incidents.deps.catalogue = Catalogue.model_validate({"outgoing": {"channel": entry}})
        yield Slack(entry, incidents.clock)


class Person:
    """Presses the buttons of the last message, through Slack."""

    def __init__(self, client: httpx2.AsyncClient, workspace: Workspace, clock: HandClock) -> None:
        self._client = client
        self._workspace = workspace
        self._clock = clock

    async def presses(
        self, answer: str, user: str = "U1", secret: str = SECRET, seconds_ago: int = 0, value: str | None = None
    ) -> httpx2.Response:
        message = self._workspace.messages[-1]
        button = next(b for b in message["blocks"][-1]["elements"] if b["action_id"] == f"answer {answer}")
        action = {"action_id": button["action_id"], "type": "button", "value": value or button["value"]}
        told = {
            "type": "block_actions",
            "user": {"id": user, "username": "ada.l"},
            "channel": {"id": message["channel"]},
            "message": {"ts": message["ts"], "text": message["text"]},
            "actions": [action],
        }
        body = urlencode({"payload": json.dumps(told)}).encode()
        at = str(round(self._clock.now().timestamp()) - seconds_ago)
        signature = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={signature}"}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._client.post("/v1/slack/interactions", content=body, headers={**headers, **form})


@pytest.fixture
async def person(
    client: httpx2.AsyncClient, workspace: Workspace, clock: HandClock, slack: Slack, incident: Incident
) -> Person:
    question = incident.ask()
    key = f"{incident.run}/escalation/questions_go_out#1/notify.1"
    await slack.notify("on-call", "Roll back?", key, question=question, answers=["approve", "refuse"])
    return Person(client, workspace, clock)


async def test_a_press_answers_the_question(person: Person, incident: Incident, workspace: Workspace) -> None:
    answered = await person.presses("approve")
    assert (answered.status_code, answered.content) == (200, b"")
    event = incident.incidents.transcript(incident.run)[-1]
    assert (event.kind, event.payload["answer"]["answer"], event.payload["answer"]["by"]) == (
        "answer",
        "approve",
        "ada",
    )
    (section,) = workspace.messages[-1]["blocks"]
    assert section["text"]["text"] == "*on-call*: Roll back?\nada answered: approve."


async def test_the_first_answer_stands(person: Person, incident: Incident, workspace: Workspace) -> None:
    shown = dict(workspace.messages[-1])
    await person.presses("approve")
    workspace.messages[-1].update(shown)
    await person.presses("refuse")
    answers = [event for event in incident.incidents.transcript(incident.run) if event.kind == "answer"]
    assert [event.payload["answer"]["answer"] for event in answers] == ["approve"]
    assert workspace.messages[-1]["text"].endswith("ada answered approve before, and the first answer stands.")


async def test_somebody_whom_the_catalogue_does_not_list_answers_nothing(
    person: Person, incident: Incident, workspace: Workspace
) -> None:
    await person.presses("approve", user="U9")
    assert incident.incidents.transcript(incident.run)[-1].kind == "question"
    whisper = workspace.messages[-1]
    assert (whisper["user"], whisper["ephemeral"]) == ("U9", True)
    assert "does not know you" in whisper["text"]


@pytest.mark.parametrize(
    "forgery", [{"secret": "guessed"}, {"seconds_ago": 301}, {"seconds_ago": -301}], ids=["secret", "old", "ahead"]
)
async def test_what_slack_did_not_sign_just_now_is_refused(
    person: Person, incident: Incident, forgery: dict[str, Any]
) -> None:
    refused = await person.presses("approve", **forgery)
    assert refused.status_code == 401
    assert incident.incidents.transcript(incident.run)[-1].kind == "question"


async def test_a_button_that_we_did_not_sign_answers_nothing(
    person: Person, incident: Incident, workspace: Workspace
) -> None:
    await person.presses("approve", value=f"{incident.run}|q-1|approve|{'0' * 64}")
    assert incident.incidents.transcript(incident.run)[-1].kind == "question"
    assert workspace.messages[-1]["text"] == "This button is not one of Warroom's."


async def test_a_question_that_is_no_longer_asked_says_so(
    person: Person, incident: Incident, workspace: Workspace
) -> None:
    incident.incidents.deps.questions.withdraw(incident.run, "q-1", "it expired")
    await person.presses("approve")
    assert workspace.messages[-1]["text"].endswith("This question is no longer asked.")


async def test_without_slack_there_is_no_such_door(client: httpx2.AsyncClient) -> None:
    answered = await client.post("/v1/slack/interactions", content=b"payload={}")
    assert (answered.status_code, answered.json()["detail"]) == (
        404,
        "The catalogue connects no Slack with a signing secret.",
    )


async def test_a_press_proves_who_pressed(
    client: httpx2.AsyncClient, workspace: Workspace, clock: HandClock, slack: Slack, incident: Incident
) -> None:
    named = Question(id="q-1", kind="approval", text="Roll back?", options=["approve", "refuse"], may=["ada"])
    incident.incidents.deps.questions.ask(incident.run, "main", named)
    key = f"{incident.run}/escalation/questions_go_out#1/notify.1"
    await slack.notify("on-call", "Roll back?", key, question="q-1", answers=["approve", "refuse"])
    await Person(client, workspace, clock).presses("approve")
    last = incident.incidents.transcript(incident.run)[-1]
    assert (last.kind, last.payload["answer"]["by"]) == ("answer", "ada")
