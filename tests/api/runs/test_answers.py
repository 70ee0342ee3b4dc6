"""Answers come in."""

import json
from typing import Any

import httpx2
import pytest

APPROVE = {"answer": "approve", "by": "night shift", "comment": "go"}


async def test_an_answer_is_taken_and_is_an_event_of_the_run(client: httpx2.AsyncClient, incident: Any) -> None:
    question = incident.ask()
    answer = await client.post(f"/v1/runs/{incident.run}/answers/{question}", json=APPROVE)
    (last,) = incident.incidents.transcript(incident.run, answer.json()["seq"] - 1)
    assert answer.status_code == 200
    assert (last.kind, last.payload["answer"]["by"]) == ("answer", "night shift")
    assert incident.incidents.facts(incident.run).open_questions == []


async def test_the_first_answer_stands(client: httpx2.AsyncClient, incident: Any) -> None:
    path = f"/v1/runs/{incident.run}/answers/{incident.ask()}"
    await client.post(path, json=APPROVE)
    second = await client.post(path, json={"answer": "refuse", "by": "day shift"})
    assert second.status_code == 409
    unsaid = {"cause": None, "component": "", "amount": None, "parameters": None, "digest": ""}
    assert second.json()["first"] == {**APPROVE, **unsaid}
    assert "night shift" in second.json()["detail"]


async def test_an_unknown_question_is_not_found(client: httpx2.AsyncClient, incident: Any) -> None:
    answer = await client.post(f"/v1/runs/{incident.run}/answers/q-9", json=APPROVE)
    assert answer.status_code == 404
    assert "q-9" in answer.json()["detail"]


async def test_a_question_of_an_unknown_run_is_not_found(client: httpx2.AsyncClient, incident: Any) -> None:
    assert (await client.post(f"/v1/runs/nothing/answers/{incident.ask()}", json=APPROVE)).status_code == 404


async def test_an_expired_question_is_not_found(client: httpx2.AsyncClient, incident: Any) -> None:
    question = incident.ask()
    incident.incidents.deps.questions.withdraw(incident.run, question, "it expired")
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
    assert incident.incidents.facts(incident.run).open_questions


@pytest.mark.parametrize("amount", ["Infinity", "NaN", "1e999", "-1"])
async def test_an_amount_that_is_none_is_refused(client: httpx2.AsyncClient, incident: Any, amount: str) -> None:
    path, told = f"/v1/runs/{incident.run}/answers/{incident.ask()}", f'{{"answer": "amount", "amount": {amount}}}'
    answer = await client.post(path, content=told, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert "amount" in json.dumps(answer.json()["errors"])


async def test_who_looked_before_it_changed_decides_nothing(client: httpx2.AsyncClient, incident: Any) -> None:
    path = f"/v1/runs/{incident.run}/answers/{incident.ask()}"
    seen = await client.get(path)
    assert (seen.json()["question"]["id"], seen.json()["answer"]) == ("q-1", None)
    stale = await client.post(path, json=APPROVE, headers={"If-Match": '"0123456789abcdef"'})
    assert (stale.status_code, stale.headers["content-type"]) == (412, "application/problem+json")
    assert incident.incidents.facts(incident.run).open_questions
    taken = await client.post(path, json=APPROVE, headers={"If-Match": f'"x", {seen.headers["etag"]}'})
    assert taken.status_code == 200
    now = await client.get(path)
    assert now.json()["answer"]["by"] == "night shift"
    assert now.headers["etag"] == taken.headers["etag"] != seen.headers["etag"]


async def test_a_question_that_was_never_asked_is_not_found(client: httpx2.AsyncClient, incident: Any) -> None:
    assert (await client.get(f"/v1/runs/{incident.run}/answers/q-9")).status_code == 404
