"""What every request passes: the Host header, and that a browser's request comes from our own page."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.app import Reach, create_app
from api.middleware import OnDisk
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from tests.graphs.power_cut import Platter, sqlite_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OURS = "http://127.0.0.1"


@pytest.fixture
def client_of(incidents: IncidentService) -> httpx2.AsyncClient:
    incidents.public_url = "https://warroom.example:8443/"
    app = create_app(incidents, Reach(names=frozenset({" Warroom.Internal ", ""})))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=OURS)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8321",
        "127.0.0.1:1",
        "10.0.0.5:8321",
        "[::1]:8321",
        "warroom.example",
        "warroom.internal",
    ],
)
async def test_who_means_us_comes_in(client_of: httpx2.AsyncClient, host: str) -> None:
    assert (await client_of.get("/v1/runs", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[", "", "@", ":80"]
)
async def test_who_means_somebody_else_is_refused(client_of: httpx2.AsyncClient, host: str) -> None:
    answer = await client_of.get("/v1/runs", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": OURS}, 202),
        ({"Origin": "https://warroom.example:8443"}, 202),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "http://127.0.0.1:9000"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://behind-a-proxy.example"}, 202),
        ({"Sec-Fetch-Site": "none"}, 202),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OURS}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({}, 202),
    ],
)
async def test_a_change_comes_from_a_program_or_from_our_own_page(
    client_of: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await client_of.post("/v1/alerts", json={"title": "x"}, headers=headers)).status_code == status


async def test_looking_is_not_changing(client_of: httpx2.AsyncClient) -> None:
    assert (await client_of.get("/v1/runs", headers={"Origin": "http://evil.example"})).status_code == 200


async def test_a_browser_that_does_not_say_where_its_form_stands_changes_nothing(
    client_of: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    client_of.cookies.set("warroom_session", "whatever")
    answer = await client_of.post("/acting", content="acting=hold&by=me", headers=FORM)
    assert answer.status_code == 403
    assert not incidents.held


async def test_a_key_in_a_header_is_never_sent_unasked(
    client_of: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    _, secret = incidents.api_keys(incidents.clock).create("plugin", ["alerts"])
    headers = {"Authorization": f"Bearer {secret}", "Origin": "http://dashboards.example"}
    assert (await client_of.post("/v1/alerts", json={"title": "x"}, headers=headers)).status_code == 202


class OnAPlatter:
    """The application on a store of which one sees what a power cut would leave."""

    def __init__(self, folder: Path, incidents: IncidentService) -> None:
        deps = incidents.deps
        self.store = Store(folder / "warroom.sqlite")
        self.platter = Platter(self.store, folder / "platter")
        self.app = create_app(IncidentService(Dependencies(self.store, deps.clock, deps.connections, deps.catalogue)))

    async def serve(self, path: str, send: Send, body: bytes = b"{}") -> None:
        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        scope: Scope = {"type": "http", "method": "POST" if body else "GET", "path": path, "query_string": b""}
        scope |= {"headers": headers, "http_version": "1.1", "scheme": "http", "raw_path": path.encode()}

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app({**scope, "client": ("127.0.0.1", 1)}, receive, send)

    def runs(self) -> list[str]:
        with closing(self.platter.after_a_power_cut()) as store:
            return store.runs.newest(10)


@pytest.mark.sqlite
async def test_before_a_request_is_answered_what_it_wrote_is_on_disk(
    tmp_path: Path, incidents: IncidentService
) -> None:
    served = OnAPlatter(tmp_path, incidents)
    found: list[tuple[str, int]] = []

    async def send(message: Message) -> None:
        found.append((message["type"], len(served.runs())))

    await served.serve("/v1/alerts/generic", send, b'{"title": "checkout answers 500"}')
    assert found == [("http.response.start", 1), ("http.response.body", 1)]
    served.store.close()


@pytest.mark.sqlite
async def test_where_the_disk_fails_nothing_is_acknowledged(tmp_path: Path, incidents: IncidentService) -> None:
    store = Store(tmp_path / "warroom.sqlite")
    app = create_app(IncidentService(replace(incidents.deps, store=store)))

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    sqlite_of(store).share_syncs(broken)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=OURS) as client:
        answer = await client.post("/v1/alerts/generic", json={"title": "checkout answers 500"})
    assert answer.status_code == 503
    store.close()


@pytest.mark.parametrize(("headers", "waits"), [([(b"content-length", b"2")], ["start"]), ([], ["start", "a", "b"])])
async def test_an_answer_of_a_known_length_waits_for_the_disk_once_and_a_stream_with_each_part(
    headers: list[tuple[bytes, bytes]], waits: list[str]
) -> None:
    sent: list[str] = []
    waited_before: list[str] = []

    async def on_disk() -> None:
        waited_before.append(("start", "a", "b")[len(sent)])

    async def send(message: Message) -> None:
        sent.append(message.get("body", b"start").decode())

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await send({"type": "http.response.body", "body": b"b"})

    async def receive() -> Message:
        raise AssertionError("nothing is asked for")

    await OnDisk(answer, on_disk)({"type": "http"}, receive, send)
    assert (sent, waited_before) == (["start", "a", "b"], waits)
