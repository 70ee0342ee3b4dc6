"""What happened, on a run's page: folded by step, searched and filtered."""

import json
import re
from typing import Any

import httpx2
import pytest

from graphs.transcript.events import Author, Draft


def step(incident: Any, number: int, text: str) -> None:
    """A person's note while the main workflow is at a step."""
    count = incident.incidents.facts(incident.run).seen
    draft = Draft(f"main/s{number}_by_hand#{count}/note", "note", {"by": "Ada", "text": text}, Author("main", "", ""))
    incident.incidents.deps.transcripts.write(incident.run, draft)


async def folded(client: httpx2.AsyncClient, incident: Any, query: str = "") -> list[tuple[str, bool, list[str]]]:
    """Heading, whether it is open, and what its lines say."""
    page = (await client.get(f"/runs/{incident.run}{query}")).text.partition('id="lines"')[2].partition("<dialog")[0]
    groups = re.findall(r'<details class="step" id="step-\d+"( open)?>.*?<h3>(.*?)</h3>(.*?)</details>', page, re.S)
    said = r'<span class="what">(.*?)</span>'
    return [(heading, bool(is_open), re.findall(said, lines)) for is_open, heading, lines in groups]


async def test_the_lines_are_folded_by_step_and_only_the_last_is_open(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    step(incident, 1, "one")
    step(incident, 2, "two")
    step(incident, 2, "three")
    assert await folded(client, incident) == [
        ("The alert", False, ["checkout answers 500 (checkout, critical)"]),
        ("Step 1: triage", False, ["notes: one"]),
        ("Step 2: investigation", True, ["notes: two", "notes: three"]),
    ]


async def test_a_step_that_comes_again_is_another_fold(client: httpx2.AsyncClient, incident: Any) -> None:
    for number in (2, 3, 2):
        step(incident, number, f"at {number}")
    headings = [heading for heading, _, _ in await folded(client, incident)]
    assert headings == ["The alert", "Step 2: investigation", "Step 3: mitigation", "Step 2: investigation"]


async def test_of_a_run_that_is_over_every_step_is_folded(client: httpx2.AsyncClient, incident: Any) -> None:
    step(incident, 1, "one")
    incident.close()
    assert not any(is_open for _, is_open, _ in await folded(client, incident))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=NEEDLE", ["notes: a needle"]),
        ("?q=ada", ["notes: hay", "notes: a needle"]),
        ("?who=Ada", ["notes: hay", "notes: a needle"]),
        ("?who=Ada&q=hay", ["notes: hay"]),
        ("?topic=alerts", ["checkout answers 500 (checkout, critical)"]),
        ("?topic=questions+to+tools+and+models", ["asks check_endpoints(x)"]),
        ("?q=nothing+of+the+kind", []),
    ],
)
async def test_lines_are_found_by_words_by_whose_they_are_and_by_what_they_are_about(
    client: httpx2.AsyncClient, incident: Any, query: str, found: list[str]
) -> None:
    step(incident, 1, "hay")
    step(incident, 2, "a needle")
    incident.write("tool_call", "api_tester", "run_regression", tool="check_endpoints", arguments={"service": "x"})
    groups = await folded(client, incident, query)
    assert [line for _, _, lines in groups for line in lines] == found
    assert all(is_open for _, is_open, _ in groups)


async def test_older_lines_that_were_searched_for_are_still_searched_for(
    client: httpx2.AsyncClient, incident: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.timeline.LINES_AT_ONCE", 1)
    for text in ("a&b one", "other", "a&b two"):
        step(incident, 1, text)
    page = (await client.get(f"/runs/{incident.run}?q=a%26b")).text
    link = re.findall(r'id="older" href="([^"]*)"', page)[0].replace("&amp;", "&")
    older = (await client.get(link)).text
    assert "notes: a&amp;b one" in older
    assert "notes: other" not in older


async def test_what_is_searched_for_stays_text(client: httpx2.AsyncClient, incident: Any) -> None:
    page = (await client.get(f"/runs/{incident.run}", params={"q": '"><script>', "who": '"><b>'})).text
    assert "<script>" not in page
    assert '"><b>' not in page


async def test_a_live_line_says_what_it_is_about_and_under_which_fold_it_stands(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    step(incident, 1, "one")
    incident.close()
    text = (await client.get(f"/runs/{incident.run}/live")).text
    alert, note, _ = [json.loads(line[6:]) for line in text.splitlines() if line.startswith('data: {"seq')]
    assert (alert["topic"], note["topic"]) == ("alerts", "decisions and people")
    assert (note["heading"], note["group"]) == ("Step 1: triage", 2)
    assert f'id="step-{note["group"]}"' in (await client.get(f"/runs/{incident.run}")).text
