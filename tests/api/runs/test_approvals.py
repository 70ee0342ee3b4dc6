"""Approvals over HTTP: what was shown and approved is done, and nothing else, whatever is sent."""

from datetime import timedelta
from itertools import count
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, example, given, settings

from agents.io.clock import VirtualClock
from agents.io.outside_text import read_json
from agents.tools.change import Change
from api.app import create_app
from evals.playing.play import EPOCH, Stage, set_stage
from evals.scenarios.loading import load
from graphs.model.questions import Question
from tests.agents.changes import FITTING, PARAMETERS
from tests.api.conftest import Incident

ROLLBACK: dict[str, Any] = {
    "action": "rollback",
    "service": "sign-in",
    "parameters": {"version": "41"},
    "summary": "So.",
}
DIGEST = Change.of(ROLLBACK).digest
NUMBERS = count(1)


def ask(incident: Incident) -> str:
    """Ask about a rollback; gives the path at which it is answered."""
    asked = Question(
        id=f"q-{next(NUMBERS)}",
        kind="approval",
        text="Roll back?",
        options=["approve", "refuse", "edit"],
        proposal=ROLLBACK,
        digest=DIGEST,
    )
    incident.incidents.deps.questions.ask(incident.run, "main", asked)
    return f"/v1/runs/{incident.run}/answers/{asked.id}"


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(PARAMETERS | FITTING["rollback"])
@example({"version": 10**300})
async def test_of_whatever_is_sent_as_an_edit_only_the_action_s_own_parameters_are_taken(
    client: httpx2.AsyncClient, incident: Incident, parameters: dict[str, Any]
) -> None:
    try:
        body = httpx2.Request("POST", "http://x", json={"answer": "edit", "parameters": parameters}).content
    except ValueError:
        return  # no JSON can be made of it: a lone surrogate, an infinite number
    headers = {"content-type": "application/json"}
    answer = await client.post(ask(incident), content=body, headers=headers)
    if answer.status_code == 200:
        sent = read_json(body)["parameters"]  # a number of hundreds of digits is read as a text of them
        assert answer.json()["answer"]["parameters"] == sent
        assert Change("rollback", "sign-in", sent).arguments == {"service": "sign-in", **sent}
    else:
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"version": "41", "service": "user-store"}, "'service' is none of its parameters (version)"),
        ({"version": "41", "Service": "user-store"}, "'Service' is none of its parameters (version)"),
        ({"service": "user-store"}, "'service' is none of its parameters (version); version: Field required"),
        ({"version": 41}, "version: Input should be a valid string"),
        ({"version": {"service": "user-store"}}, "parameters.version"),
        ({"version": True}, "parameters.version"),
    ],
)
async def test_an_edit_that_does_not_fit_is_a_problem_that_names_the_parameter(
    client: httpx2.AsyncClient, incident: Incident, parameters: dict[str, Any], named: str
) -> None:
    answer = await client.post(ask(incident), json={"answer": "edit", "parameters": parameters})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert named in answer.json()["detail"]
    assert len(incident.incidents.facts(incident.run).open_questions) == 1


async def test_an_answer_to_another_change_is_a_conflict(client: httpx2.AsyncClient, incident: Incident) -> None:
    path = ask(incident)
    other = Change("rollback", "user-store", {"version": "41"}).digest
    refused = await client.post(path, json={"answer": "approve", "digest": other})
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert other[:12] in refused.json()["detail"]
    assert DIGEST[:12] in refused.json()["detail"]
    shown = (await client.get(path)).json()["question"]["digest"]
    taken = await client.post(path, json={"answer": "approve", "digest": shown})
    assert (taken.status_code, taken.json()["answer"]["digest"]) == (200, DIGEST)


async def test_an_answer_need_not_name_the_change(client: httpx2.AsyncClient, incident: Incident) -> None:
    assert (await client.post(ask(incident), json={"answer": "approve"})).status_code == 200


def test_an_edit_with_another_service_is_refused_and_what_is_approved_then_is_done_and_nothing_else() -> None:
    clock = VirtualClock(EPOCH)

    async def to_the_act() -> Stage:
        scenario = load("first_light")
        stage = set_stage(scenario, 0, clock)
        await stage.incidents.start()
        run = stage.incidents.alerts.receive(scenario.alert).run
        transport = httpx2.ASGITransport(create_app(stage.incidents))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            while not (asked := (await client.get(f"/v1/runs/{run}")).json()["questions"]):
                await clock.sleep(timedelta(minutes=1))
            path, version = f"/v1/runs/{run}/answers/{asked[0]['id']}", asked[0]["proposal"]["parameters"]["version"]
            edit = {"answer": "edit", "parameters": {"version": version, "service": "user-store"}}
            refused = await client.post(path, json=edit)
            assert refused.status_code == 422
            assert "'service' is none of its parameters (version)" in refused.json()["detail"]
            await clock.sleep(timedelta(minutes=5))
            assert not [act for act in stage.production.journal.acts() if act.port == "rollback"]
            await client.post(path, json={"answer": "approve", "digest": asked[0]["digest"]})
            await clock.sleep(timedelta(minutes=5))
            events = (await client.get(f"/v1/runs/{run}/transcript")).json()["events"]
        digests = {e["kind"]: e["payload"]["digest"] for e in events if e["payload"].get("digest")}
        assert digests == dict.fromkeys(("proposal", "decision", "intent", "result"), asked[0]["digest"])
        await stage.incidents.stop()
        return stage

    stage = clock.run(to_the_act)
    acts = [act for act in stage.production.journal.acts() if act.port == "rollback"]
    assert [act.of("service") for act in acts] == ["sign-in"]
    stage.incidents.deps.store.close()
