"""What a run's page shows of all that was written down."""

import math
from typing import Any

import httpx2
import pytest

from agents.llm.client import ModelAnswer
from agents.llm.gateway import CallOutcome
from api.app import create_app
from api.pages import rendering
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import Question
from graphs.transcript.events import Author, Draft


async def test_templates_are_read_before_the_first_page_is_asked_for(
    incidents: IncidentService, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache: dict[tuple[object, str], object] = {}
    monkeypatch.setattr(rendering.templates, "cache", cache)
    app = create_app(incidents)
    async with app.router.lifespan_context(app):
        assert {name for _, name in cache} >= {"run.html", "now.html", "runs.html", "charts.html"}


async def test_who_put_all_acting_on_hold_is_said(client: httpx2.AsyncClient, incident: Any) -> None:
    await client.post("/acting", data={"by": "night shift", "acting": "hold"})
    for path in ("/", f"/runs/{incident.run}"):
        assert "night shift put acting on hold in every run" in (await client.get(path)).text


async def test_a_form_that_was_not_taken_still_knows_who_is_logged_in(
    client: httpx2.AsyncClient, incident: Any, incidents: Any, clock: Any
) -> None:
    _, secret = incidents.api_keys(clock).create("ada", ["read", "answer"])
    client.headers["Authorization"] = f"Bearer {secret}"
    action = f"/runs/{incident.run}/answers/{incident.ask()}"
    for path, form in ((action, {"answer": "handled"}), (f"/runs/{incident.run}/tell", {"kind": "note"})):
        page = await client.post(path, data=form)
        assert page.status_code == 422
        assert "As <strong>ada</strong>" in page.text
        assert "Your name" not in page.text


async def test_since_when_a_breach_is_known_and_until_when_to_tell_is_shown(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    await client.post(f"/v1/runs/{incident.run}/awareness", json={"by": "me", "at": "2026-03-03T02:00Z"})
    page = (await client.get(f"/runs/{incident.run}")).text
    assert "Breach known since" in page
    assert "in 71 h" in page or "in 2 d 23 h" in page


async def test_why_it_is_a_p1_says_who_set_the_severity(client: httpx2.AsyncClient, incident: Any) -> None:
    told = {"severity": "P1", "reasons": ["half works"], "level": "High", "was": None}
    for by, shown in (("rule", "the written rule"), ("Ada", "Ada")):
        incident.write("classification", set_by=by, **told)
        page = (await client.get(f"/runs/{incident.run}")).text
        assert f"Set by {shown}." in page.partition('id="hypotheses"')[2].partition("</details>")[0]


async def test_a_hypothesis_shows_its_support_and_what_ruled_it_out(client: httpx2.AsyncClient, incident: Any) -> None:
    claims = {"support": [{"text": "it fails since", "cites": ["0a1b2c3d"]}], "against": []}
    about = {"statement": "42 broke it", "cause": "recent deployment", "component": "checkout"}
    incident.write("hypothesis", "api_tester", **about, status="open", **claims)
    incident.write(
        "hypothesis", **about, status="ruled out", **{**claims, "against": [{"text": "it came later", "cites": []}]}
    )
    page = (await client.get(f"/runs/{incident.run}")).text
    section = page.partition('id="hypotheses"')[2].partition("</details>")[0]
    assert section.count("42 broke it") == 1
    assert "✗ ruled out" in section
    assert section.index("it fails since") < section.index("Ruled out by") < section.index("it came later")
    assert f'href="/runs/{incident.run}/events/0a1b2c3d"' in section


async def test_what_could_not_be_done_as_planned_says_why(client: httpx2.AsyncClient, incident: Any) -> None:
    before = (await client.get(f"/runs/{incident.run}")).text
    incident.write("degraded", "api_tester", "run_regression", why="the model was too slow")
    after = (await client.get(f"/runs/{incident.run}")).text
    assert ['<details class="fold" id="degraded" hidden>' in page for page in (before, after)] == [True, False]
    section = after.partition('<details class="fold" id="degraded">')[2].partition("</details>")[0]
    assert "1 thing" in section.partition("</summary>")[0]
    assert "the model was too slow" in section


async def test_every_line_has_an_address_of_its_own(client: httpx2.AsyncClient, incident: Any) -> None:
    incident.write("note", by="on-call", text="we see it")
    page = (await client.get(f"/runs/{incident.run}?all=1")).text
    for event in incident.incidents.transcript(incident.run):
        assert f'id="e-{event.ref}"' in page
        assert (await client.get(f"/runs/{incident.run}/events/{event.ref}")).status_code == 200


async def test_the_lanes_beside_the_runbook_are_drawn_too(client: httpx2.AsyncClient, incident: Any) -> None:
    event = Draft("communication/s3_5_update_status_page#1/x", "note", {"by": "x", "text": ""}, Author("communication"))
    incident.incidents.deps.transcripts.write(incident.run, event)
    page = (await client.get(f"/runs/{incident.run}")).text
    assert "beside it: communication" in page
    assert "ESC-3 legal compliance checker" in page
    assert "✓ update status page" in page


async def test_what_many_watch_is_written_out_once(
    client: httpx2.AsyncClient, incident: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def render(name: str, **shown: Any) -> str:
        written.append(name)
        return rendering.render(name, **shown)

    monkeypatch.setattr("api.pages.run_page.render", render)
    monkeypatch.setattr(
        "api.narration.run_board.FRESH_SECONDS", math.inf
    )  # writing it may take longer than it is fresh
    path = f"/runs/{incident.run}/now"
    first, second = [(await client.get(path)).text for _ in range(2)]
    assert (first, len(written)) == (second, 1)
    incident.ask()
    assert 'id="q-1"' in (await client.get(path)).text
    assert len(written) == 2


async def test_tokens_that_are_estimated_are_said_to_be(client: httpx2.AsyncClient, incident: Any) -> None:
    told = CallOutcome(answer=ModelAnswer(tokens_in=800, tokens_out=200))
    guessed = CallOutcome(answer=ModelAnswer(tokens_in=600, tokens_out=50, estimated="the endpoint did not say"))
    for outcome in (told, guessed):
        incident.write("model_answer", **outcome.model_dump(mode="json"))
    assert "1,650 tokens, 650 of them estimated" in (await client.get(f"/runs/{incident.run}")).text
    written = incident.incidents.transcript(incident.run)[-1]
    assert "the endpoint did not say" in (await client.get(f"/runs/{incident.run}/events/{written.ref}")).text


async def test_a_step_that_failed_too_often_can_be_set_going_again_on_the_page(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    incident.write("error", error="KeyError: 'x'", times=2, again_at="2026-03-03T03:00:20+00:00")
    incident.write("error", error="KeyError: 'x'", times=3, again_at=None)
    question = Question(id="fault-1", kind="fault", text="The step s2_conclude#1 failed.", options=["try again"])
    incident.incidents.deps.questions.ask(incident.run, "main", question)
    page = (await client.get(f"/runs/{incident.run}")).text
    assert "a fault of Warroom&#39;s own, tried again at 03:00: KeyError" in page
    assert "a fault of Warroom&#39;s own, tried again when a person says so: KeyError" in page
    assert 'value="try again"' in page
    done = await client.post(f"/runs/{incident.run}/answers/fault-1", data={"answer": "try again", "by": "ada"})
    assert done.status_code == 303
    assert incident.incidents.facts(incident.run).open_questions == []
