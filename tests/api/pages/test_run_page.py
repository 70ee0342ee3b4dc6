"""Pages of a run, and its live lines."""

import json
import re
from typing import Any

import httpx2
import pytest

from agents.reports.basis import Check
from agents.reports.mitigation import Regression
from agents.tools.change import Change
from api.streaming.stream import END

HOSTILE = "<script>alert(1)</script>\x1b[31m\"'&"


async def test_no_run_yet_says_how_to_send_the_first_alert(client: httpx2.AsyncClient) -> None:
    assert "curl -i http://127.0.0.1/v1/alerts" in (await client.get("/")).text


async def test_the_runs_lead_to_their_pages(client: httpx2.AsyncClient, incident: Any) -> None:
    assert f'href="/runs/{incident.run}"' in (await client.get("/")).text


async def test_a_run_s_page_shows_what_happened(client: httpx2.AsyncClient, incident: Any) -> None:
    check = Check(verdict="normal", text="3 of 3 answer", cites=[])
    done = Regression(endpoints=[check], response_times=check, error_rates=check, passed=True, summary="3 of 3 answer")
    report = done.model_dump(mode="json")
    incident.write("duty_finished", "api_tester", "run_regression", by="book", report=report)
    incident.write("post_mortem", text="# Post-mortem: checkout")
    page = (await client.get(f"/runs/{incident.run}")).text
    assert "checkout answers 500" in page
    assert "API Tester" in page
    assert "3 of 3 answer" in page
    assert ">Post-mortem: checkout</h3>" in page


