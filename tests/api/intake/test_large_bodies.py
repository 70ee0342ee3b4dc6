"""Large bodies are read beside the loop, one after another, and never for somebody without a key."""

import asyncio
import gc
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from agents.io.redaction import GONE, SHORT
from agents.runtime.briefing import Alert
from api import middleware
from api.intake import harmless_body, receiving
from api.intake.adapters import alertmanager, generic
from api.intake.harmless_body import MOST_PARTS
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import MOST_FAULTS, MOST_LINKS, Inbox
from api.intake.receiving import AT_ONCE, LARGE, AlertReceiver, beside
from api.intake.senders import Senders
from graphs.intake.incident_service import IncidentService
from graphs.model.identity import LOCAL, by_key
from tests.api.intake.parsing.test_delivery import KEY
from tests.api.intake.test_alert_endpoints import entry, group


async def threads_of(sizes: list[int]) -> list[str]:
    return [await beside(size, lambda: threading.current_thread().name) for size in sizes]


async def test_only_what_is_large_is_worked_on_beside_the_loop() -> None:
    here = threading.current_thread().name
    small, large, larger = await threads_of([LARGE, LARGE + 1, 10 * LARGE])
    assert small == here
    assert large == larger != here


async def test_large_bodies_are_worked_on_one_after_another() -> None:
    at_work, most = 0, 0

    def work() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        threading.Event().wait(0.001)
        at_work -= 1

    await asyncio.gather(*(beside(LARGE + 1, work) for _ in range(20)))
    assert most == 1


