"""Charts on the pages: of the run, and of its post-mortem."""

from typing import Any

import httpx2
import pytest

from agents.io.catalogue import Catalogue
from tests.api.conftest import NIGHT
from tests.graphs.charts.series import MINUTE, golden


@pytest.fixture
def measured(incident: Any) -> Any:
    errors: list[float | None] = [*[0.002] * 40, *[0.9] * 10]
    value = golden(errors, "checkout", NIGHT - 49 * MINUTE)
    incident.write("tool_result", tool="golden_signals", arguments={"service": "checkout"}, call="c", value=value)
    return incident


async def test_a_run_s_page_draws_what_was_measured_and_says_it_to_those_who_hear(
    client: httpx2.AsyncClient, measured: Any
) -> None:
    page = (await client.get(f"/runs/{measured.run}")).text
    assert 'aria-label="checkout, failed requests: 90.0 % when last measured, usually 0.2 %; at worst 90.0 %"' in page
    assert "<caption>checkout, failed requests" in page
    assert "alert received" in page.partition('class="legend"')[2]
    assert "style=" not in page, "the policy allows no style within the page"


async def test_a_figure_that_was_not_measured_lately_stands_with_its_time(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    old = golden([0.002] * 30, "checkout", NIGHT - 49 * MINUTE)
    incident.write("tool_result", tool="golden_signals", arguments={"service": "checkout"}, call="c", value=old)
    page = (await client.get(f"/runs/{incident.run}")).text
    tile = page.partition('<div class="tile')[2].partition("</div>")[0]
    assert "<b>0.2 %</b>" in tile
    assert "not measured since" in tile


async def test_the_post_mortem_shows_the_same_charts_all_of_them_open(
    client: httpx2.AsyncClient, measured: Any
) -> None:
    measured.write("post_mortem", text="# What happened")
    run, report = [(await client.get(f"/runs/{measured.run}{path}")).text for path in ("", "/post-mortem")]
    drawn = [text.partition('<figure class="chart hurt">')[2].partition("</figure>")[0] for text in (run, report)]
    assert drawn[0] == drawn[1] != ""


async def test_the_page_of_a_brief_shows_what_had_been_measured_when_it_was_sent(
    client: httpx2.AsyncClient, measured: Any
) -> None:
    sent = {"port": "send_brief", "arguments": {"text": "Most requests fail."}, "done": True, "detail": ""}
    measured.write("outbound", **sent, fields={"situation": "checkout fails", "status": "Investigating"})
    brief = measured.incidents.transcript(measured.run)[-1].ref
    calm = golden([*[0.9] * 10, *[0.002] * 20], "checkout", NIGHT - 9 * MINUTE)
    measured.write("tool_result", tool="golden_signals", arguments={"service": "checkout"}, call="d", value=calm)
    page = (await client.get(f"/runs/{measured.run}/events/{brief}")).text
    assert "Most requests fail." in page.partition("<h2>The brief</h2>")[2]
    assert "checkout, failed requests: 90.0 % when last measured" in page
    other = (await client.get(f"/runs/{measured.run}/events/{measured.incidents.transcript(measured.run)[0].ref}")).text
    assert 'class="chart' not in other


async def test_a_run_that_measured_nothing_shows_no_charts(client: httpx2.AsyncClient, incident: Any) -> None:
    page = (await client.get(f"/runs/{incident.run}")).text
    assert 'id="charts"' not in page
    assert "not measured yet" in page


async def test_the_alert_s_own_links_lead_out_and_no_script_is_one(client: httpx2.AsyncClient) -> None:
    links = ["https://grafana.example/d/1?a=1&b=2", "javascript:alert(1)"]
    run = (await client.post("/v1/alerts", json={"title": "x", "links": links})).json()["runs"][0]["id"]
    page = (await client.get(f"/runs/{run}")).text
    assert 'href="https://grafana.example/d/1?a=1&amp;b=2" rel="noopener noreferrer"' in page
    assert 'href="javascript:' not in page


async def test_the_title_of_a_run_s_page_is_what_fails(client: httpx2.AsyncClient, incident: Any) -> None:
    page = (await client.get(f"/runs/{incident.run}")).text
    assert "<title>checkout answers 500 - Warroom</title>" in page
    assert "data-remembered" not in page
    incident.ask()
    assert "data-remembered" in (await client.get(f"/runs/{incident.run}")).text


async def test_links_of_the_catalogue_stand_on_the_run_s_page_and_its_post_mortem(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    link = "https://grafana.example/d?service={service}&from={from_ms}"
    listed = Catalogue.model_validate({"services": {"checkout": {"links": {"dashboard": link}}}})
    incident.incidents.deps.catalogue.services.update(listed.services)
    incident.write("post_mortem", text="# What happened")
    since = round((NIGHT - 45 * MINUTE).timestamp() * 1000)
    expected = (
        f'href="https://grafana.example/d?service=checkout&amp;from={since}" rel="noopener noreferrer">dashboard</a>'
    )
    for path in ("", "/post-mortem"):
        assert expected in (await client.get(f"/runs/{incident.run}{path}")).text


async def test_the_map_of_services_is_drawn_and_said_in_words(client: httpx2.AsyncClient, incident: Any) -> None:
    listed = Catalogue.model_validate({"services": {"checkout": {"depends_on": ["payments"]}, "payments": {}}})
    incident.incidents.deps.catalogue.services.update(listed.services)
    drawn = (await client.get(f"/runs/{incident.run}")).text.partition('id="services"')[2].partition("</details>")[0]
    assert "the same stands below in words" in drawn
    assert "<li><b>checkout</b>: not measured; depends on payments</li>" in drawn
