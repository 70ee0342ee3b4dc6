"""A post-mortem is read, edited and published, over HTTP and on its page; no version is lost."""

from typing import Any

import httpx2
import pytest

from graphs.transcript.events import Author, Draft

EDITED = "# What we think happened\n\nKeyError shipping_zone."


@pytest.fixture
def written(incident: Any) -> str:
    """A closed run with its post-mortem."""
    incident.incidents.deps.transcripts.write(
        incident.run, Draft("main/s5_publish_post_mortem#1/0", "post_mortem", {"text": "# As written"}, Author("main"))
    )
    incident.close()
    return incident.run


async def test_a_person_edits_it_also_after_the_run_is_closed(
    client: httpx2.AsyncClient, incident: Any, written: str
) -> None:
    before = await client.get(f"/v1/runs/{written}/post-mortem")
    body = {"by": "Ann", "text": EDITED, "comment": "the log says more"}
    answer = await client.post(
        f"/v1/runs/{written}/post-mortem", json=body, headers={"If-Match": before.headers["etag"]}
    )
    assert answer.status_code == 200
    assert (await client.get(f"/v1/runs/{written}/post-mortem")).text == EDITED
    kinds = [event.kind for event in incident.incidents.transcript(written)]
    assert [kind for kind in kinds if kind.startswith("post_mortem")] == ["post_mortem", "post_mortem_edited"]
    late = await client.post(f"/v1/runs/{written}/post-mortem", json=body, headers={"If-Match": before.headers["etag"]})
    assert late.status_code == 412


async def test_what_is_published_is_not_changed_any_more(client: httpx2.AsyncClient, written: str) -> None:
    assert (await client.post(f"/v1/runs/{written}/post-mortem/publish", json={"by": "Ann"})).status_code == 200
    for path, more in (("post-mortem", {"text": EDITED}), ("post-mortem/publish", {})):
        answer = await client.post(f"/v1/runs/{written}/{path}", json={"by": "Ben", **more})
        assert answer.status_code == 409
        assert answer.json()["detail"].startswith("Ann has published")


async def test_what_is_not_written_yet_cannot_be_edited(client: httpx2.AsyncClient, incident: Any) -> None:
    answer = await client.post(f"/v1/runs/{incident.run}/post-mortem", json={"by": "Ann", "text": EDITED})
    assert (answer.status_code, "no post-mortem yet" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 60_001])
async def test_a_text_that_is_none_or_too_long_is_refused(client: httpx2.AsyncClient, written: str, text: str) -> None:
    answer = await client.post(f"/v1/runs/{written}/post-mortem", json={"by": "Ann", "text": text})
    assert answer.status_code == 422


async def test_on_its_page_two_people_do_not_overwrite_each_other(client: httpx2.AsyncClient, written: str) -> None:
    page = f"/runs/{written}/post-mortem"
    read = (await client.get(page)).text.partition('name="instead_of" value="')[2][:8]
    form = {"by": "Ann", "text": EDITED, "instead_of": read, "do": "keep"}
    assert (await client.post(page, data=form)).status_code == 303
    shown = (await client.get(page)).text
    assert "edited by Ann" in shown
    assert "KeyError shipping_zone" in shown
    late = await client.post(page, data={**form, "by": "Ben", "text": "Ben's own words"})
    assert late.status_code == 409
    assert "Ann has written another version" in late.text
    assert "Ben&#39;s own words" in late.text


async def test_its_page_publishes_the_version_that_was_read(client: httpx2.AsyncClient, written: str) -> None:
    page = f"/runs/{written}/post-mortem"
    read = (await client.get(page)).text.partition('name="instead_of" value="')[2][:8]
    assert (await client.post(page, data={"by": "Ann", "instead_of": read, "do": "publish"})).status_code == 303
    shown = (await client.get(page)).text
    assert "Published by Ann" in shown
    assert "<textarea" not in shown
