"""The page of all runs."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from agents.runtime.briefing import Alert
from graphs.intake.incident_service import IncidentService
from graphs.transcript.events import Author, Draft


def begin(incidents: IncidentService, title: str, severity: str = "", ended: bool = False) -> str:
    run = incidents.alerts.receive(Alert(title=title)).run
    if severity:
        payload = {"severity": severity, "set_by": "rule", "reasons": ["it is"], "level": "", "was": None}
        incidents.deps.transcripts.write(run, Draft("main/s1_classify#1/c", "classification", payload, Author("main")))
    if ended:
        incidents.deps.store.runs.close(run)
        incidents.deps.transcripts.write(run, Draft("closed", "closed", {}, Author("main")))
    return run


def order(page: str, *titles: str) -> list[str]:
    return sorted((title for title in titles if title in page), key=page.index)


async def test_open_runs_come_first_and_the_worst_of_them_on_top(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    begin(incidents, "ended-run", "P0", ended=True)
    begin(incidents, "small-run", "P2")
    begin(incidents, "bad-run", "P0")
    page = (await client.get("/")).text
    assert order(page, "ended-run", "small-run", "bad-run") == ["bad-run", "small-run", "ended-run"]


@pytest.mark.parametrize(
    ("query", "found"),
    [("?q=CHECK", ["checkout"]), ("?severity=P2", ["search"]), ("?q=%25", []), ("", ["search", "checkout"])],
)
async def test_runs_are_searched_and_filtered(
    client: httpx2.AsyncClient, incidents: IncidentService, query: str, found: list[str]
) -> None:
    begin(incidents, "checkout", "P1", ended=True)
    begin(incidents, "search", "P2")
    page = (await client.get(f"/{query}")).text
    assert order(page.partition("<table")[2], "search", "checkout") == found


async def test_ended_runs_come_page_by_page_and_none_is_left_out(
    client: httpx2.AsyncClient, incidents: IncidentService, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.runs_page.ENDED_AT_ONCE", 2)
    runs: list[str] = []
    for number in range(5):
        clock.time += timedelta(seconds=number % 2)
        runs.append(begin(incidents, f"run {number}", "P1" if number != 1 else "P2", ended=True))
    seen, path = list[str](), "/?severity=P1"
    while path:
        page = (await client.get(path)).text
        seen += [run for run in runs if f"/runs/{run}" in page]
        _, _, after = page.partition('rel="next"')[0].rpartition('href="')
        path = after.partition('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    assert sorted(seen) == sorted(run for run in runs if run != runs[1])


async def test_a_waiting_question_and_the_next_update_are_shown(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("classification", severity="P0", set_by="rule", reasons=[], level="", was=None)
    incident.write("activation", severity="P0", team=[], joined=[])
    incident.ask()
    page = (await client.get("/")).text
    assert "? 1 question" in page
    assert "in 15 min" in page


async def test_a_storm_stands_above_what_waits_in_its_queue(
    client: httpx2.AsyncClient, incidents: IncidentService
) -> None:
    begin(incidents, "bad-run", "P0")
    incidents.deps.storm_from = 3
    for number in range(6):
        alert = Alert(title=f"storm-{number}", service=f"s-{number}", environment=f"e-{number}")
        incidents.alerts.receive(alert)
    page = (await client.get("/")).text
    assert "wait in its queue" in page
    assert "in the queue</span>" in page
    assert "part of a storm</a>" in page
    queued = [facts.alert.title for facts in incidents.runs.newest() if facts.queued and facts.alert]
    assert queued
    assert order(page, "bad-run", *queued)[0] == "bad-run"
    parent = next(facts.parent for facts in incidents.runs.newest() if facts.queued)
    assert "incidents</dd>" in (await client.get(f"/runs/{parent}")).text
