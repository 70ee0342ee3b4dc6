"""Keys of alerts of no known shape: two alerts never share one, and one alert keeps its own until it is over."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.intake.parsing.completion import read_any

NAMES = ("machine", "probe", "cell", "tenant", "service", "host", "check", "rule", "shop", "queue", "disk", "cluster")
WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "orders", "cart", "db-1", "db-2", "eu", "us")
SAME_WORDS = settings(max_examples=200, deadline=None, derandomize=True)
BODIES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(WORDS), min_size=1)
TITLES = st.sampled_from(("Disk is full", "Latency is high", "Replica lags", "Payment error", "Payment timeout"))
MESSAGES = st.text(st.sampled_from("abc %0123."), max_size=40)


def key(body: dict[str, Any]) -> str:
    return read_any("generic", body).dedup_key


@SAME_WORDS
@given(body=BODIES, title=TITLES, data=st.data())
def test_two_alerts_that_differ_in_what_they_are_about_have_different_keys(
    body: dict[str, str], title: str, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(body)))
    other = data.draw(st.sampled_from([word for word in WORDS if word != body[name]]))
    one, two = {"title": title, **body}, {"title": title, **body, name: other}
    assert key(one) != key(two)
    assert key({"data": one}) != key({"data": two})


@SAME_WORDS
@given(one=TITLES, two=TITLES, body=BODIES, name=st.sampled_from(("title", "summary", "message", "finding")))
def test_a_title_that_is_only_guessed_fuses_nothing(one: str, two: str, body: dict[str, str], name: str) -> None:
    assert (key({name: one, **body}) == key({name: two, **body})) == (one == two)


@SAME_WORDS
@given(
    body=BODIES, title=TITLES, value=st.floats(0, 100), text=MESSAGES, seconds=st.integers(1_700_000_000, 1_800_000_000)
)
def test_an_alert_keeps_its_key_until_it_is_over(
    body: dict[str, str], title: str, value: float, text: str, seconds: int
) -> None:
    fires = {"title": title, **body, "status": "firing", "value": 99.5, "time": 1_700_000_000, "output": "far too much"}
    over = {
        **{"title": f"Resolved: {title}", **body, "status": "resolved", "value": value, "time": seconds},
        **{"output": text, "resolved_at": "2026-03-03T03:58:00Z", "duration": 60, "count": 7},
    }
    assert key(fires) == key(over)
    assert read_any("generic", over).status == "resolved"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"host": "db-1", "check": "disk", "status": "CRITICAL"},
            {"host": "db-1", "check": "load", "status": "CRITICAL"},
        ),
        ({"event": "alert_fired", "name": "a"}, {"event": "alert_fired", "name": "b"}),
        ({"monitor_id": 7, "host": "a"}, {"monitor_id": 7, "host": "b"}),
        ({"rule_id": "r", "alert_id": "a"}, {"rule_id": "q", "alert_id": "a"}),
        ({"incident": {"id": "1", "name": "x"}}, {"incident": {"id": "2", "name": "x"}}),
        ({"policy_id": "p", "data": {"target": "a"}}, {"policy_id": "p", "data": {"target": "b"}}),
    ],
)
def test_a_rule_a_host_or_the_kind_of_a_message_is_no_identity(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert key(one) != key(other)


def test_the_id_of_a_message_is_no_identity() -> None:
    body = {"id": "m-1", "event_type": "alert", "data": {"host": "db-1", "check": "disk"}}
    assert key(body) == key({**body, "id": "m-2"})