async def test_details_are_shown_to_those_who_ask_for_them(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("tool_call", "api_tester", "run_regression", tool="check_endpoints", arguments={"service": "x"})
    few, all_of_it = [(await client.get(f"/runs/{incident.run}{query}")).text for query in ("", "?all=1")]
    assert "check_endpoints" not in few
    assert "check_endpoints" in all_of_it


async def test_what_was_sent_is_shown_as_it_was_sent(client: httpx2.AsyncClient, incident: Any) -> None:
    fields = {"status": "Investigating", "impact": "Checkout fails.", "next_update": "03:15 UTC"}
    fields |= {"current_action": "We look.", "service_name": "Checkout"}
    arguments = {"service": "Checkout", "text": "Status: Investigating\nImpact: Checkout fails."}
    sent = {"port": "publish_status", "arguments": arguments, "fields": fields, "done": True, "detail": ""}
    incident.write("outbound", "support_responder", "update_status_page", "communication", **sent)
    assert arguments["text"] in (await client.get(f"/runs/{incident.run}")).text


async def test_text_from_outside_stays_text(client: httpx2.AsyncClient) -> None:
    run = (await client.post("/v1/alerts", json={"title": HOSTILE, "service": HOSTILE})).json()["runs"][0]["id"]
    for path in ("/", f"/runs/{run}"):
        page = (await client.get(path)).text
        assert "<script>" not in page
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
    assert incident.incidents.facts(incident.run).open_questions


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
    assert incident.incidents.facts(incident.run).open_questions


ROLLBACK = {
    "action": "rollback",
    "service": "checkout",
    "summary": "",
    "parameters": {"version": "41"},
    "risk": "2 min of errors",
    "undo": "deploy 42 again",
}


async def test_a_change_is_approved_as_a_person_changed_it(client: httpx2.AsyncClient, incident: Any) -> None:
    question = incident.ask(proposal=ROLLBACK)
    page = (await client.get(f"/runs/{incident.run}")).text
    form = {"by": "me", "answer": "edit", "parameter.version": "40", "comment": ""}
    answer = await client.post(f"/runs/{incident.run}/answers/{question}", data=form)
    assert 'name="parameter.version" value="41"' in page
    assert "2 min of errors" in page
    assert answer.status_code == 303
    assert incident.incidents.transcript(incident.run)[-1].payload["answer"]["parameters"] == {"version": "40"}


async def test_a_form_answers_the_change_that_stands_on_the_page_and_no_other(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    action = f"/runs/{incident.run}/answers/{incident.ask(proposal=ROLLBACK)}"
    digest, other = Change.of(ROLLBACK).digest, Change("restart", "checkout", {}).digest
    page = (await client.get(f"/runs/{incident.run}")).text
    assert f'name="digest" value="{digest}"' in page
    assert f">{digest[:12]}</code>" in page
    refused = await client.post(action, data={"by": "me", "answer": "approve", "digest": other})
    assert refused.status_code == 409
    assert f"you answer the change {other[:12]}, and the question is about {digest[:12]}" in refused.text
    assert incident.incidents.facts(incident.run).open_questions
    assert (await client.post(action, data={"by": "me", "answer": "approve", "digest": digest})).status_code == 303


async def test_a_yes_to_a_proposal_leaves_it_as_it_is(client: httpx2.AsyncClient, incident: Any) -> None:
    form = {"by": "me", "answer": "approve", "parameter.version": "40"}
    await client.post(f"/runs/{incident.run}/answers/{incident.ask(proposal=ROLLBACK)}", data=form)
    assert incident.incidents.transcript(incident.run)[-1].payload["answer"]["parameters"] is None


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ({"kind": "note", "text": "we see it too"}, "note"),
        ({"kind": "hold", "text": "", "severity": "P0"}, "hold"),
        ({"kind": "resume"}, "resume"),
        ({"kind": "severity", "severity": "P1", "text": "half still works"}, "instruction"),
        ({"kind": "cancel", "text": "a drill"}, "instruction"),
    ],
)
async def test_a_run_is_told_something_by_a_form(
    client: httpx2.AsyncClient, incident: Any, form: dict[str, str], kind: str
) -> None:
    answer = await client.post(f"/runs/{incident.run}/tell", data={"by": "night shift", **form})
    last = incident.incidents.transcript(incident.run)[-1]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/runs/{incident.run}")
    assert (last.kind, last.payload.get("instruction", last.payload)["by"]) == (kind, "night shift")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"by": "", "kind": "hold"}, "your name"),
        ({"by": "me", "kind": "note"}, "a note needs a text"),
        ({"by": "me", "kind": "severity"}, "severity"),
        ({"by": "me", "kind": "explode"}, "kind"),
        ({"by": "me"}, "kind"),
    ],
)
async def test_what_a_form_cannot_tell_is_said(
    client: httpx2.AsyncClient, incident: Any, form: dict[str, str], said: str
) -> None:
    answer = await client.post(f"/runs/{incident.run}/tell", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert incident.incidents.facts(incident.run).seen == 1


def forms_that_write(page: str) -> int:
    return page.count('method="post"')


async def test_a_run_that_is_over_offers_no_form_but_the_one_that_asks(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    incident.close()
    page = (await client.get(f"/runs/{incident.run}?tell=1")).text
    late = await client.post(f"/runs/{incident.run}/tell", data={"by": "me", "kind": "hold"})
    assert forms_that_write(page) == 1
    assert f'action="/runs/{incident.run}/ask"' in page
    assert (late.status_code, "is over" in late.text) == (409, True)


async def test_what_comes_to_a_resolved_run_is_not_taken_and_the_page_says_why(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    incident.write("resolved", post_mortem_due="2026-03-05T03:00:00+00:00")
    late = await client.post(f"/runs/{incident.run}/tell", data={"by": "me", "kind": "not over", "text": "it fails"})
    assert (late.status_code, "start a new run once this one is closed" in late.text) == (409, True)


async def test_a_run_on_hold_says_so_first(client: httpx2.AsyncClient, incident: Any) -> None:
    await client.post(f"/v1/runs/{incident.run}/hold", json={"by": "night shift", "text": "we look first"})
    page = (await client.get(f"/runs/{incident.run}")).text
    assert page.index("On hold.") < page.index("<dl")
    assert "night shift put it on hold at 03:00 UTC: we look first." in page


async def test_all_runs_are_held_from_the_list(client: httpx2.AsyncClient, incident: Any) -> None:
    for acting, held in (("hold", True), ("resume", False)):
        answer = await client.post("/acting", data={"by": "me", "acting": acting})
        pages = [(await client.get(path)).text for path in ("/", f"/runs/{incident.run}")]
        assert answer.status_code == 303
        assert ["On hold." in page for page in pages] == [held, held]


async def test_a_page_stays_while_somebody_tells_it_something(client: httpx2.AsyncClient, incident: Any) -> None:
    pages = [(await client.get(f"/runs/{incident.run}{query}")).text for query in ("", "?tell=1")]
    assert ['http-equiv="refresh"' in page for page in pages] == [True, False]
    assert [forms_that_write(page) > 0 for page in pages] == [False, True]


@pytest.mark.parametrize("path", ["/runs/{run}/tell", "/runs/{run}/ask", "/acting"])
async def test_no_other_site_may_tell_a_run_anything(client: httpx2.AsyncClient, incident: Any, path: str) -> None:
    form = {"by": "me", "kind": "cancel", "text": "x", "acting": "hold"}
    action = path.format(run=incident.run)
    answer = await client.post(action, data=form, headers={"Origin": "http://elsewhere.example"})
    assert answer.status_code == 403
    assert incident.incidents.facts(incident.run).seen == 1
    assert not incident.incidents.held


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
