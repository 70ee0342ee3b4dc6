"""Remotes: whatever an outside system answers, it is told as what was asked and what came back."""

import pytest

from agents.io.clock import VirtualClock
from agents.tools.http_client import HttpApi, HttpRefusal
from agents.tools.port import Unanswered
from evals.playing.play import EPOCH
from tests.agents.tools.hostile_server import badly_behaved, endless, trickling
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


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    with badly_behaved(endless) as url, pytest.raises(Unanswered, match="more than 8,388,608 bytes"):
        await HttpApi(url, VirtualClock(EPOCH)).get("/")


async def test_an_answer_that_trickles_in_is_given_up_when_the_time_is_over() -> None:
    with badly_behaved(trickling) as url, pytest.raises(Unanswered, match=r"nothing within 0\.3 s") as given_up:
        await HttpApi(url, VirtualClock(EPOCH), seconds=0.3).get("/")
    assert given_up.value.refusal.error == "timeout"
