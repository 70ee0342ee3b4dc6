"""The webhook driver, against an address on loopback."""

from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.webhook import Webhook
from agents.tools.port import Unanswered
from tests.agents.tools.vendor import HANG_UP, Answer, Asked, on_loopback


class Address:
    """Notes what it is asked, and answers as it is told."""

    def __init__(self, status: int = 200, body: Any = None) -> None:
        self.answer = Answer(status, body)
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return self.answer


async def drain(address: Address, clock: VirtualClock, **more: Any) -> Any:
    with on_loopback(address) as url:
        driver = Webhook({"url": f"{url}/acts", **more}, clock)
        return await driver.carry_out("drain_instance", service="shop", instance="shop-2", idempotency_key="run/1")


async def test_the_change_is_posted_to_the_letter(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POOL_TOKEN", "t0k3n")
    address = Address(200, {"detail": "drained", "reference": "job 7"})
    result = await drain(address, clock, token="env:POOL_TOKEN")
    assert (result.done, result.detail, result.reference) == (True, "drained", "job 7")
    (asked,) = address.asked
    told = {"action": "drain_instance", "service": "shop", "instance": "shop-2", "idempotency_key": "run/1"}
    assert (asked.method, asked.path, asked.json) == ("POST", "/acts", told)
    assert asked.headers["authorization"] == "Bearer t0k3n"
    assert asked.headers["idempotency-key"] == "run/1"


@pytest.mark.parametrize("body", [None, b"", b"ok", ["anything"], {"ok": 1}])
async def test_an_answer_of_success_means_done_whatever_it_holds(clock: VirtualClock, body: Any) -> None:
    assert (await drain(Address(202, body), clock)).done


async def test_an_answer_may_say_that_it_was_not_done(clock: VirtualClock) -> None:
    result = await drain(Address(200, {"done": False, "detail": "the last instance"}), clock)
    assert (result.done, result.detail) == (False, "the last instance")


@pytest.mark.parametrize("more", [{}, {"detail": None}, {"detail": 7, "reference": []}])
async def test_what_says_that_it_was_not_done_is_not_done_whatever_else_it_says(
    clock: VirtualClock, more: dict[str, Any]
) -> None:
    assert not (await drain(Address(200, {"done": False, **more}), clock)).done


async def test_a_refusal_is_not_done_and_says_what_was_answered(clock: VirtualClock) -> None:
    result = await drain(Address(409, {"error": "locked"}), clock)
    assert not result.done
    assert "HTTP 409" in result.detail


async def test_an_answer_that_is_lost_is_no_answer(clock: VirtualClock) -> None:
    address = Address()
    address.answer = HANG_UP
    with pytest.raises(Unanswered):
        await drain(address, clock)


@pytest.mark.parametrize("lost", [HANG_UP, Answer(504, {"error": "upstream"})])
@pytest.mark.parametrize(
    ("outcome", "done"), [(Answer(200, {"done": True, "detail": "drained"}), True), (Answer(404), None)]
)
async def test_where_the_answer_got_lost_the_outcome_is_asked(
    clock: VirtualClock, lost: Answer, outcome: Answer, done: bool | None
) -> None:
    asked: list[Asked] = []

    def address(one: Asked) -> Answer:
        asked.append(one)
        return lost if one.method == "POST" else outcome

    with on_loopback(address) as url:
        driver = Webhook({"url": f"{url}/acts", "outcome": f"{url}/outcome?pool=a"}, clock)
        making = driver.carry_out("drain_instance", service="shop", instance="shop-2", idempotency_key="run/1")
        if done is None:
            with pytest.raises(Unanswered):
                await making
        else:
            assert (await making).done
    assert [one.method for one in asked] == ["POST", "GET"]
    assert asked[1].query == {"pool": "a", "idempotency_key": "run/1"}


async def test_a_redirection_is_not_followed(clock: VirtualClock) -> None:
    with on_loopback(Address(200, {})) as elsewhere:
        address = Address()
        address.answer = Answer(307, None, {"Location": elsewhere})
        result = await drain(address, clock)
    assert (result.done, len(address.asked)) == (False, 1)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(200, {"done": True, "detail": "x"}), True),
        (Answer(200, {"detail": "begun"}), False),
        (Answer(404), None),
    ],
)
async def test_what_became_of_a_change_is_looked_up(clock: VirtualClock, answer: Answer, found: bool | None) -> None:
    address = Address()
    address.answer = answer
    with on_loopback(address) as url:
        lookup = Webhook({"url": url, "outcome": f"{url}/outcome"}, clock).lookup
        assert lookup is not None
        happened = await lookup("run/1")
    assert (happened.done if happened else None) is found
    assert address.asked[0].query == {"idempotency_key": "run/1"}


@pytest.mark.parametrize("body", [["?"], None, {"done": "perhaps"}])
async def test_an_outcome_that_says_nothing_is_no_answer(clock: VirtualClock, body: Any) -> None:
    with on_loopback(Address(200, body)) as url:
        lookup = Webhook({"url": url, "outcome": url}, clock).lookup
        assert lookup is not None
        with pytest.raises(Unanswered, match="does not say"):
            await lookup("run/1")


def test_without_an_outcome_nothing_can_be_looked_up(clock: VirtualClock) -> None:
    assert Webhook({"url": "http://127.0.0.1:1/"}, clock).lookup is None
