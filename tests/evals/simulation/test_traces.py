"""Traces of the simulated production."""

from typing import Any

import pytest

from agents.readings.traces import TracedRequests
from agents.tools.port import Unanswered
from tests.agents.tools.small_world import BUG, LOST_MACHINE, Play


def asked(play: Play, service: str = "door", **more: Any) -> TracedRequests:
    return play.run(lambda: play.ask("traced_requests", service, **more))


def test_a_request_fails_in_the_dependency_that_is_in_trouble() -> None:
    failing = asked(Play(LOST_MACHINE)).failing
    assert failing
    assert all("answered with an error by store" in one.error for one in failing)


def test_a_request_fails_by_itself_where_its_dependencies_are_well_and_on_its_endpoint_only() -> None:
    failing = asked(Play({**BUG, "effect": {"endpoints": ["/open"], "error_rate": 0.9}})).failing
    assert {one.operation for one in failing} == {"/open"}
    assert all("internal error" in one.error for one in failing)


def test_on_a_good_day_requests_are_about_as_slow_as_usual() -> None:
    found = asked(Play())
    assert found.slowest[0].seconds < 0.25
    assert found.slowest[0].operation in ("/open", "/health")
    assert asked(Play(), operation="/nothing").slowest == []


def test_where_calls_cannot_be_seen_there_are_no_traces() -> None:
    with pytest.raises(Unanswered, match="holds no samples"):
        asked(Play(gaps=[{"port": "dependencies"}]))
