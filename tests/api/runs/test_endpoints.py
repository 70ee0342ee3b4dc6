"""Runs go out."""

from typing import Any

import httpx2

ROLLBACK: dict[str, Any] = {
    "summary": "Roll checkout back.",
    "action": "rollback",
    "service": "checkout",
    "parameters": {},
    "risk": "2 min of errors",
    "undo": "deploy",
}
FIELDS = {"id", "status", "severity", "step", "team", "cause", "component", "started_at", "resolved_at", "questions"}


async def test_no_runs_is_an_empty_list(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/runs")).json() == {"runs": [], "next": None}


async def test_a_run_shows_what_the_design_names(client: httpx2.AsyncClient, incident: Any) -> None:
    run = (await client.get(f"/v1/runs/{incident.run}")).json()
    assert set(run) >= FIELDS
    assert (run["id"], run["status"], run["step"], run["title"]) == (
        incident.run,
        "running",
        1,
        "checkout answers 500",
    )
    assert run["minute_seconds"] == 60


async def test_a_run_that_asks_is_waiting_and_shows_the_question(client: httpx2.AsyncClient, incident: Any) -> None:
    question = incident.ask()
    run = (await client.get(f"/v1/runs/{incident.run}")).json()
    assert run["status"] == "waiting"
    assert [asked["id"] for asked in run["questions"]] == [question]
    assert run["questions"][0]["options"] == ["approve", "refuse"]


async def test_a_question_says_what_a_yes_risks(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.ask(proposal=ROLLBACK)
    (question,) = (await client.get(f"/v1/runs/{incident.run}")).json()["questions"]
    assert (question["risk"], question["undo"]) == (ROLLBACK["risk"], ROLLBACK["undo"])
    assert (question["may"], question["expires_at"]) == (["*"], None)


async def test_a_run_shows_how_much_the_model_did(client: httpx2.AsyncClient, incident: Any) -> None:
    for by in ("book", "book", "book", "model"):
        incident.write("duty_finished", "sprint_prioritizer", "archive_incident", by=by, report={"summary": "well"})
    run = (await client.get(f"/v1/runs/{incident.run}")).json()
    assert (run["by_book"], run["by_model"], run["model_share"]) == (3, 1, 0.25)


async def test_a_run_says_in_one_line_who_did_its_duties_and_why_not_the_model(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    async def line() -> str:
        return (await client.get(f"/v1/runs/{incident.run}")).json()["model_line"]

    def answered(**outcome: Any) -> None:
        incident.write("model_answer", "sprint_prioritizer", "archive_incident", call="c", **outcome)

    incident.write("duty_finished", "sprint_prioritizer", "archive_incident", by="book", report={"summary": "well"})
    assert await line() == ""
    answered(fault={"kind": "unauthorized", "said": "no such key"})
    done = "1 duty was done so far, 0 by the model and 1 by the rules."
    assert await line() == f"{done} The model's last call failed: unauthorized: no such key"
    answered(fault={"kind": "resting", "said": "until later"})
    assert (await line()).endswith("unauthorized: no such key")
    assert "no such key" in (await client.get(f"/runs/{incident.run}")).text
    answered(answer={"text": "Yes."})
    assert await line() == done


async def test_the_newest_run_comes_first(client: httpx2.AsyncClient, incident: Any, clock: Any) -> None:
    clock.time = clock.time.replace(hour=4)
    newest = (await client.post("/v1/alerts", json={"title": "search is slow"})).json()["runs"][0]["id"]
    assert [run["id"] for run in (await client.get("/v1/runs")).json()["runs"]] == [newest, incident.run]
    assert len((await client.get("/v1/runs?most=1")).json()["runs"]) == 1


async def test_runs_come_page_by_page(client: httpx2.AsyncClient, clock: Any) -> None:
    made: list[str] = []
    for number in range(5):
        clock.time = clock.time.replace(minute=number // 2)
        answer = await client.post("/v1/alerts", json={"title": f"alert {number}"})
        made.append(answer.json()["runs"][0]["id"])
    seen: list[list[str]] = []
    address = "/v1/runs?most=2"
    following: str | None = None
    while address:
        answer = await client.get(address)
        following = answer.json()["next"]
        seen.append([run["id"] for run in answer.json()["runs"]])
        address = answer.headers.get("link", "").removeprefix("<").partition(">")[0]
    assert [len(page) for page in seen] == [2, 2, 1]
    assert sorted(run for page in seen for run in page) == sorted(made)
    assert following is None


async def test_a_page_after_a_run_that_is_not_there_is_not_found(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/runs?before=nothing")).status_code == 404


async def test_a_transcript_gives_every_event_in_order(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("note", by="on-call", text="we see it too")
    transcript = (await client.get(f"/v1/runs/{incident.run}/transcript")).json()
    assert [event["seq"] for event in transcript["events"]] == [1, 2]
    assert set(transcript["events"][0]) == {
        "seq",
        "at",
        "kind",
        "lane",
        "role",
        "duty",
        "rows",
        "payload",
        "ref",
        "key",
    }


async def test_a_transcript_goes_on_after_what_was_seen(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("note", by="on-call", text="we see it too")
    events = (await client.get(f"/v1/runs/{incident.run}/transcript?after=1")).json()["events"]
    assert [event["kind"] for event in events] == ["note"]


async def test_a_post_mortem_is_not_found_until_it_is_written(client: httpx2.AsyncClient, incident: Any) -> None:
    early = await client.get(f"/v1/runs/{incident.run}/post-mortem")
    incident.write("post_mortem", text="# Post-mortem\n")
    written = await client.get(f"/v1/runs/{incident.run}/post-mortem")
    assert early.status_code == 404
    assert "no post-mortem yet" in early.json()["detail"]
    assert written.text == "# Post-mortem\n"
    assert written.headers["content-type"].startswith("text/markdown")


async def test_a_graph_is_mermaid_and_marks_where_the_run_is(client: httpx2.AsyncClient, incident: Any) -> None:
    graph = (await client.get(f"/v1/runs/{incident.run}/graph")).text
    assert graph.startswith("flowchart")
    assert '__start__(["alert"]):::current' in graph


async def test_the_process_says_that_it_is_live(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
