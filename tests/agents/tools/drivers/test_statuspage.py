"""The Statuspage driver, against a page on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.statuspage import Statuspage
from agents.tools.port import Unanswered
from tests.agents.tools.vendor import HANG_UP, Answer, Asked, on_loopback

RUN = "20260302-120000-abc123"
KEY = f"{RUN}/communication/s3_5_update_status_page#{{}}/publish_status.1"


def words(status: str) -> str:
    return f"2026-03-02 12:00 UTC — Checkout Incident\n\nStatus: {status}\nImpact: Some payments fail.\n"


class Page:
    """Statuspage's incidents of one page, newest first, as its REST API documents them."""

    def __init__(self) -> None:
        self.incidents: list[dict[str, Any]] = []
        self.notified = 0
        self.lose_answers = 0

    def __call__(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != "OAuth key-1":
            return Answer(401, {"error": "Could not authenticate"})
        if not asked.path.startswith("/pages/p1/incidents"):
            return Answer(404, {"error": "Not Found"})
        if asked.method == "GET":
            return Answer(200, self.incidents[: int(asked.query["limit"])])
        answer = self._write(asked, asked.json["incident"])
        if self.lose_answers:
            self.lose_answers -= 1
            return HANG_UP
        return answer

    def _write(self, asked: Asked, said: dict[str, Any]) -> Answer:
        if any(not isinstance(value, dict) for value in said["metadata"].values()):
            return Answer(422, {"error": "All top-level values in metadata must be objects"})
        self.notified += said["deliver_notifications"]
        if asked.method == "POST":
            made: dict[str, Any] = {
                "id": f"i{len(self.incidents)}",
                "shortlink": "https://stspg.io/x",
                "incident_updates": [],
                **said,
            }
            self.incidents.insert(0, made)
            return Answer(201, made)
        found = next(one for one in self.incidents if asked.path.endswith(f"/{one['id']}"))
        found.update(said)
        return Answer(200, found)


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def driver(page: Page, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Statuspage]:
    monkeypatch.setenv("STATUSPAGE_KEY", "key-1")
    with on_loopback(page) as url:
        settings = {"token": "env:STATUSPAGE_KEY", "page": "p1", "components": {"Checkout": "c1"}, "url": url}
        yield Statuspage(settings, clock)


async def test_the_first_update_opens_an_incident_and_the_next_ones_change_it(driver: Statuspage, page: Page) -> None:
    opened = await driver.publish_status("Checkout", words("Investigating"), idempotency_key=KEY.format(1))
    assert opened.reference == "https://stspg.io/x"
    await driver.publish_status("Checkout", words("Identified"), idempotency_key=KEY.format(2))
    (incident,) = page.incidents
    assert (incident["name"], incident["status"]) == ("Checkout: incident", "identified")
    assert incident["body"] == words("Identified")


async def test_two_runs_are_two_incidents(driver: Statuspage, page: Page) -> None:
    await driver.publish_status("Checkout", words("Investigating"), idempotency_key=KEY.format(1))
    await driver.publish_status("Search", words("Investigating"), idempotency_key=f"other{KEY.format(1)}")
    assert len(page.incidents) == 2


@pytest.mark.parametrize(("status", "component"), [("Monitoring", "partial_outage"), ("Resolved", "operational")])
async def test_a_component_follows_its_service(driver: Statuspage, page: Page, status: str, component: str) -> None:
    await driver.publish_status("Checkout", words(status), idempotency_key=KEY.format(1))
    assert page.incidents[0]["components"] == {"c1": component}


async def test_a_service_without_a_component_moves_none(driver: Statuspage, page: Page) -> None:
    await driver.publish_status("Search", words("Resolved"), idempotency_key=KEY.format(1))
    assert "components" not in page.incidents[0]


async def test_an_update_is_found_again_by_its_key(driver: Statuspage) -> None:
    assert await driver.lookup(KEY.format(1)) is None
    done = await driver.publish_status("Checkout", words("Investigating"), idempotency_key=KEY.format(1))
    assert await driver.lookup(KEY.format(1)) == done
    assert await driver.lookup(KEY.format(2)) is None


async def test_an_update_whose_answer_got_lost_is_published_once(driver: Statuspage, page: Page) -> None:
    page.lose_answers = 1
    done = await driver.publish_status("Checkout", words("Investigating"), idempotency_key=KEY.format(1))
    assert done.done
    assert page.notified == 1


async def test_a_refusal_says_what_was_asked(page: Page, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUSPAGE_KEY", "wrong")
    with on_loopback(page) as url:
        driver = Statuspage({"token": "env:STATUSPAGE_KEY", "page": "p1", "url": url}, clock)
        with pytest.raises(Unanswered, match=r"asked GET .*/pages/p1/incidents\?limit=100; answered: HTTP 401"):
            await driver.publish_status("Checkout", words("Investigating"), idempotency_key=KEY.format(1))
