"""A running server, as the terminal speaks to it."""

import shlex
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2

from agents.io.outside_text import read_json, sanitize_json
from api.client.server_address import server_named

PATIENCE = httpx2.Timeout(10)
STREAM_PATIENCE = httpx2.Timeout(10, read=40)
"""Seconds; a stream sends a heartbeat every 15."""
TRIES = 300
"""How often a broken stream is taken up again, a second apart: long enough for a restart of the machine."""
ASK_AGAIN_AFTER = 0.3
"""Seconds, while a reply is not there yet."""
END = {"end": True}
Tell = Callable[[str], None]
"""Told that the connection is lost, and with an empty text that it is there again."""


class Unreachable(Exception):
    """The server cannot be reached."""


class RequestDeclined(Exception):
    """The server does not do it, and says why."""


class WarroomClient:
    """A client of the HTTP API of a Warroom server. Every method raises Unreachable and RequestDeclined."""

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            self._client = httpx2.Client(base_url=self.url, timeout=PATIENCE, trust_env=False, headers=headers)
        except httpx2.InvalidURL as error:
            raise Unreachable(f"{url} is no address: {error}") from error

    def close(self) -> None:
        self._client.close()

    def get(self, path: str) -> Any:
        return self._json("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return self._json("POST", path, json=sanitize_json(body))

    def post_text(self, path: str, body: bytes, kind: str) -> Any:
        return self._json("POST", path, content=body, headers={"Content-Type": kind})

    def delete(self, path: str) -> None:
        self._json("DELETE", path)

    def reply(self, run: str, asked: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """The event with the reply to a question that was asked of a run; None where there is none in time."""
        until, seq = time.monotonic() + seconds, asked["seq"]
        while True:
            for event in self.get(f"/v1/runs/{run}/transcript?after={seq}")["events"]:
                seq = event["seq"]
                if event["kind"] == "reply" and event["payload"].get("inquiry") == asked["ref"]:
                    return event
            if time.monotonic() >= until:
                return None
            time.sleep(ASK_AGAIN_AFTER)

    def events(self, run: str, after: int = 0, tell: Tell = lambda _: None) -> Iterator[dict[str, Any]]:
        """Give a run's events after a sequence number, then each as it happens, to the run's end.

        A stream that breaks off is taken up again where it was; what is told then says so.
        """
        failures, was_there = 0, False
        while failures < TRIES:
            try:
                for frame in self._stream(run, after):
                    if frame == END:
                        return
                    if failures:
                        tell("")
                    failures, was_there = 0, True
                    if frame:
                        after = frame["seq"]
                        yield frame
            except httpx2.TransportError as error:
                if not was_there:
                    raise self._unreachable(error) from error
            failures += 1
            tell(f"connection lost after event {after}: what is shown may be old; trying again")
            time.sleep(1)
        again = shlex.join(["warroom", "watch", run, "--after", str(after), *server_named(self.url)])
        raise Unreachable(f"the stream broke off after event {after}; go on with: {again}")

    def _stream(self, run: str, after: int) -> Iterator[dict[str, Any]]:
        """Read one stream: events, an empty frame for a sign of life, END. Without END it has broken off."""
        with self._client.stream(
            "GET", f"/v1/runs/{run}/events", headers={"Last-Event-ID": str(after)}, timeout=STREAM_PATIENCE
        ) as answer:
            if answer.is_server_error:
                raise httpx2.ReadError(f"the server answers {answer.status_code}")
            if answer.is_error:
                answer.read()
                raise _declined(answer)
            yield {}
            for line in answer.iter_lines():
                if line == "event: end":
                    yield END
                elif line == "event: beat":
                    yield {}
                elif line.startswith('data: {"seq'):
                    yield read_json(line.removeprefix("data: "))

    def _json(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = self._client.request(method, path, **more)
        except (httpx2.TransportError, httpx2.UnsupportedProtocol) as error:
            raise self._unreachable(error) from error
        if answer.is_error:
            raise _declined(answer)
        if answer.status_code == 204:
            return None
        try:
            return read_json(answer.content)
        except ValueError as error:
            raise Unreachable(f"what answers at {self.url} is no Warroom") from error

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"no Warroom answers at {self.url} ({error}); start one with warroom serve, or name its --url"
        )


def _declined(answer: httpx2.Response) -> RequestDeclined:
    try:
        return RequestDeclined(str(read_json(answer.content)["detail"]))
    except (ValueError, LookupError, TypeError):
        return RequestDeclined(f"the server answers {answer.status_code} {answer.reason_phrase}")
