"""The lines of a run's page, as they happen."""

import json
from typing import Any

import httpx2

from api.streaming.stream import END


def frames(text: str) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith('data: {"seq')]


async def test_every_event_is_a_line_and_the_last_frame_is_the_end(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("note", by="on-call", text="we\nsee it")
    incident.close()
    answer = await client.get(f"/runs/{incident.run}/live")
    assert [frame["seq"] for frame in frames(answer.text)] == [1, 2, 3]
    assert frames(answer.text)[1]["what"] == "notes: we see it"
    assert answer.content.endswith(END)


async def test_a_watcher_who_comes_back_gets_only_what_is_new(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("note", by="on-call", text="seen")
    incident.close()
    answer = await client.get(f"/runs/{incident.run}/live?after=1", headers={"Last-Event-ID": "2"})
    assert [frame["seq"] for frame in frames(answer.text)] == [3]


async def test_a_tool_call_counts_for_its_duty_and_changes_nothing_else(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    incident.write("duty_started", "api_tester", "run_regression", summary="Test. (S4.3)")
    incident.write("tool_call", "api_tester", "run_regression", tool="check_endpoints", arguments={"service": "x"})
    incident.close()
    _, began, called, _ = frames((await client.get(f"/runs/{incident.run}/live")).text)
    assert (began["panels"], called["panels"], called["detail"]) == (True, False, True)
    assert began["heading"] == "Step 1: triage"


async def test_an_unknown_run_has_no_lines(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/runs/nothing/live")).status_code == 404
