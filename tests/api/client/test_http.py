"""The server as the terminal speaks to it: a stream that breaks off is taken up again."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.client.http import RequestDeclined, Unreachable, WarroomClient

ENDED = b"event: end\ndata: {}\n\n"


def frames(*numbers: int) -> bytes:
    return b"".join(f"id: {n}\ndata: {json.dumps({'seq': n})}\n\n".encode() for n in numbers)


@contextmanager
def streaming(*answers: tuple[int, bytes]) -> Generator[tuple[WarroomClient, list[str | None]]]:
    """A server that answers one stream after the other, and the last events that it was told of."""
    told, left = list[str | None](), list(answers)

    class Doors(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.append(self.headers["Last-Event-ID"])
            status, body = left.pop(0)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the library
            """Say nothing."""

    doors = ThreadingHTTPServer(("127.0.0.1", 0), Doors)
    threading.Thread(target=doors.serve_forever, daemon=True).start()
    server = WarroomClient(f"http://127.0.0.1:{doors.server_port}")
    try:
        yield server, told
    finally:
        server.close()
        doors.shutdown()
        doors.server_close()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        """Wait for nothing."""

    monkeypatch.setattr("api.client.http.time.sleep", sleep)


def test_a_stream_that_breaks_off_goes_on_where_it_was_and_says_so() -> None:
    answers = (200, frames(1, 2)), (503, b"starting"), (200, frames(3) + ENDED)
    with streaming(*answers) as (server, last_seen):
        said: list[str] = []
        seen = [event["seq"] for event in server.events("run", 0, said.append)]
    assert seen == [1, 2, 3]
    assert last_seen == ["0", "2", "2"]
    assert ["lost after event 2" in text for text in said] == [True, True, False]
    assert said[-1] == ""


def test_a_run_that_is_not_there_is_declined_and_not_asked_for_again() -> None:
    with streaming((404, b'{"detail": "no run"}')) as (server, last_seen):
        with pytest.raises(RequestDeclined, match="no run"):
            list(server.events("run", 7))
        assert last_seen == ["7"]


def test_a_server_that_never_answered_is_not_waited_for() -> None:
    with pytest.raises(Unreachable, match="no Warroom answers"):
        list(WarroomClient("http://127.0.0.1:9").events("run", 7))


def test_a_server_that_stays_away_is_given_up_with_the_way_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.client.http.TRIES", 2)
    given_up = pytest.raises(Unreachable, match="watch run --after 1")
    with streaming((200, frames(1)), (500, b"")) as (server, _), given_up:
        list(server.events("run"))


def test_what_is_typed_and_what_a_server_says_is_harmless() -> None:
    """A name from the command line may hold half a character; a server may be anybody."""
    with streaming((200, rb'{"title": "\ud800 \u001b[2J"}'), (422, rb'{"detail": "\u202eno"}')) as (server, _):
        assert server.get("/v1/runs/x") == {"title": "\ufffd [2J"}
        with pytest.raises(RequestDeclined, match=r"^no$"):
            server.get("/v1/runs/x")
    with pytest.raises(Unreachable, match="no Warroom answers"):
        WarroomClient("http://127.0.0.1:9").post("/v1/hold", {"by": "ann \udcff"})


@pytest.mark.parametrize(
    ("url", "where"), [("http://127.0.0.1:1/", r" --url http://127\.0\.0\.1:1"), ("http://127.0.0.1:8321", "")]
)
def test_whoever_has_to_take_up_a_lost_stream_is_told_the_whole_command(
    monkeypatch: pytest.MonkeyPatch, url: str, where: str
) -> None:
    monkeypatch.setattr("api.client.http.TRIES", 0)
    client = WarroomClient(url)
    with pytest.raises(Unreachable, match=rf"go on with: warroom watch r-1 --after 7{where}$"):
        next(client.events("r-1", 7))
    client.close()
