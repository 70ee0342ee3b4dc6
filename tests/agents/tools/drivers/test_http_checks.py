"""The HTTP driver, against a small server."""

from time import sleep

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.http_checks import HttpChecks
from agents.tools.port import Unanswered
from tests.agents.tools.conftest import Serve


def shop(path: str) -> tuple[int, str]:
    return {"/cart": (200, "Your cart"), "/pay": (503, "out of order")}.get(path, (404, ""))


async def test_every_declared_endpoint_is_requested_once(serve: Serve, clock: VirtualClock) -> None:
    server = serve(shop)
    endpoints = [
        {"url": f"{server.url}/cart", "name": "cart", "usual_seconds": 0.2},
        {"url": f"{server.url}/pay", "name": "pay"},
    ]
    answered = await HttpChecks({"endpoints": endpoints}, clock).check_endpoints("checkout")
    cart, pay = answered.checks
    assert (cart.endpoint, cart.ok, cart.status, cart.usual_seconds) == ("cart", True, 200, 0.2)
    assert (pay.ok, pay.status) == (False, 503)
    assert pay.error == "HTTP 503, not 200: out of order"
    assert sorted(server.asked) == ["/cart", "/pay"]


async def test_an_answer_without_the_expected_words_is_not_ok(serve: Serve, clock: VirtualClock) -> None:
    server = serve(shop)
    endpoint = {"url": f"{server.url}/cart", "contains": "Welcome"}
    (check,) = (await HttpChecks({"endpoints": [endpoint]}, clock).check_endpoints("checkout")).checks
    assert not check.ok
    assert check.error == "the answer does not contain 'Welcome'"


async def test_a_slow_endpoint_is_given_up_on(serve: Serve, clock: VirtualClock) -> None:
    def slow(path: str) -> tuple[int, str]:
        sleep(0.5)
        return 200, ""

    server = serve(slow)
    entry = {"endpoints": [{"url": server.url}], "seconds": 0.1}
    (check,) = (await HttpChecks(entry, clock).check_endpoints("checkout")).checks
    assert (check.ok, check.status, check.error) == (False, None, "nothing within 0.1 s")


async def test_nobody_listening_is_a_failed_check(clock: VirtualClock) -> None:
    entry = {"endpoints": [{"url": "http://127.0.0.1:9/"}]}
    (check,) = (await HttpChecks(entry, clock).check_endpoints("checkout")).checks
    assert check.error.startswith("ConnectError")


async def test_a_candidate_is_checked_at_its_own_address(serve: Serve, clock: VirtualClock) -> None:
    server = serve(lambda path: (200, "fine"))
    entry = {"candidates": [{"url": f"{server.url}/{{version}}/pay", "name": "pay"}]}
    candidate = await HttpChecks(entry, clock).check_candidate("checkout", "v3/../admin")
    assert candidate.built
    assert candidate.checks[0].endpoint == "pay (v3/../admin)"
    assert server.asked == ["/v3%2F..%2Fadmin/pay"]


async def test_a_candidate_that_does_not_answer_is_not_built(clock: VirtualClock) -> None:
    candidate = await HttpChecks({"candidates": [{"url": "http://127.0.0.1:9/"}]}, clock).check_candidate("shop", "v3")
    assert (candidate.built, candidate.checks[0].ok) == (False, False)


async def test_nothing_declared_is_not_connected(clock: VirtualClock) -> None:
    with pytest.raises(Unanswered) as unanswered:
        await HttpChecks({}, clock).check_endpoints("checkout")
    assert unanswered.value.refusal.error == "not connected"