async def test_nothing_searches_for_garbage_while_a_large_body_is_read() -> None:
    """Through millions of parts it would stop everybody."""
    assert [await beside(size, gc.isenabled) for size in (LARGE, LARGE + 1)] == [True, False]
    with pytest.raises(ZeroDivisionError):
        await beside(LARGE + 1, lambda: 1 // 0)
    assert gc.isenabled()


async def test_a_large_body_is_read_kept_and_redacted_beside_the_loop(
    incidents: IncidentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: list[str] = []

    def noted(delivery: Delivery) -> Inbox:
        where.append(threading.current_thread().name)
        return generic.read(delivery)

    def spans(text: str) -> Any:
        where.extend([threading.current_thread().name] if len(text) > SHORT else [])
        return iter(())

    monkeypatch.setattr("agents.io.redaction.secret_shapes.spans", spans)
    body = json.dumps({"title": f"{'a word ' * 40}", "description": "some words " * LARGE}).encode()
    await AlertReceiver(incidents, Senders()).take("generic", Delivery(body), LOCAL, noted)
    assert len(where) > 2
    here = threading.current_thread().name
    assert [name for name in where if name == here] == []


@pytest.mark.parametrize("path", ["/v1/alerts", "/v1/reports", "/v1/alerts/generic", "/v2/enqueue"])
async def test_every_door_reads_a_large_body_beside_the_loop(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    where: set[str] = set()
    content, made = Delivery._content, harmless_body.Delivery.raw  # pyright: ignore[reportPrivateUsage]

    def noted(delivery: Delivery) -> Any:
        where.add(threading.current_thread().name)
        return content.func(delivery)

    def noted_raw(delivery: Delivery, *what: Any) -> Any:
        where.add(threading.current_thread().name)
        return made(delivery, *what)

    monkeypatch.setattr(Delivery, "_content", property(noted))
    monkeypatch.setattr(Delivery, "raw", noted_raw)
    body = DOORS[path]("x") | {"padding": "x " * LARGE}
    answer = await client.post(path, json=body)
    assert answer.status_code == (422 if path == "/v1/reports" else 202), answer.text
    assert where
    assert threading.current_thread().name not in where


async def test_others_have_their_turn_between_the_alerts_of_a_group(
    incidents: IncidentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "IN_A_TRANSACTION", 3)
    turn, turns = 0, list[int]()

    async def others() -> None:
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    def noted(alert: Alert, number: int) -> Any:
        turns.append(turn)
        return IncidentService.take(incidents, alert, number)

    incidents.take = noted
    other = asyncio.create_task(others())
    body = json.dumps(group(*(entry(f"f{number}") for number in range(AT_ONCE + 10)))).encode()
    await AlertReceiver(incidents, Senders()).take("alertmanager", Delivery(body), LOCAL, alertmanager.read)
    other.cancel()
    assert len(set(turns)) == (AT_ONCE + 10) / 3


def labelled(text: str) -> dict[str, Any]:
    return {"title": text, "labels": {"a": text}}


def titled(text: str) -> dict[str, Any]:
    return {"title": text}


def reported(text: str) -> dict[str, Any]:
    return {"what": text}


def triggered(text: str) -> dict[str, Any]:
    return {"event_action": "trigger", "payload": {"summary": text}}


DOORS = {"/v1/alerts": labelled, "/v1/alerts/generic": titled, "/v1/reports": reported, "/v2/enqueue": triggered}


async def test_no_more_parts_are_looked_at_than_an_alert_may_have(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    links = [f"https://example.test/{number}" for number in range(5 * MOST_PARTS)]
    assert (await client.post("/v1/alerts", json={"title": "x", "links": links})).status_code == 202
    (facts,) = incidents.runs.newest()
    assert facts.alert
    assert facts.alert.unread == [f"{MOST_PARTS - MOST_LINKS} links too many"]


@pytest.mark.parametrize("size", [0, LARGE])
@pytest.mark.parametrize("path", DOORS)
async def test_no_line_of_a_key_comes_in_by_any_door(
    client: httpx2.AsyncClient, incidents: IncidentService, path: str, size: int
) -> None:
    answer = await client.post(path, json=DOORS[path]("\n".join(["broken:", *KEY, "." * size])))
    assert answer.status_code == 202, answer.text
    (facts,) = incidents.runs.newest()
    assert facts.alert
    kept = incidents.inbox.find(facts.alert.raw_ref).body.decode()
    told = json.dumps([event.payload for event in incidents.transcript(facts.id)])
    assert [line for line in KEY[1:-1] if line in kept + told] == []
    assert "broken:" in facts.alert.title


async def test_a_report_s_first_line_is_a_title_without_a_key(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    for answer in (
        await client.post("/v1/reports", json={"what": "\n".join(KEY), "service": "a"}),
        await client.post("/report", data={"what": "\n".join(KEY), "service": "b"}),
    ):
        assert answer.is_success
    titles = [(facts.alert.title, facts.alert.description) for facts in incidents.runs.newest() if facts.alert]
    assert titles == [(GONE, ""), (GONE, "")]


@pytest.mark.parametrize("told", [[], "x", {"what": ["x"]}, 7])
async def test_a_form_that_is_no_form_is_shown_again(client: httpx2.AsyncClient, told: Any) -> None:
    assert (await client.post("/report", json=told)).status_code == 422
    assert (await client.post("/report", content=b"what", headers={"Content-Type": "text/plain"})).status_code == 400


@pytest.mark.parametrize("told", [{"links": [1] * 5000}, {"labels": {f"k{n}": 1 for n in range(5000)}}])
async def test_some_faults_of_thousands_are_told(client: httpx2.AsyncClient, told: dict[str, Any]) -> None:
    answer = await client.post("/v1/alerts", json={"title": "x", **told})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == MOST_FAULTS
    assert len(json.dumps(told)) > MOST_PARTS


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/v1/alerts", middleware.MOST_BYTES),
        ("/v1/alerts/generic", middleware.MOST_BYTES),
        ("/v1/reports", middleware.MOST_BYTES),
        ("/v2/enqueue", 512 * 1024),
        ("/v1/hold", middleware.MOST_ELSEWHERE),
        ("/login", middleware.MOST_ELSEWHERE),
    ],
)
async def test_a_door_takes_as_much_as_is_sent_there_and_no_more(
    client: httpx2.AsyncClient, path: str, most: int
) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await client.post(path, content=b" " * (most + 1), headers=headers)).status_code == 413
    assert (await client.post(path, content=b" " * most, headers=headers)).status_code != 413


async def test_nothing_is_read_for_somebody_without_a_key(
    client: httpx2.AsyncClient, incidents: IncidentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: Delivery) -> Any:
        raise AssertionError("it was read")

    incidents.api_keys(incidents.clock).create("monitoring", ["alerts"])
    monkeypatch.setattr(Delivery, "told", property(read))
    monkeypatch.setattr(Delivery, "_content", property(read))
    for path in ("/v1/alerts", "/v1/reports", "/v1/alerts/generic"):
        answer = await client.post(path, json={"title": "x", "what": "x" * LARGE})
        assert answer.status_code == 401, path


async def test_an_adapter_of_every_sender_is_asked_for_by_name(incidents: IncidentService) -> None:
    body = json.dumps({"title": "x", "padding": "y" * LARGE}).encode()
    accepted = await AlertReceiver(incidents, Senders()).take(
        "generic", Delivery(body), by_key("monitoring"), Senders().adapter("generic")[1]
    )
    (facts,) = incidents.runs.newest()
    assert [run.id for run in accepted.runs] == [facts.id]
    assert facts.alert
    assert (facts.alert.verified, facts.alert.scheme) == (True, "the key of monitoring")


async def test_bodies_that_are_too_large_together_come_again_later(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "MOST_HELD", 1000)
    told = {"title": "x", "description": "y" * 600}
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield json.dumps(told).encode()[:-1]
        begun.set()
        await goes_on.wait()
        yield b"}"

    headers = {"Content-Type": "application/json"}
    first = asyncio.create_task(client.post("/v1/alerts", content=slowly(), headers=headers))
    await begun.wait()
    refused = await client.post("/v1/alerts", json=told)
    goes_on.set()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert (await first).status_code == 202
    assert (await client.post("/v1/alerts", json=told)).status_code == 202
