"""The policy over HTTP, on the page, in the terminal and in Slack: who may answer, and whose name is proven."""

from typing import Any

import httpx2
import pytest
from rich.console import Console

from agents.io.clock import RealClock
from api.auth.access import COOKIE
from api.narration.people_sentences import TOLD_OF_PEOPLE
from api.runs.run_view import view_of
from api.tui.run_summary import question as question_of
from graphs.model.policy import DecidingRule
from graphs.model.questions import Question
from graphs.store.api_keys import ApiKeys
from tests.api.conftest import Incident

WHO = "ada, bob, with a key of their own; 1 of 2 approvals missing, approved so far by ada"
RULE = DecidingRule(number=3, text="failover: asks ada or bob; 2 different people have to approve")
PROPOSAL: dict[str, Any] = {"action": "restart", "service": "checkout", "parameters": {}, "summary": "So."}


@pytest.fixture
def path(incident: Incident) -> str:
    """Where a question is answered that ada has answered already, and that bob has to answer, too."""
    asked = Question(
        id="q-1",
        kind="approval",
        text="Restart it?",
        options=["approve", "refuse"],
        proposal=PROPOSAL,
        may=["ada", "bob"],
        approvals=2,
        approved_by=["ada"],
        rule=RULE,
    )
    incident.incidents.deps.questions.ask(incident.run, "main", asked)
    return f"/v1/runs/{incident.run}/answers/q-1"


def key_of(keys: ApiKeys, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {keys.create(name, ['answer'])[1]}"}


async def test_a_typed_name_is_no_proof(client: httpx2.AsyncClient, incident: Incident, path: str) -> None:
    refused = await client.post(path, json={"answer": "approve", "by": "bob"})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert "bob is a name without proof: answer with an API key of your own" in refused.json()["detail"]
    assert incident.incidents.facts(incident.run).open_questions


async def test_the_name_on_the_key_counts_and_no_other(
    client: httpx2.AsyncClient, incident: Incident, keys: ApiKeys, path: str
) -> None:
    stranger = await client.post(path, json={"answer": "approve", "by": "bob"}, headers=key_of(keys, "cleo"))
    assert stranger.json()["detail"] == "cleo may not answer this; ada, bob may."
    again = await client.post(path, json={"answer": "approve", "by": "bob"}, headers=key_of(keys, "ada"))
    assert again.json()["detail"] == "ada has approved this before; another person has to."
    taken = await client.post(path, json={"answer": "approve", "by": "ada"}, headers=key_of(keys, "bob"))
    assert (taken.status_code, taken.json()["answer"]["by"]) == (200, "bob")


async def test_the_question_says_who_may_answer_and_how_many_approvals_are_missing(
    client: httpx2.AsyncClient, incident: Incident, path: str
) -> None:
    (asked,) = (await client.get(f"/v1/runs/{incident.run}")).json()["questions"]
    assert (asked["may"], asked["approvals"], asked["approved_by"]) == (["ada", "bob"], 2, ["ada"])
    assert (asked["approvals_missing"], asked["who_may_answer"]) == (1, WHO)
    assert asked["rule"] == RULE.model_dump()
    assert (await client.get(path)).json()["question"]["approved_by"] == ["ada"]
    page = (await client.get(f"/runs/{incident.run}")).text
    assert f"Who may answer: {WHO}. Rule 3 of the policy: {RULE.text}." in page


async def test_the_terminal_says_it_too(client: httpx2.AsyncClient, incident: Incident, path: str) -> None:

    facts = incident.incidents.facts(incident.run)
    view = view_of(facts, incident.incidents.catalogue, incident.incidents.clock.now())
    console = Console(width=200)
    with console.capture() as shown:
        console.print(question_of(view.questions[0], view))
    assert WHO in shown.get()
    assert f"3: {RULE.text}" in shown.get()
    (event,) = [event for event in incident.incidents.transcript(incident.run) if event.kind == "question"]
    assert TOLD_OF_PEOPLE["question"](event).what.startswith(f"people have ({WHO}) to decide on restart of checkout")


async def test_on_the_page_too_a_key_proves_the_name(client: httpx2.AsyncClient, incident: Incident, path: str) -> None:
    keys = ApiKeys(incident.incidents.deps.store.keys, RealClock())  # sessions go by the real time
    form = f"/runs/{incident.run}/answers/q-1"
    typed = await client.post(form, data={"answer": "approve", "by": "bob"})
    assert typed.status_code == 422
    assert "bob is a name without proof" in typed.text
    client.cookies.set(COOKIE, keys.open_session(keys.create("bob", ["answer"])[0]))
    own_page = {"Origin": "http://127.0.0.1"}
    assert (await client.post(form, data={"answer": "approve", "by": "ada"}, headers=own_page)).status_code == 303
    last = incident.incidents.transcript(incident.run)[-1]
    assert (last.kind, last.payload["answer"]["by"]) == ("answer", "bob")
