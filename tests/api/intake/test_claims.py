"""Claims: at every door a sender uses the name that it proves, and no other's."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.intake.receiving import LARGE
from api.intake.senders import SendersUnreadable, load
from graphs.intake.inbox import DeliveryInbox
from graphs.intake.incident_service import IncidentService
from graphs.store.api_keys import ApiKeys
from tests.api.proofs import bearer, signed, source_of

OURS = ("warroom", "Warroom", "patrol", "user report", "user-report", "report", "storm", "simulation", "pa\u200btrol")


@pytest.mark.parametrize("name", ["pagerduty", "PagerDuty", "pager-duty", " Pager Duty", "pagerduty\u200b"])
@pytest.mark.parametrize("path", ["/v1/alerts", "/v1/alerts/warroom"])
@pytest.mark.parametrize("with_key", [False, True])
async def test_who_has_a_secret_is_not_believed_unsigned_at_any_door(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys, name: str, path: str, with_key: bool
) -> None:
    headers = bearer(keys, "cron") if with_key else {}
    answer = await door.post(path, json={"title": "x", "source": name}, headers=headers)
    assert (answer.status_code, "is not signed" in answer.json()["detail"]) == (401, True)
    assert incidents.runs.newest() == []


@pytest.mark.parametrize("sender", ["", "pagerduty"])
async def test_no_key_stands_for_a_signature(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys, sender: str
) -> None:
    told = {"event": {"event_type": "incident.triggered", "data": {"id": "P1", "title": "x"}}}
    headers = bearer(keys, "pagerduty", sender)
    secret = headers["Authorization"].split()[1]
    answers = [
        await door.post("/v1/alerts/pagerduty", json=told, headers=headers),
        await door.post(f"/v1/alerts/pagerduty/{secret}", json=told),
        await door.post(f"/v1/alerts/pagerduty?token={secret}", json=told),
    ]
    large = await door.post("/v1/alerts/pagerduty", json={**told, "x": LARGE * "x"}, headers=headers)
    assert [answer.status_code for answer in (*answers, large)] == [401] * 4
    assert incidents.runs.newest() == []
    assert incidents.deps.store.database.connection.execute("SELECT COUNT(*) FROM deliveries").fetchone()[0] == 0


async def test_an_alerts_key_names_no_sender_that_has_a_key_of_its_own(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys
) -> None:
    headers = bearer(keys, "cron")
    secret = headers["Authorization"].split()[1]
    key, _ = keys.create("grafana", ["alerts"], sender="grafana")
    for is_revoked in (False, True):
        if is_revoked:
            keys.revoke(key.id)
        answers = [
            await door.post("/v1/alerts", json={"title": "x", "source": "Grafana"}, headers=headers),
            await door.post("/v1/alerts/grafana", json={"title": "x"}, headers=headers),
            await door.post(f"/v1/alerts/grafana/{secret}", json={"title": "x"}),
        ]
        assert [answer.status_code for answer in answers] == [403] * 3
    assert incidents.runs.newest() == []
    assert (await door.post("/v1/alerts", json={"title": "x"}, headers=headers)).status_code == 202


@pytest.mark.parametrize("name", OURS)
async def test_nobody_may_use_a_name_that_warroom_uses_itself(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys, name: str
) -> None:
    for key in ("", "cron", name):
        for path in ("/v1/alerts", "/v1/alerts/warroom"):
            headers = bearer(keys, key) if key else {}
            answer = await door.post(path, json={"title": "x", "source": name}, headers=headers)
            assert (answer.status_code, "uses the name" in answer.json()["detail"]) == (422, True)
    assert incidents.runs.newest() == []


@pytest.mark.parametrize("name", ["warroom", "patrol", "user-report", "Storm"])
def test_no_sender_of_the_file_may_use_one_either(tmp_path: Path, name: str) -> None:
    (tmp_path / "senders.yaml").write_text(f"{name}: {{}}\n")
    with pytest.raises(SendersUnreadable, match="Warroom uses the name"):
        load(tmp_path / "senders.yaml")


async def test_who_names_no_source_gets_the_name_that_is_proved(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys
) -> None:
    here = await door.post("/v1/alerts", json={"title": "one", "sender": "sender pagerduty"})
    by_name = await door.post("/v1/alerts", json={"title": "two"}, headers=bearer(keys, "cron"))
    for_one = bearer(keys, "x", "billing_cron")
    by_sender = await door.post("/v1/alerts/warroom", json={"title": "three"}, headers=for_one)
    assert [source_of(incidents, answer) for answer in (here, by_name, by_sender)] == [
        ("local", "local"),
        ("cron", "key cron"),
        ("billing_cron", "sender billing_cron"),
    ]


@pytest.mark.parametrize("path", ["/v1/alerts/jsm", "/v1/alerts/cloudevents", "/v1/alerts/honeycomb"])
async def test_an_alert_gets_the_name_of_the_address_whatever_its_body_says(
    client: httpx2.AsyncClient, incidents: IncidentService, path: str
) -> None:
    body = {"source": "pagerduty", "title": "x", "name": "x", "alert": {"message": "x", "source": "pagerduty"}}
    answer = await client.post(path, json={**body, "action": "Create", "status": "TRIGGERED"})
    assert source_of(incidents, answer)[0] == path.rpartition("/")[2]


async def test_a_sender_of_the_file_that_has_no_shape_of_its_own_posts_ours_signed(
    door: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    body = json.dumps({"title": "x", "source": "pagerduty"}).encode()
    assert (await door.post("/v1/alerts/billing", content=body)).status_code == 401
    answer = await door.post("/v1/alerts/billing", content=body, headers=signed(incidents, body))
    assert source_of(incidents, answer) == ("billing", "sender billing")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/alerts", {"title": "x"}, 202),
        ("/v1/alerts", {"title": "x", "source": "Grafana"}, 202),
        ("/v1/alerts", {"title": "x", "source": "alertmanager"}, 403),
        ("/v1/alerts", {"title": "x", "source": "anything"}, 403),
        ("/v1/alerts/warroom", {"title": "x"}, 202),
        ("/v1/alerts/warroom", {"title": "x", "source": "alertmanager"}, 403),
        ("/v1/alerts/grafana", {"title": "x"}, 202),
        ("/v1/alerts/generic", {"title": "x"}, 403),
        ("/v1/alerts/alertmanager", {"title": "x"}, 403),
        ("/v1/alerts/grafana/KEY", {"title": "x"}, 202),
        ("/v1/alerts/alertmanager/KEY", {"title": "x"}, 403),
        ("/v1/alerts/warroom/KEY", {"title": "x", "source": "alertmanager"}, 403),
        ("/v1/alerts/grafana?token=KEY", {"title": "x"}, 202),
        ("/v1/alerts/alertmanager?auth_token=KEY", {"title": "x"}, 403),
        ("/v2/enqueue", {"event_action": "trigger", "payload": {"summary": "x"}}, 403),
        ("/v1/reports", {"what": "x"}, 403),
        ("/report", {"what": "x"}, 403),
    ],
)
async def test_a_key_for_one_sender_opens_every_door_to_that_one_and_to_no_other(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys, path: str, body: dict[str, Any], status: int
) -> None:
    _, secret = keys.create("the one of Grafana", ["alerts"], sender="grafana")
    headers = {} if "KEY" in path else {"Authorization": f"Bearer {secret}"}
    if path == "/report":
        answer = await door.post(path, data=body, headers=headers)
    else:
        answer = await door.post(path.replace("KEY", secret), json=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert [facts.alert.source for facts in incidents.runs.newest() if facts.alert] == ["grafana"] * (status == 202)


async def test_a_routing_key_that_is_for_one_sender_counts_at_the_events_api(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys
) -> None:
    made = {sender: keys.create("checkout", ["alerts"], sender=sender)[1] for sender in ("grafana", "pagerduty_events")}
    event = {"event_action": "trigger", "payload": {"summary": "x"}}
    answers = [await door.post("/v2/enqueue", json={**event, "routing_key": secret}) for secret in made.values()]
    assert [answer.status_code for answer in answers] == [403, 202]
    (run,) = incidents.runs.newest()
    assert run.alert
    assert (run.alert.sender, run.alert.scheme) == ("sender pagerduty_events", "the key of checkout, in the address")


async def test_a_large_body_that_names_another_sender_is_refused_and_waits_for_nothing(
    door: httpx2.AsyncClient, incidents: IncidentService, keys: ApiKeys
) -> None:
    body = {"title": "x", "source": "pagerduty", "description": "x" * LARGE}
    answer = await door.post("/v1/alerts/warroom", json=body, headers=bearer(keys, "cron"))
    assert answer.status_code == 401
    assert incidents.runs.newest() == []
    assert DeliveryInbox(incidents.deps.store, incidents.deps.clock).waiting() == []
