"""Health and metrics, as a monitor reads them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from agents.llm.client import ModelAnswer, ModelRequest
from agents.llm.gateway import FAILURES_BEFORE_REST, CallOutcome, ModelGateway
from api.app import create_app
from graphs.intake.inbox import RawDelivery
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import Question
from tests.agents.scripted import Scripted, fails
from tests.api.conftest import NIGHT, HandClock, Incident


@pytest.fixture
async def started(incidents: IncidentService) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(incidents)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        yield client


async def test_a_server_that_has_started_is_ready(started: httpx2.AsyncClient) -> None:
    answer = await started.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_one_whose_runner_does_not_work_is_live_and_not_ready(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"]
    assert (await client.get("/health/live")).status_code == 200


async def test_one_that_is_draining_is_not_ready(started: httpx2.AsyncClient, incidents: IncidentService) -> None:
    await incidents.drain()
    assert (await started.get("/health/ready")).status_code == 503


@pytest.mark.sqlite
async def test_one_whose_store_cannot_be_written_is_not_ready(
    started: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    incidents.deps.store.database.connection.execute("PRAGMA query_only = ON")
    answer = await started.get("/health/ready")
    assert answer.status_code == 503
    incidents.deps.store.database.connection.execute("PRAGMA query_only = OFF")
    assert (await started.get("/health/ready")).status_code == 200


Labels = frozenset[tuple[str, str]]


async def numbers(client: httpx2.AsyncClient) -> dict[tuple[str, Labels], float]:
    """Every sample by its name and labels."""
    families = text_string_to_metric_families((await client.get("/metrics")).text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


async def number(client: httpx2.AsyncClient, name: str, **labels: str) -> float:
    return (await numbers(client)).get((f"warroom_{name}", frozenset(labels.items())), 0.0)


async def test_alerts_move_the_counters(client: httpx2.AsyncClient) -> None:
    labels = {"method": "POST", "route": "/v1/alerts/{source}", "status": "202"}
    for count in range(3):
        assert await number(client, "http_requests_total", **labels) == count
        await client.post("/v1/alerts/generic", json={"title": f"alert {count}", "service": f"service-{count}"})
    assert await number(client, "http_request_seconds_count", route="/v1/alerts/{source}") == 3
    assert await number(client, "runs_open", severity="none", status="running") == 3


async def test_what_waits_is_counted_with_its_age(
    client: httpx2.AsyncClient, incident: Incident, clock: HandClock
) -> None:
    assert await number(client, "questions_waiting") == 0
    incident.ask()
    incident.incidents.inbox.keep(RawDelivery("generic", b"{}"))
    clock.time += timedelta(minutes=2)
    assert await number(client, "questions_waiting") == 1
    assert await number(client, "question_oldest_seconds") == 120
    assert await number(client, "wakeup_late_seconds") == 120
    assert (await number(client, "inbox_waiting"), await number(client, "inbox_oldest_seconds")) == (1, 120)


async def test_the_outbox_is_counted_and_what_failed_in_it(client: httpx2.AsyncClient, incident: Incident) -> None:
    store = incident.incidents.deps.store
    for endpoint in ("https://x", "https://y"):
        store.outbox.add(endpoint, incident.run, "next", NIGHT)
    store.outbox.put_off(store.outbox.due(NIGHT, 1)[0], NIGHT)
    assert (await number(client, "outbox_waiting"), await number(client, "outbox_failing")) == (2, 1)


async def test_a_hold_and_a_runner_that_stands_still_are_seen(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    assert (await number(client, "acting_held"), await number(client, "runner_works")) == (0, 0)
    incidents.hold(True, "ada")
    assert await number(client, "acting_held") == 1


async def test_what_models_took_today_is_told_by_whose_count(
    client: httpx2.AsyncClient, incidents: IncidentService, clock: HandClock
) -> None:
    assert not [name for name, _ in await numbers(client) if name.startswith("warroom_model_")]
    told = CallOutcome(answer=ModelAnswer(tokens_in=80, tokens_out=20, cost=0.25))
    guessed = CallOutcome(
        answer=ModelAnswer(tokens_in=600, tokens_out=50, cost=0.5, estimated="the endpoint did not say")
    )
    kept = [outcome.model_dump(mode="json") for outcome in (told, guessed)]
    incidents.deps.model_gateway = ModelGateway(Scripted(), clock, lambda _: kept)
    assert await number(client, "model_tokens_today", counted_by="endpoint") == 100
    assert await number(client, "model_tokens_today", counted_by="estimate") == 650
    assert (await number(client, "model_calls_today"), await number(client, "model_money_today")) == (2, 0.75)


async def test_a_model_s_health_and_who_does_the_duties_are_told(
    client: httpx2.AsyncClient, incidents: IncidentService, clock: HandClock
) -> None:
    gateway = ModelGateway(Scripted(fails("unauthorized")), clock, lambda _: ())
    incidents.deps.model_gateway = gateway
    assert (await number(client, "model_works"), await number(client, "model_rests")) == (1, 0)
    for _ in range(FAILURES_BEFORE_REST):
        await gateway.ask(ModelRequest(strength="quick", messages=[], tools=[]))
    gateway.count_duty("api_tester", "run_regression", is_by_model=False)
    assert (await number(client, "model_works"), await number(client, "model_rests")) == (0, 1)
    assert await number(client, "model_calls_total", outcome="unauthorized") == FAILURES_BEFORE_REST
    duty = {"role": "api_tester", "duty": "run_regression"}
    assert await number(client, "duties_total", **duty, by="rules") == 1
    assert await number(client, "duties_total", **duty, by="model") == 0


async def test_a_lane_that_waits_for_a_person_is_not_late(
    client: httpx2.AsyncClient, incident: Incident, clock: HandClock
) -> None:
    question = Question(id="fault-1", kind="fault", text="It failed.", options=["try again"])
    incident.incidents.deps.questions.ask(incident.run, "main", question)
    clock.time += timedelta(minutes=2)
    due = incident.incidents.deps.store.wakeups.due(clock.time + timedelta(days=1))
    assert not [wakeup for wakeup in due if wakeup.lane == "main"]
    assert await number(client, "questions_waiting") == 1


async def test_whatever_callers_send_makes_no_new_labels(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    async def labels() -> set[str]:
        return {said for _, told in await numbers(client) for name, said in told if name in ("route", "method")}

    _, secret = incidents.api_keys(incidents.clock).create("all", ["admin"])
    client.headers["Authorization"] = f"Bearer {secret}"
    calls: list[tuple[str, str]] = [
        *(("GET", f"/nothing/{number}") for number in range(20)),
        *(("GET", f"/v1/runs/{number}") for number in range(20)),
        *((f"ODD{number}", "/v1/runs") for number in range(20)),
        *(("POST", f"/v1/alerts/generic/secret-{number}") for number in range(20)),
    ]
    for method, path in calls:
        await client.request(method, path)
    told = await labels()
    assert told - {"GET", "POST", "other"} <= {
        *("elsewhere", "/metrics", "/v1/runs/{run}", "/v1/runs", "/v1/alerts/{source}/{key}")
    }


async def test_no_number_names_a_run_a_service_or_a_caller(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.ask()
    text = (await client.get("/metrics")).text
    assert all(word not in text for word in (incident.run, "checkout"))


@pytest.mark.parametrize("name", ["runs_nobody_wakes", "turns_failing"])
async def test_what_is_wrong_is_zero_while_all_is_well(client: httpx2.AsyncClient, incident: Any, name: str) -> None:
    assert await number(client, name) == 0
