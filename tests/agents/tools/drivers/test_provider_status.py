"""The provider status driver, against status pages on loopback, good ones and hostile ones."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from agents.io.clock import VirtualClock
from agents.readings.production import ProviderStatus
from agents.tools.drivers.provider_status import ProviderStatusPage
from agents.tools.port import Unanswered
from tests.agents.tools.hostile_server import badly_behaved, endless, trickling
from tests.agents.tools.vendor import Answer, Asked, on_loopback
from tests.any_json import any_json

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HERE = ["127.0.0.1"]
PAGE: dict[str, Any] = {
    "page": {"id": "x", "name": "Card Net", "time_zone": "Etc/UTC"},
    "status": {"indicator": "none", "description": "All Systems Operational"},
    "components": [
        {"name": "Payments API", "status": "operational", "updated_at": "2026-02-01T00:00:00.000Z"},
        {"name": "Dashboard", "status": "operational", "updated_at": "2026-02-01T00:00:00.000Z"},
    ],
    "incidents": [],
    "scheduled_maintenances": [],
}
DASHBOARD_IS_DOWN: dict[str, Any] = {
    **PAGE,
    "status": {"indicator": "major", "description": "Partial System Outage"},
    "components": [PAGE["components"][0], {**PAGE["components"][1], "status": "major_outage"}],
    "incidents": [
        {
            "name": "Dashboard is not reachable",
            "status": "identified",
            "impact": "major",
            "started_at": "2026-03-02T12:20:00.000+01:00",
            "components": [{"name": "Dashboard"}],
            "incident_updates": [
                {"body": "We look into it.", "created_at": "2026-03-02T11:21:00Z"},
                {"body": "We found a bad certificate.", "created_at": "2026-03-02T11:40:00Z"},
            ],
        }
    ],
}


async def status_of(document: Any, clock: VirtualClock, path: str = "", **entry: Any) -> ProviderStatus:
    with on_loopback(lambda _: Answer(200, document)) as url:
        return await ProviderStatusPage({"url": url + path, "allow": HERE, **entry}, clock).provider_status("card-net")


async def refused(answer: Answer, clock: VirtualClock, **entry: Any) -> str:
    with on_loopback(lambda _: answer) as url, pytest.raises(Unanswered) as unanswered:
        await ProviderStatusPage({"url": url, "allow": HERE, **entry}, clock).provider_status("card-net")
    assert unanswered.value.refusal.error == "failed"
    return unanswered.value.refusal.said


async def test_a_page_that_reports_nothing_is_operational(clock: VirtualClock) -> None:
    told = await status_of(PAGE, clock)
    assert (told.provider, told.status, told.since) == ("card-net", "operational", None)
    assert told.message == "All Systems Operational"


async def test_the_page_itself_is_asked_for_its_summary_and_any_other_address_as_it_is(clock: VirtualClock) -> None:
    asked: list[Asked] = []

    def page(request: Asked) -> Answer:
        asked.append(request)
        return Answer(200, PAGE)

    with on_loopback(page) as url:
        for path in ("", "/", "/api/v2/incidents/unresolved.json", "/status?region=eu"):
            await ProviderStatusPage({"url": url + path, "allow": HERE}, clock).provider_status("card-net")
    assert [request.path for request in asked] == [
        *["/api/v2/summary.json"] * 2,
        "/api/v2/incidents/unresolved.json",
        "/status",
    ]
    assert asked[-1].query == {"region": "eu"}
    assert asked[0].headers["host"] == url.removeprefix("http://")


async def test_an_incident_says_how_bad_it_is_since_when_and_the_newest_word_of_it(clock: VirtualClock) -> None:
    told = await status_of(DASHBOARD_IS_DOWN, clock)
    assert (told.status, told.since) == ("outage", datetime(2026, 3, 2, 11, 20, tzinfo=UTC))
    assert told.message == "Dashboard is not reachable (identified): We found a bad certificate."


async def test_trouble_of_a_component_that_does_not_matter_is_not_ours(clock: VirtualClock) -> None:
    told = await status_of(DASHBOARD_IS_DOWN, clock, components=["payments api"])
    assert (told.status, told.since, told.message) == ("operational", None, "")
    hurt = await status_of(DASHBOARD_IS_DOWN, clock, components=["Payments API", "Dashboard"])
    assert hurt.status == "outage"


async def test_a_component_tells_its_own_status_where_no_incident_is_open(clock: VirtualClock) -> None:
    worse = {**PAGE["components"][0], "status": "degraded_performance", "updated_at": "2026-03-02T11:50:00Z"}
    page = {**PAGE, "components": [worse, PAGE["components"][1]]}
    told = await status_of(page, clock, components=["Payments API"])
    assert (told.status, told.since) == ("degraded", datetime(2026, 3, 2, 11, 50, tzinfo=UTC))
    assert told.message == "Payments API: degraded performance"


async def test_a_component_that_the_page_does_not_have_is_told_and_not_taken_for_well(clock: VirtualClock) -> None:
    assert "it has Payments API, Dashboard" in await refused(Answer(200, PAGE), clock, components=["Payouts"])


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"page": {}, "status": {"indicator": "minor", "description": "Minor outage"}}, "degraded"),
        ({"page": {}, "status": {"indicator": "critical", "description": "Major outage"}}, "outage"),
        ({"page": {}, "status": {"indicator": "puce", "description": ""}}, "unknown"),
        ({"page": {}, "incidents": [{"name": "slow", "status": "monitoring", "impact": "minor"}]}, "degraded"),
        ({"page": {}, "incidents": [{"name": "slow", "status": "resolved", "impact": "critical"}]}, "operational"),
        ({"page": "CardNet", "status": "operational", "message": ""}, "operational"),
        ({"status": "DOWN", "message": "we are down"}, "outage"),
    ],
)
async def test_status_and_incidents_alone_and_a_plain_status_are_read(
    document: Any, status: str, clock: VirtualClock
) -> None:
    assert (await status_of(document, clock, "/status.json")).status == status


@pytest.mark.parametrize(
    ("document", "entry", "status"),
    [
        ({"health": {"pay": "PARTIAL-OUTAGE"}}, {"status": "health.pay"}, "outage"),
        ({"healthy": False}, {"status": "healthy"}, "outage"),
        ({"open": []}, {"status": "length(open) == `0`"}, "operational"),
        ({"state": "puce"}, {"status": "state", "words": {"degraded": ["Puce"]}}, "degraded"),
        ({"state": "puce"}, {"status": "state"}, "unknown"),
        ({"state": {"a": 1}}, {"status": "state"}, "unknown"),
        ([1, 2], {"status": "state"}, "unknown"),
        ({"state": 7}, {"status": "length(state)"}, "unknown"),
    ],
)
async def test_json_of_any_shape_is_read_by_an_expression(
    document: Any, entry: dict[str, Any], status: str, clock: VirtualClock
) -> None:
    told = await status_of(document, clock, "/health", **entry)
    assert told.status == status
    assert ("says nothing known" in told.message) is (status == "unknown")


@pytest.mark.parametrize(
    ("since", "read"),
    [
        ("2026-03-02T11:00:00Z", NOON.replace(hour=11)),
        (NOON.timestamp(), NOON),
        ("2026-03-02 11:00", NOON.replace(hour=11)),
        ("2027-01-01T00:00:00Z", None),
        (1e300, None),
        ("yesterday", None),
        (True, None),
    ],
)
async def test_since_is_a_time_that_is_over_or_is_not_known(since: Any, read: Any, clock: VirtualClock) -> None:
    told = await status_of({"s": "down", "t": since, "m": "x" * 9000}, clock, "/h", status="s", since="t", message="m")
    assert told.since == read
    assert len(told.message) == 500


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, b"<!doctype html><h1>All systems operational</h1>"), "no JSON: <!doctype html>"),
        (Answer(200, b""), "no JSON"),
        (Answer(200, ["operational"]), "neither a Statuspage's JSON nor an object with a status"),
        (Answer(200, {"error": "gone"}), "neither a Statuspage's JSON"),
        (Answer(200, b"[" * 100_000), "no JSON"),
        (Answer(503, b"over capacity"), "HTTP 503: over capacity"),
    ],
)
async def test_what_is_no_status_is_refused_with_what_came_back(answer: Answer, said: str, clock: VirtualClock) -> None:
    assert said in await refused(answer, clock)


async def test_a_redirect_is_told_and_not_followed_not_even_to_where_we_may_go(clock: VirtualClock) -> None:
    asked: list[str] = []

    def elsewhere(request: Asked) -> Answer:
        asked.append(request.path)
        return Answer(200, PAGE)

    with on_loopback(elsewhere) as other:
        for target in ("http://169.254.169.254/latest/meta-data/", f"{other}/api/v2/summary.json"):
            said = await refused(Answer(302, b"", {"Location": target}), clock)
            assert f"HTTP 302, which leads to {target}; a redirect is not followed" in said
    assert asked == []


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://169.254.169.254/latest/meta-data/", []),
        ("http://169.254.169.254/latest/meta-data/", ["169.254.0.0/16"]),
        ("http://[::ffff:169.254.169.254]/", ["0.0.0.0/0"]),
        ("http://127.0.0.1:9/status.json", []),
        ("http://localhost:9/status.json", ["10.0.0.0/8"]),
        ("http://0x7f000001:9/status.json", []),
    ],
)
async def test_an_address_that_is_not_public_is_not_asked_unless_it_is_allowed(
    url: str, allow: list[str], clock: VirtualClock
) -> None:
    with pytest.raises(Unanswered, match=r"it was not asked: .* is not public and not allowed"):
        await ProviderStatusPage({"url": url, "allow": allow}, clock).provider_status("card-net")


async def test_an_answer_without_end_or_that_trickles_in_is_given_up(clock: VirtualClock) -> None:
    with badly_behaved(endless) as url, pytest.raises(Unanswered, match="more than 1,048,576 bytes"):
        await ProviderStatusPage({"url": url, "allow": HERE}, clock).provider_status("card-net")
    with badly_behaved(trickling) as url, pytest.raises(Unanswered, match=r"nothing within 0\.3 s"):
        await ProviderStatusPage({"url": url, "allow": HERE, "seconds": 0.3}, clock).provider_status("card-net")


async def test_nobody_listening_is_a_failure(clock: VirtualClock) -> None:
    with pytest.raises(Unanswered, match="ConnectError"):
        await ProviderStatusPage({"url": "http://127.0.0.1:9", "allow": HERE}, clock).provider_status("card-net")


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"url": "file:///etc/passwd"},
        {"url": "https://x", "status": "a ||| b"},
        {"url": "https://x", "words": {"fine": ["ok"]}},
        {"url": "https://x", "token": "secret"},
        {"url": "https://x", "allow": ["everything"]},
    ],
)
def test_an_entry_with_a_fault_is_refused_at_the_start(entry: dict[str, Any], clock: VirtualClock) -> None:
    with pytest.raises(ValidationError):
        ProviderStatusPage(entry, clock)


@given(document=any_json("status", "indicator", "name", "impact", "components"))
def test_no_json_breaks_it(document: Any) -> None:
    driver = ProviderStatusPage({"url": "https://x", "status": "status.indicator"}, VirtualClock(NOON))
    assert driver.read(document).status in ("operational", "degraded", "outage", "unknown")
    page = {"status": document, "components": document, "incidents": [document, {"components": document}]}
    for shape in (document, page, {**PAGE, "components": [{"name": document, "status": document}]}):
        with suppress(Unanswered):  # which says that it is no status
            assert ProviderStatusPage({"url": "https://x"}, VirtualClock(NOON)).read(shape).status
