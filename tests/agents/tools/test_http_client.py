"""Remotes: whatever an outside system answers, it is told as what was asked and what came back."""

import pytest

from agents.io.clock import VirtualClock
from agents.tools.http_client import HttpApi, HttpRefusal
from agents.tools.port import Unanswered
from evals.playing.play import EPOCH
from tests.agents.tools.vendor import Answer, Asked, on_loopback


@pytest.mark.parametrize("said", ["²", "9" * 5000, "1_0", "-1", "soon", "31"])
def test_a_wait_that_is_no_short_number_of_seconds_is_not_obeyed(said: str) -> None:
    asked: list[Asked] = []

    def busy(request: Asked) -> Answer:
        asked.append(request)
        return Answer(429, {}, {"Retry-After": said})

    clock = VirtualClock(EPOCH)
    with on_loopback(busy) as url, pytest.raises(HttpRefusal, match="HTTP 429"):
        clock.run(lambda: HttpApi(url, clock).get("/"))
    assert len(asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b"\xff"])
async def test_an_answer_that_is_no_json_is_told(body: bytes) -> None:
    with on_loopback(lambda _: Answer(200, body)) as url, pytest.raises(Unanswered, match=r"asked GET .*no JSON"):
        await HttpApi(url, VirtualClock(EPOCH)).get("/")


@pytest.mark.parametrize("path", ["/a\nb", "/" + "x" * 70_000, "/\x00"])
async def test_an_address_that_cannot_be_asked_is_told(path: str) -> None:
    with pytest.raises(Unanswered, match=r"^asked GET http://127\.0\.0\.1:1; answered: nothing; it was not sent"):
        await HttpApi("http://127.0.0.1:1", VirtualClock(EPOCH)).get(path)


async def test_words_that_are_no_text_are_told() -> None:
    with on_loopback(lambda _: Answer(200, {})) as url, pytest.raises(Unanswered, match="UnicodeEncodeError"):
        await HttpApi(url, VirtualClock(EPOCH)).ask("POST", "/x", json={"text": "\ud800"})
