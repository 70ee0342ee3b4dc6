"""Pages, complete without JavaScript."""

import re
from typing import Any

import httpx2
import pytest

HOSTILE = "<script>alert(1)</script>\x1b[31m\"'&"


async def test_no_run_yet_says_how_to_send_the_first_alert(client: httpx2.AsyncClient) -> None:
    assert "curl -i http://127.0.0.1/v1/alerts" in (await client.get("/")).text


async def test_the_runs_lead_to_their_pages(client: httpx2.AsyncClient, incident: Any) -> None:
    assert f'href="/runs/{incident.run}"' in (await client.get("/")).text


async def test_a_run_s_page_shows_what_happened(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("duty_finished", "api_tester", "run_regression", by="book", report={"summary": "3 of 3 answer"})
    incident.write("post_mortem", text="# Post-mortem: checkout")
    page = (await client.get(f"/runs/{incident.run}")).text
    assert "checkout answers 500" in page
    assert "API Tester" in page
    assert "3 of 3 answer" in page
    assert "# Post-mortem: checkout" in page


async def test_details_are_shown_to_those_who_ask_for_them(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("tool_call", "api_tester", "run_regression", tool="check_endpoints", arguments={"service": "x"})
    few, all_of_it = [(await client.get(f"/runs/{incident.run}{query}")).text for query in ("", "?all=1")]
    assert "check_endpoints" not in few
    assert "check_endpoints" in all_of_it


async def test_what_was_sent_is_shown_as_it_was_sent(client: httpx2.AsyncClient, incident: Any) -> None:
    fields = {"status": "Investigating", "impact": "Checkout fails.", "next_update": "03:15 UTC"}
    arguments = {"service": "Checkout", "text": "Status: Investigating\nImpact: Checkout fails."}
    sent = {"port": "publish_status", "arguments": arguments, "fields": fields, "done": True, "detail": ""}
    incident.write("outbound", "support_responder", "update_status_page", "communication", **sent)
    assert arguments["text"] in (await client.get(f"/runs/{incident.run}")).text


async def test_text_from_outside_stays_text(client: httpx2.AsyncClient) -> None:
    run = (await client.post("/v1/alerts", json={"title": HOSTILE, "service": HOSTILE})).json()["runs"][0]["id"]
    for path in ("/", f"/runs/{run}"):
        page = (await client.get(path)).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize("path", ["/", "/runs/nothing"])
async def test_a_page_may_load_nothing_from_elsewhere(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert re.findall(r'(?:src|href)="(?!/|#|data:)', answer.text) == []


async def test_the_style_is_served(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/static/warroom.css")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")


async def test_an_unknown_run_s_page_is_not_found(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/runs/nothing")
    assert answer.status_code == 404
    assert "no run nothing" in answer.text


async def test_a_question_is_a_form_that_works(client: httpx2.AsyncClient, incident: Any) -> None:
    action = f"/runs/{incident.run}/answers/{incident.ask()}"
    assert f'action="{action}"' in (await client.get(f"/runs/{incident.run}")).text
    answer = await client.post(action, data={"by": "night shift", "answer": "approve", "comment": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/runs/{incident.run}")
    assert "night shift" in (await client.get(f"/runs/{incident.run}")).text


async def test_an_open_page_reloads_but_not_while_somebody_types(client: httpx2.AsyncClient, incident: Any) -> None:
    reloads: list[bool] = []
    for change in (lambda: None, incident.ask):
        change()
        reloads.append('http-equiv="refresh"' in (await client.get(f"/runs/{incident.run}")).text)
    assert reloads == [True, False]


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"by": "", "answer": "approve"}, 422, "your name"),
        ({"by": "me", "answer": "handled"}, 422, "not one of"),
        ({"by": "me"}, 422, "answer"),
    ],
)
async def test_a_form_that_cannot_be_taken_says_why(
    client: httpx2.AsyncClient, incident: Any, form: dict[str, str], status: int, said: str
) -> None:
    answer = await client.post(f"/runs/{incident.run}/answers/{incident.ask()}", data=form)
    assert answer.status_code == status
    assert said in answer.text
    assert incident.runner.facts(incident.run).open_questions


async def test_a_form_that_comes_second_is_told_the_first_answer(client: httpx2.AsyncClient, incident: Any) -> None:
    action = f"/runs/{incident.run}/answers/{incident.ask()}"
    await client.post(action, data={"by": "night shift", "answer": "approve"})
    second = await client.post(action, data={"by": "day shift", "answer": "refuse"})
    assert second.status_code == 409
    assert "night shift answered approve" in second.text


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null"])
async def test_a_form_on_another_site_is_refused(client: httpx2.AsyncClient, incident: Any, origin: str) -> None:
    action = f"/runs/{incident.run}/answers/{incident.ask()}"
    form = {"by": "me", "answer": "approve"}
    answer = await client.post(action, data=form, headers={"Origin": origin})
    assert answer.status_code == 403
    assert incident.runner.facts(incident.run).open_questions
