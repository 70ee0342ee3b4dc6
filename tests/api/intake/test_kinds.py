"""Kinds of mistakes in reading: what was fused, never closed, or taken for something else, once for each kind."""

from typing import Any

import httpx2
import pytest

from graphs.intake.incident_service import IncidentService
from tests.api.intake.adapters.cases import read, read_all

FIRED = {"title": "x", "state": "firing", "eventType": "alert_fired"}
OF_POLICY = {"title": "x", "state": "ACTIVATED", "alertPolicyNames": ["P"]}


def prometheus(name: str, group: str = "{}:{}", **labels: str) -> dict[str, Any]:
    alert = {"status": "firing", "labels": {"alertname": name, **labels}, "fingerprint": name}
    return {"version": "4", "groupKey": group, "alerts": [alert]}


def problem(number: str, state: str = "OPEN") -> dict[str, Any]:
    data = {"State": state, "ProblemTitle": f"Problem {number}", "PID": number}
    return {"specversion": "1.0", "id": f"{number}{state}", "source": "mon", "type": "org.x.problem", "data": data}


def query(word: str, number: int) -> dict[str, Any]:
    title = f"[{word} on {{host:db-1}}] Disk is full"
    return {"id": str(number), "event_type": "query_alert_monitor", "title": title, "last_updated": "1", "org": {}}


def message(event: str) -> dict[str, Any]:
    return {"event": event, "incident": {"id": "P7", "title": "Login fails"}}


async def runs_of(client: httpx2.AsyncClient, door: str, *bodies: Any) -> list[str]:
    """The run of each alert of several bodies, one after another; empty where it has none."""
    answers = [(await client.post(f"/v1/alerts/{door}", json=body)).json() for body in bodies]
    return [alert["run"] for answer in answers for alert in answer["alerts"]]


@pytest.mark.parametrize(
    ("door", "one", "other"),
    [
        ("alertmanager", prometheus("A", service="a"), prometheus("B", service="b")),
        ("alertmanager", prometheus("A", instance="https://a.x"), prometheus("B", instance="https://b.x")),
        ("cloudevents", problem("p1"), problem("p2")),
        ("elastic", {**FIRED, "ruleId": "1"}, {**FIRED, "ruleId": "2"}),
        ("new-relic", {**OF_POLICY, "id": "1"}, {**OF_POLICY, "id": "2"}),
    ],
)
async def test_two_alerts_are_two_incidents(client: httpx2.AsyncClient, door: str, one: Any, other: Any) -> None:
    assert len(set(await runs_of(client, door, one, other)) - {""}) == 2


@pytest.mark.parametrize(
    ("door", "bodies"),
    [
        ("cloudevents", [problem("p1"), problem("p1", "RESOLVED")]),
        ("datadog", [query("Triggered", 1), query("Re-Triggered", 2), query("Recovered", 3)]),
    ],
)
async def test_one_alert_is_one_incident_and_is_closed(
    client: httpx2.AsyncClient, incidents: IncidentService, door: str, bodies: list[Any]
) -> None:
    (run,) = set(await runs_of(client, door, *bodies))
    assert incidents.facts(run).alert_resolved


@pytest.mark.parametrize("door", ["sentry", "generic", "datadog"])
async def test_of_a_list_the_broken_one_is_named_at_every_door(client: httpx2.AsyncClient, door: str) -> None:
    issues = [{"action": "created", "title": name, "data": {"issue": {"id": name, "title": name}}} for name in "ab"]
    answer = (await client.post(f"/v1/alerts/{door}", json=[issues[0], "x", issues[1]])).json()
    assert [refused["alert"] for refused in answer["refused"]] == [1]
    assert len(answer["runs"]) == 2


async def test_messages_of_one_incident_that_is_over_open_none(client: httpx2.AsyncClient) -> None:
    body = {"messages": [message("incident.acknowledge"), message("incident.resolve")]}
    assert await runs_of(client, "pagerduty", body) == ["", ""]
    assert [alert.status for alert in read_all("pagerduty", body)] == ["acknowledged", "resolved"]


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"job": "blackbox", "instance": "https://pay.x"}, "https://pay.x"),
        ({"job": "node-exporter", "instance": "db-1:9100"}, "db-1:9100"),
        ({"job": "kube-state-metrics", "pod": "api-7f", "namespace": "shop"}, "api-7f"),
        ({"job": "kube-state-metrics", "deployment": "api"}, "api"),
        ({"job": "checkout", "instance": "10.0.0.1:80"}, "checkout"),
        ({"job": "blackbox"}, "blackbox"),
    ],
)
def test_a_job_is_a_service_only_where_nothing_better_is_there(labels: dict[str, str], service: str) -> None:
    assert read("alertmanager", prometheus("A", **labels)).service == service


def test_a_group_without_a_label_to_group_by_is_none() -> None:
    groups = ("{}:{}", '{}/{team="a"}:{}', '{}:{alertname="A"}')
    assert [read("alertmanager", prometheus("A", group)).group_key for group in groups] == ["", "", groups[2]]


async def test_the_environment_is_part_of_what_an_alert_is(client: httpx2.AsyncClient) -> None:
    bodies = [{"title": "x", "id": "7", "environment": name} for name in ("prod", "staging")]
    assert len(set(await runs_of(client, "generic", *bodies))) == 2
