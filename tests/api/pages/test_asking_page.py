"""The page's box for questions: it asks, shows what was replied, and keeps a reply as a note."""

import html
import re
from typing import Any

import httpx2

from graphs.intake.inquiries import LONGEST, MOST_OPEN
from graphs.transcript.events import ANSWERING, Author, Draft

HOSTILE = "<script>alert(1)</script>"


def replied(incident: Any, text: str, is_answered: bool = True) -> Any:
    (asked,) = incident.incidents.inquiries.of(incident.run)
    payload: dict[str, object] = {
        "inquiry": asked.inquiry.ref,
        "text": text,
        "is_answered": is_answered,
        "cites": [],
        "by": "book",
    }
    author = Author(ANSWERING, "devops_automator", "answer_question")
    return incident.incidents.deps.transcripts.write(
        incident.run, Draft(f"{ANSWERING}/answer#1/reply.1", "reply", payload, author)
    )


async def ask(client: httpx2.AsyncClient, incident: Any, text: str) -> httpx2.Response:
    return await client.post(f"/runs/{incident.run}/ask", data={"by": "ada", "text": text})


async def test_a_question_leads_back_to_the_page_which_shows_it_until_it_is_answered(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    asked = await ask(client, incident, HOSTILE)
    page = (await client.get(f"/runs/{incident.run}")).text
    assert (asked.status_code, asked.headers["location"]) == (303, f"/runs/{incident.run}#asked")
    assert "Not answered yet." in page
    assert HOSTILE not in page
    assert html.escape(HOSTILE) in page


async def test_a_reply_stands_below_its_question_and_in_the_timeline(client: httpx2.AsyncClient, incident: Any) -> None:
    await ask(client, incident, "what changed?")
    replied(incident, "As of 03:00 UTC: nothing.")
    page = (await client.get(f"/runs/{incident.run}")).text
    assert "Not answered yet." not in page
    assert "asks: what changed?" in page
    assert "answers: As of 03:00: nothing." in page
    assert page.index('id="asked"') < page.index('id="timeline"')


async def test_a_reply_is_kept_as_a_note_that_names_it_with_one_click(
    client: httpx2.AsyncClient, incident: Any
) -> None:
    await ask(client, incident, "what changed?")
    reply = replied(incident, "As of 03:00 UTC: nothing.")
    page = (await client.get(f"/runs/{incident.run}")).text
    text = re.search(r'<button name="text" value="([^"]*)">', page)
    assert text
    form = {"by": "grace", "kind": "note", "text": html.unescape(text[1])}
    assert (await client.post(f"/runs/{incident.run}/tell", data=form)).status_code == 303
    (note,) = incident.incidents.facts(incident.run).notes
    assert note == f"DevOps Automator answered “what changed?”: As of 03:00 UTC: nothing. [#{reply.ref}]"


async def test_what_was_not_answered_cannot_be_kept(client: httpx2.AsyncClient, incident: Any) -> None:
    await ask(client, incident, "is it so?")
    replied(incident, "I can answer these: …", is_answered=False)
    assert "Keep as a note" not in (await client.get(f"/runs/{incident.run}")).text


async def test_what_cannot_be_asked_is_said_on_the_page(client: httpx2.AsyncClient, incident: Any) -> None:
    too_long = await ask(client, incident, "x" * (LONGEST + 1))
    assert (too_long.status_code, "This was not taken" in too_long.text) == (422, True)
    answers = [await ask(client, incident, "what changed?") for _ in range(MOST_OPEN + 1)]
    assert [answer.status_code for answer in answers] == [303] * MOST_OPEN + [429]
    assert "So many questions of this run wait" in answers[-1].text
    assert (await client.post("/runs/nothing/ask", data={"by": "ada", "text": "x"})).status_code == 404
