"""Templates of links: what is put into them, and which are refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.io.link_templates import fill, link_template
from agents.io.web_address import web_address

START = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
END = START + timedelta(hours=1, seconds=5)
DASHBOARD = "https://grafana.example/d/x?var-service={service}&from={from_ms}&to={to_ms}"


def test_a_service_and_the_times_of_a_window_are_put_in() -> None:
    assert fill(DASHBOARD, "shop", START, END) == (
        "https://grafana.example/d/x?var-service=shop&from=1772503200000&to=1772506805000"
    )
    assert fill("http://a/{from}/{to}", "shop", START, END) == (
        "http://a/2026-03-03T02%3A00%3A00Z/2026-03-03T03%3A00%3A05Z"
    )
    assert fill("http://a/{from_s}#{to_us}", "shop", START, END) == "http://a/1772503200#1772506805000000"


def test_times_of_another_zone_are_written_in_utc() -> None:
    elsewhere = START.astimezone(timezone(timedelta(hours=5)))
    assert fill("http://a/{from}", "shop", elsewhere, END) == fill("http://a/{from}", "shop", START, END)


@given(st.text(min_size=1))
def test_whatever_a_service_is_called_it_stays_one_value_of_the_address(name: str) -> None:
    try:
        address = fill(DASHBOARD, name, START, END)
    except UnicodeEncodeError:  # half of a pair of surrogates, which no file of UTF-8 holds
        return
    assert web_address(address) == address
    assert address.count("&") == 2
    assert not set("<>\"'# ") & set(address)


@pytest.mark.parametrize(
    "text", [DASHBOARD, "http://127.0.0.1:3000/", "https://logs.example/{service}?to={to}#from={from_us}"]
)
def test_a_template_is_taken_as_it_is_written(text: str) -> None:
    assert link_template(text) == link_template(f" {text}\n") == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("https://a.example/{start}", "{start} is no placeholder; there are {service}, {from}, {to}"),
        ("https://a.example/{}", "{} is no placeholder"),
        ("https://{service}.example/", "not in the host"),
        ("https://a.example@{service}/", "not in the host"),
        ("{service}//a.example/", "not in the host"),
        ("https://ada:secret@a.example/", "leave out the user and the password"),
        ("javascript:alert('{service}')", "expected an address"),
        ("//a.example/{service}", "expected an address"),
        ("https://a.example/a b", "without blanks"),
        ("", "expected an address"),
    ],
)
def test_what_is_no_address_or_would_give_something_away_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        link_template(text)
    assert fault in str(refused.value)
