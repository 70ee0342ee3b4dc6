"""Answers come in."""

from typing import Any

import httpx2
import pytest

APPROVE = {"answer": "approve", "by": "night shift", "comment": "go"}


async def test_an_answer_is_taken_and_is_an_event_of_the_run(client: httpx2.AsyncClient, incident: Any) -> None:
    question = incident.ask()
    answer = await client.post(f"/v1/runs/{incident.run}/answers/{question}", json=APPROVE)
    (last,) = incident.runner.transcript(incident.run, answer.json()["seq"] - 1)
    assert answer.status_code == 200
    assert (last.kind, last.payload["answer"]["by"]) == ("answer", "night shift")
    assert incident.runner.facts(incident.run).open_questions == []


async def test_the_first_answer_stands(client: httpx2.AsyncClient, incident: Any) -> None:
    path = f"/v1/runs/{incident.run}/answers/{incident.ask()}"
    await client.post(path, json=APPROVE)
    second = await client.post(path, json={"answer": "refuse", "by": "day shift"})
    assert second.status_code == 409
    assert second.json()["first"] == {**APPROVE, "cause": None, "component": "", "amount": None, "parameters": None}
    assert "night shift" in second.json()["detail"]


async def test_an_unknown_question_is_not_found(client: httpx2.AsyncClient, incident: Any) -> None:
    answer = await client.post(f"/v1/runs/{incident.run}/answers/q-9", json=APPROVE)
    assert answer.status_code == 404
    assert "q-9" in answer.json()["detail"]


async def test_a_question_of_an_unknown_run_is_not_found(client: httpx2.AsyncClient, incident: Any) -> None:
    assert (await client.post(f"/v1/runs/nothing/answers/{incident.ask()}", json=APPROVE)).status_code == 404


async def test_an_expired_question_is_not_found(client: httpx2.AsyncClient, incident: Any) -> None:
    question = incident.ask()
    incident.runner.room.store.write("withdraw_question", run=incident.run, id=question)
    answer = await client.post(f"/v1/runs/{incident.run}/answers/{question}", json=APPROVE)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"answer": "perhaps"},
        {"answer": "look again"},
        {"answer": "cause"},
        {"answer": "approve", "by": ""},
        {"answer": "approve", "bye": "x"},
        {},
    ],
)
async def test_a_wrong_answer_is_told_what_is_asked(client: httpx2.AsyncClient, incident: Any, body: Any) -> None:
    answer = await client.post(f"/v1/runs/{incident.run}/answers/{incident.ask()}", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert incident.runner.facts(incident.run).open_questions
