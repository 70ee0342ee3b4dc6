"""Encodings of text: the same words are the same alert, in whatever encoding they come."""

import json

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.intake.parsing.encodings import in_utf8
from graphs.intake.incident_service import IncidentService

TITLE = "Z\u00fcrich ist ausgefallen"
TEXT = json.dumps({"title": TITLE}, ensure_ascii=False)
BODIES = {
    "UTF-8 with a mark": (TEXT.encode("utf-8-sig"), "application/json"),
    "UTF-16 with a mark": (TEXT.encode("utf-16"), "application/json"),
    "UTF-16 with a mark, named otherwise": (TEXT.encode("utf-16"), "application/json; charset=iso-8859-1"),
    "UTF-16, little end first": (TEXT.encode("utf-16-le"), "application/json"),
    "UTF-16, named": (TEXT.encode("utf-16-be"), "application/json; charset=UTF-16BE"),
    "Latin-1, named": (TEXT.encode("latin-1"), "application/json; charset=iso-8859-1"),
    "Latin-1, not named": (TEXT.encode("latin-1"), "application/json"),
    "a name that nobody knows": (TEXT.encode(), "application/json; charset=klingon"),
}


@pytest.mark.parametrize("door", ["/v1/alerts", "/v1/alerts/generic"])
@pytest.mark.parametrize("name", BODIES)
async def test_every_door_reads_every_encoding(
    client: httpx2.AsyncClient, incidents: IncidentService, door: str, name: str
) -> None:
    body, kind = BODIES[name]
    answer = await client.post(door, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 202, answer.text
    (facts,) = incidents.runs.newest()
    assert facts.alert
    assert facts.alert.title == TITLE
    assert TITLE.encode() in incidents.inbox.find(facts.alert.raw_ref).body.replace(b"\\u00fc", "\u00fc".encode())


@pytest.mark.parametrize(
    ("kind", "body", "title"),
    [
        ("text/plain", b"[Down] Shop does not answer", "Shop does not answer"),
        ("text/plain; charset=utf-8", b'{"title": "it is JSON"}', "it is JSON"),
        ("application/x-www-form-urlencoded", b"title=Shop+is+slow&service=shop", "Shop is slow"),
        ("application/x-www-form-urlencoded", b'{"title": "as curl sends it"}', "as curl sends it"),
        ("application/x-www-form-urlencoded", b"Shop is slow", "Shop is slow"),
        ("application/x-www-form-urlencoded", b'payload={"title": "inside"}', "inside"),
    ],
)
async def test_forms_and_plain_text_become_alerts_with_their_text(
    client: httpx2.AsyncClient, kind: str, body: bytes, title: str
) -> None:
    answer = await client.post("/v1/alerts/generic", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 202, answer.text
    assert answer.json()["alerts"][0]["title"] == title


async def test_an_empty_text_is_no_alert(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/alerts/generic", content=b"  ", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400


@pytest.mark.parametrize("door", ["/v1/alerts", "/v1/alerts/generic", "/v1/reports"])
async def test_a_body_may_be_nested_a_hundred_levels(client: httpx2.AsyncClient, door: str) -> None:
    inside = b"[" * 98 + b"]" * 98
    body = b'{"title": "real outage", "labels": {}, "a": %s}' % inside
    answer = await client.post(door, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == (422 if door == "/v1/reports" else 202), answer.text


@given(text=st.text(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_has_a_mark_or_is_utf_8_is_read_letter_by_letter(text: str, encoding: str) -> None:
    body = json.dumps({"title": text}, ensure_ascii=False).encode(encoding, "replace")
    assert json.loads(in_utf8(body).decode("utf-8-sig")) == {"title": text.encode("utf-8", "replace").decode()}


@pytest.mark.parametrize("address", ["/v1/alerts/generic", "/v1/runs", "/v1/silences", "/report"])
async def test_a_405_lists_every_method_that_the_address_takes(client: httpx2.AsyncClient, address: str) -> None:
    answer = await client.request("PATCH", address)
    taken = {"/v1/alerts/generic": "OPTIONS, POST, PUT", "/v1/runs": "GET", "/v1/silences": "GET, POST"}
    assert (answer.status_code, answer.headers["allow"]) == (405, taken.get(address, "GET, POST"))
