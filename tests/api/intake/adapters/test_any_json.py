"""Whatever JSON comes in: it is taken in or clearly refused, it is no fault of ours, and what was taken in is kept."""

import asyncio
import json
from copy import copy
from itertools import product
from typing import Any, cast

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings

from agents.io.outside_text import NotJson
from api.app import create_app
from api.intake.adapters.registry import ADAPTERS, read
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import UnusableAlert
from graphs.intake.incident_service import IncidentService
from tests.any_json import any_json
from tests.api.intake.adapters.cases import Case, cases

CASES = cases()
JSON = any_json(
    *("alerts", "labels", "title", "status", "incident", "event", "data", "alert", "payload", "Message", "Records")
)
QUICK = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def leaves(told: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything that stands in a body."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(told, dict):
        inside = list(cast(dict[str, Any], told).items())
    elif isinstance(told, list):
        inside = list(enumerate(cast(list[Any], told)))
    return [path, *(found for name, each in inside for found in leaves(each, (*path, name)))]


def changed(told: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The body with something else at a path."""
    if not path:
        return value
    copied = copy(told)
    copied[path[0]] = changed(told[path[0]], path[1:], value)
    return copied


def taken(source: str, sent: Delivery) -> None:
    """Read a delivery; what is read can be stored, and what is not is refused by its name."""
    try:
        inbox = read(source, sent)
    except (NotJson, UnusableAlert):
        return
    assert inbox.alerts
    for alert in inbox.alerts:
        assert alert.title.strip()
        alert.model_dump_json().encode()


@pytest.mark.parametrize("source", ADAPTERS)
@QUICK
@given(told=JSON)
def test_any_json_is_read_or_refused(source: str, told: Any) -> None:
    taken(source, Delivery(json.dumps(told).encode()))


ODD: tuple[Any, ...] = (None, 7, True, "", "x", [], {}, [[]], {"a": None}, 10**400, 1e308, "\ud800")


@pytest.mark.parametrize("case", [case for case in CASES if case.name == "firing"], ids=lambda case: case.source)
def test_a_field_of_another_type_does_no_harm(case: Case) -> None:
    for path, odd in product(leaves(case.body), ODD):
        taken(case.source, Delivery(json.dumps(changed(case.body, path, odd)).encode(), case.headers))


NO_JSON = (b"", b"\xff\xfe", b"{", b"[" * 100_000, b"NaN", b"\x00", b'{"a":' * 150 + b"1" + b"}" * 150)


@pytest.mark.parametrize("source", ADAPTERS)
def test_what_is_no_json_is_refused(source: str) -> None:
    for body in NO_JSON:
        with pytest.raises((NotJson, UnusableAlert)):
            read(source, Delivery(body))


@pytest.mark.parametrize("source", ["generic", "alertmanager", "pagerduty", "datadog", "cloudevents"])
def test_the_door_answers_any_json_and_keeps_what_it_acknowledged(source: str, incidents: IncidentService) -> None:
    transport = httpx2.ASGITransport(create_app(incidents), raise_app_exceptions=False)

    def kept() -> set[int]:
        """The places of the newest alerts that started nothing."""
        return {row.number for row in incidents.outcomes.newest(100)}

    async def post(told: Any) -> None:
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            sent = json.dumps(told).encode()
            answer = await client.post(f"/v1/alerts/{source}", content=sent)
            assert answer.status_code in (202, 400, 422), answer.text
            if answer.status_code == 202:
                for taken_in in answer.json()["alerts"]:
                    assert taken_in["run"] or (taken_in["why"] and taken_in["alert"] in kept())
                for started in answer.json()["runs"]:
                    alert = incidents.facts(started["id"]).alert
                    assert alert
                    assert incidents.inbox.find(alert.raw_ref).size
            else:
                assert incidents.outcomes.newest(1)[0].became == "kept: unreadable"

    @QUICK
    @given(told=JSON)
    def whatever_comes(told: Any) -> None:
        asyncio.run(post(told))

    whatever_comes()
