"""The ledger of changes, by the API: reported by whoever may send alerts, and shown to whoever may read."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents.io.catalogue import Catalogue
from agents.tools.ports import change_history
from api.app import create_app
from api.intake.senders import Sender, Senders
from graphs.intake.change_ledger import ChangeLedger
from graphs.intake.connected_changes import WithChangeLedger
from graphs.intake.incident_service import IncidentService
from graphs.store.api_keys import ApiKeys, Scope
from graphs.store.store import Store
from tests.api.conftest import NIGHT, HandClock
from tests.api.intake.adapters.test_pipelines import workflow
from tests.api.proofs import at

FLAG = {"kind": "flag", "service": "checkout", "at": NIGHT.isoformat(), "from": "10 %", "to": "100 %", "by": "ada"}


async def post(client: httpx2.AsyncClient, body: Any, status: int = 202) -> dict[str, Any]:
    answer = await client.post("/v1/changes", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def listed(client: httpx2.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    return (await client.get("/v1/changes", params=asked)).json()


@pytest.fixture
def checkout(incidents: IncidentService) -> None:
    """The catalogue lists checkout."""
    incidents.changes.catalogue = incidents.deps.catalogue = Catalogue.model_validate({"services": {"checkout": {}}})


async def test_a_change_is_recorded_and_shown_with_all_that_was_said(client: httpx2.AsyncClient) -> None:
    told = await post(client, {**FLAG, "id": "7", "what": "new basket"})
    assert told == {"changes": [{"id": "7", "service": "checkout", "became": "recorded", "listed": False}]}
    (shown,) = await listed(client)
    assert {name: shown[name] for name in FLAG if name != "at"} == {n: said for n, said in FLAG.items() if n != "at"}
    assert (shown["at"], shown["what"], shown["source"]) == ("2026-03-03T03:00:00Z", "new basket", "this machine")


async def test_a_service_of_the_catalogue_is_said_to_be_listed(client: httpx2.AsyncClient, checkout: None) -> None:
    assert [one["listed"] for one in (await post(client, [FLAG, {**FLAG, "service": "x"}]))["changes"]] == [True, False]


async def test_a_list_is_recorded_as_a_whole_or_not_at_all(client: httpx2.AsyncClient) -> None:
    await post(client, {**FLAG, "id": "7"})
    problem = await post(client, [{**FLAG, "id": "8"}, {**FLAG, "id": "7", "to": "50 %"}], 409)
    assert "7" in problem["detail"]
    await post(client, [{**FLAG, "id": "8"}, {**FLAG, "kind": "weather"}], 422)
    assert [one["id"] for one in await listed(client)] == ["7"]


async def test_sent_again_it_counts_once(client: httpx2.AsyncClient) -> None:
    became = [(await post(client, [FLAG]))["changes"][0]["became"] for _ in range(2)]
    assert (became, len(await listed(client))) == (["recorded", "known"], 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({**FLAG, "kind": "weather"}, "'release', 'configuration', 'flag'"),
        ({"kind": "flag"}, "one.service"),
        ([FLAG, {**FLAG, "at": "yesterday"}], "list.1.at"),
        ([], "at least 1"),
        ([FLAG] * 501, "at most 500"),
        ([{"kind": "flag", "service": "a"}] * 1_500, "at most 500"),
        ("deployed", "one"),
        ({**FLAG, "at": (NIGHT + timedelta(hours=2)).isoformat()}, "in the future"),
        ({**FLAG, "version": "2"}, "one.version"),
    ],
)
async def test_what_does_not_fit_is_refused_and_named(client: httpx2.AsyncClient, body: Any, said: str) -> None:
    assert said in (await post(client, body, 422))["detail"]
    assert await listed(client) == []


async def test_what_is_no_json_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/changes", content="{", headers={"content-type": "application/json"})
    assert (answer.status_code, await listed(client)) == (400, [])


@pytest.mark.parametrize(("scope", "status"), [("alerts", 202), ("read", 403)])
async def test_a_key_for_alerts_reports_changes(
    incidents: IncidentService, keys: ApiKeys, scope: Scope, status: int
) -> None:
    _, secret = keys.create("ci", [scope])
    async with at(create_app(incidents)) as client:
        assert (await client.post("/v1/changes", json=FLAG)).status_code == 401
        answer = await client.post("/v1/changes", json=FLAG, headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == status
    assert [one.source for one in incidents.changes.newest(10)] == (["ci"] if status == 202 else [])


async def test_it_is_on_disk_before_it_is_answered(tmp_path: Path, incidents: IncidentService) -> None:
    store = Store(tmp_path / "w.sqlite")
    incidents.changes = ChangeLedger(store, incidents.clock, incidents.catalogue)
    async with at(create_app(incidents)) as client:
        await post(client, FLAG)
    assert len(Store(tmp_path / "w.sqlite", read_only=True).changes.newest(10)) == 1
    store.close()


async def test_the_list_is_narrowed_by_service_kind_and_time(client: httpx2.AsyncClient) -> None:
    earlier = (NIGHT - timedelta(hours=1)).isoformat()
    await post(client, [FLAG, {**FLAG, "service": "search"}, {**FLAG, "kind": "release", "at": earlier}])
    assert len(await listed(client, service="checkout")) == 2
    assert len(await listed(client, kind="release")) == 1
    assert len(await listed(client, before=NIGHT.isoformat())) == 1
    assert len(await listed(client, most=1)) == 1


async def test_a_pipeline_of_github_is_recorded_for_its_service_and_counts_once(
    client: httpx2.AsyncClient, clock: HandClock
) -> None:
    for _ in range(2):
        (became,) = (await client.post("/v1/alerts/github", json=workflow())).json()["alerts"]
        assert (became["became"], "recorded for checkout" in became["why"]) == ("kept: a change", True)
        clock.time += timedelta(hours=1)
    (shown,) = await listed(client)
    assert (shown["kind"], shown["service"], shown["by"], shown["source"]) == ("release", "checkout", "grace", "github")


async def test_a_pipeline_that_still_runs_is_not_recorded(client: httpx2.AsyncClient) -> None:
    await client.post("/v1/alerts/github", json=workflow(conclusion=None, status="in_progress"))
    assert await listed(client) == []


async def test_a_change_of_a_sender_whose_changes_are_alerts_is_recorded_all_the_same(
    incidents: IncidentService,
) -> None:
    senders = Senders({"github": Sender(changes_are_alerts=True)})
    async with at(create_app(incidents, senders=senders)) as client:
        (became,) = (await client.post("/v1/alerts/github", json=workflow(conclusion="failure"))).json()["alerts"]
        assert became["became"] == "started"
        assert [one["status"] for one in await listed(client)] == ["failed"]


async def test_an_event_of_cdevents_is_recorded_whether_it_comes_bare_or_in_a_cloud_event(
    client: httpx2.AsyncClient,
) -> None:
    event = {
        "context": {"type": "dev.cdevents.service.upgraded.0.2.0", "timestamp": "2026-03-03T02:58:00Z", "id": "1"},
        "subject": {"id": "service/checkout", "content": {"artifactId": "pkg:oci/checkout@sha256%3A0b31"}},
    }
    wrapped = {"specversion": "1.0", "type": event["context"]["type"], "source": "/ci", "id": "1", "data": event}
    await client.post("/v1/alerts/cdevents", json=event)
    await client.post("/v1/alerts/cloudevents", json=wrapped)
    shown = await listed(client)
    assert [(one["kind"], one["service"], one["to"]) for one in shown] == [("release", "checkout", "sha256:0b31")] * 2


async def test_what_is_reported_is_what_an_investigator_reads(
    client: httpx2.AsyncClient, incidents: IncidentService, checkout: None
) -> None:
    await post(client, {**FLAG, "id": "7"})
    await client.post("/v1/alerts/github", json=workflow())
    connections = WithChangeLedger(incidents.connections, incidents.changes)
    read = connections.driver(change_history, "checkout")
    assert read is not None
    changes = (await read(service="checkout")).model_dump()["changes"]
    assert [(one["kind"], one["old"], one["by"]) for one in changes] == [
        ("release", "", "grace"),
        ("flag", "10 %", "ada"),
    ]
