"""The table of senders: what fires is read with its title, severity and service, and what ends it meets it."""

import json

import httpx2
import pytest

from graphs.intake.incident_service import IncidentService
from graphs.model.identity import identity
from tests.api.intake.adapters.cases import read
from tests.api.intake.adapters.shapes import READ, Shape, shapes

SHAPES = shapes()
BY_NAME = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)


@BY_NAME
def test_what_fires_is_read_as_its_sender_means_it(shape: Shape) -> None:
    alert = read(shape.door, shape.fires)
    found = {column: getattr(alert, field) for column, field in READ.items() if column in shape.expected}
    assert {**found, "status": alert.status} == {**shape.expected, "status": shape.status}
    assert "title" not in alert.unread


@BY_NAME
def test_the_address_for_any_json_reads_the_same(shape: Shape) -> None:
    own, any_json = read(shape.door, shape.fires), read("generic", shape.fires)
    columns = [*shape.expected.keys() & READ.keys()]
    assert [getattr(any_json, READ[name]) for name in columns] == [getattr(own, READ[name]) for name in columns]
    assert (any_json.status, any_json.dedup_key) == (own.status, own.dedup_key)


@pytest.mark.parametrize("door", ["its own", "generic"])
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape.over], ids=lambda shape: shape.name)
def test_what_says_that_it_is_over_meets_what_fires(shape: Shape, door: str) -> None:
    where = "generic" if door == "generic" else shape.door
    fired, over = read(where, shape.fires), read(where, shape.over)
    assert (over.status, identity(over)) == ("resolved", identity(fired))


async def test_what_is_over_closes_the_run_that_it_began(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    for shape in (shape for shape in SHAPES if shape.over and shape.status == "firing"):
        began = await client.post(f"/v1/alerts/{shape.door}", content=json.dumps(shape.fires))
        ended = await client.post(f"/v1/alerts/{shape.door}", content=json.dumps(shape.over))
        (first, last) = (answer.json()["runs"] for answer in (began, ended))
        assert [run["id"] for run in first] == [run["id"] for run in last], shape.name
