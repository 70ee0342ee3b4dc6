"""The parts of a run that have addresses of their own."""

from typing import Any

import httpx2
import pytest

from graphs.transcript.events import Author, Draft


@pytest.fixture
def work(incident: Any) -> str:
    """A duty with a tool call that was answered and one that was not; gives its permalink's ref."""
    transcripts, visit = incident.incidents.deps.transcripts, "main/s1_classify#1"
    author = Author("main", "api_tester", "run_regression")

    def write(key: str, kind: str, **payload: object) -> str:
        return transcripts.write(incident.run, Draft(f"{visit}/{key}", kind, payload, author)).ref

    asked = {"tool": "golden_signals", "arguments": {"service": "checkout"}}
    began = write("started", "duty_started", summary="Test the endpoints. (S4.3)")
    write("tool/a.1/call", "tool_call", **asked)
    write("tool/a.1/result", "tool_result", **asked, value={"values": [1.5, 2.5], "unit": "share"})
    write("tool/b.1/call", "tool_call", tool="error_log", arguments={"service": "checkout"})
    refused = {"error": "not connected", "said": "not connected"}
    write("tool/b.1/result", "tool_result", tool="error_log", arguments={}, refusal=refused)
    well = {"verdict": "normal", "text": "as usual", "cites": [began]}
    checks = {"endpoints": [well], "response_times": well, "error_rates": well, "passed": True}
    write("finished", "duty_finished", report={"summary": "3 of 3 answer", **checks}, by="book")
    transcripts.write(
        incident.run, Draft("main/s1_classify#10/started", "note", {"by": "x", "text": "another"}, author)
    )
    return began


async def test_a_duty_shows_each_query_with_its_result(client: httpx2.AsyncClient, incident: Any, work: str) -> None:
    page = (await client.get(f"/runs/{incident.run}/work/{work}")).text
    assert "Test the endpoints. (S4.3)" in page
    assert "[1.5, 2.5]" in page
    assert "not connected" in page
    assert "3 of 3 answer" in page
    assert "another" not in page


async def test_a_lane_shows_what_its_role_did(client: httpx2.AsyncClient, incident: Any, work: str) -> None:
    page = (await client.get(f"/runs/{incident.run}/lanes/api_tester")).text
    assert f"/runs/{incident.run}/work/{work}" in page
    assert "1 of 2 tool calls answered" in page
    assert "1 got no answer" in page


async def test_a_citation_leads_to_its_event(client: httpx2.AsyncClient, incident: Any, work: str) -> None:
    page = (await client.get(f"/runs/{incident.run}/events/{work}")).text
    assert "Test the endpoints." in page
    assert 'rel="prev"' in page
    assert 'rel="next"' in page


@pytest.mark.parametrize("part", ["events/00000000", "work/00000000", "lanes/nobody"])
async def test_a_part_that_is_not_there_is_not_found(client: httpx2.AsyncClient, incident: Any, part: str) -> None:
    for run in (incident.run, "nothing"):
        assert (await client.get(f"/runs/{run}/{part}")).status_code == 404


async def test_an_event_that_is_no_duty_is_no_work(client: httpx2.AsyncClient, incident: Any) -> None:
    alert = incident.incidents.transcript(incident.run)[0].ref
    assert (await client.get(f"/runs/{incident.run}/work/{alert}")).status_code == 404


async def test_a_post_mortem_is_read_and_its_citations_lead_on(client: httpx2.AsyncClient, incident: Any) -> None:
    text = "# Done\n\n| when | what |\n|---|---|\n| 03:00 | it broke [#0a1b2c3d] |\n\n[go](http://elsewhere.example)"
    incident.write("post_mortem", text=text)
    page = (await client.get(f"/runs/{incident.run}/post-mortem")).text
    assert "<h1>Done</h1>" in page
    assert "<td>03:00</td>" in page
    assert f'href="/runs/{incident.run}/events/0a1b2c3d"' in page
    assert 'href="http://elsewhere.example"' not in page


async def test_a_post_mortem_that_is_not_written_is_said(client: httpx2.AsyncClient, incident: Any) -> None:
    assert "not written yet" in (await client.get(f"/runs/{incident.run}/post-mortem")).text


async def test_what_stands_above_the_lines_is_had_by_itself(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.ask()
    page = (await client.get(f"/runs/{incident.run}/now")).text
    assert page.startswith('<div id="now"')
    assert 'id="q-1"' in page
    assert 'id="lines"' not in page


async def test_older_lines_are_a_page_away(
    client: httpx2.AsyncClient, incident: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.timeline.LINES_AT_ONCE", 3)
    for number in range(5):
        incident.write("note", by="on-call", text=f"note {number}")
    latest = (await client.get(f"/runs/{incident.run}")).text
    older = (await client.get(f"/runs/{incident.run}?before=4")).text
    assert ["note 4" in latest, "note 1" in latest, "before=4" in latest] == [True, False, True]
    assert ["note 4" in older, "note 1" in older, "Older lines" in older] == [False, True, False]
