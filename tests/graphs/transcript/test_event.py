"""Events are read back whatever became of them; one that cannot be read says so, and a run goes on past it."""

import asyncio
import json
from pathlib import Path

import pytest

from agents.io.clock import VirtualClock
from agents.tools.change import CHANGES
from evals.playing.play import EPOCH, play
from evals.scenarios.loading import load
from graphs.model.questions import Question
from graphs.outbox.webhooks import TYPES
from graphs.store.store import Store
from graphs.transcript.event import Event, parse_event
from graphs.transcript.event_shapes import SHAPES, UNREADABLE, Unreadable, fitted
from graphs.transcript.events import IN_ITS_PLACE, Author, Draft, Transcripts
from graphs.transcript.projections import PROJECTIONS, fold
from tests.any_text import harms_of_json
from tests.graphs.theatre import APPROVES, Life, OneDirectory, Theatre, add_run

HOLDS_NOTHING = {"released", "closed", "lane_done"}
"""Kinds of events of which only that they happened counts."""


def transcripts_of_one_run() -> Transcripts:
    store = Store()
    add_run(store)
    return Transcripts(store, VirtualClock(EPOCH))


def damage(transcripts: Transcripts, payload: str, where: str = "1 = 1") -> None:
    """Write something else into the store, as an older Warroom or a broken disk may have."""
    store = transcripts._store  # pyright: ignore[reportPrivateUsage]
    store.database.connection.execute(f"UPDATE events SET payload = ? WHERE {where}", (payload,))
    store.database.connection.commit()
    store.events.forget_newest()


def stored_as(payload: str, kind: str = "status") -> Event:
    """A status as it is read, of which this is stored."""
    transcripts = transcripts_of_one_run()
    transcripts.write("one", Draft("main/x#1/s", kind, {"status": "Identified", "why": "seen"}, Author("main")))
    damage(transcripts, payload)
    return transcripts.after("one")[0]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("", "not JSON"),
        ('{"status": "Identified", "why": ', "not JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"status": "Identified", "why": "x", "more": ' + "[" * 60 + "]" * 60 + "}", "nested deeper"),
        ("[]", "no JSON object"),
        ("{}", "status: Field required; why: Field required"),
        ('{"status": "Identified", "why": 7}', "why: Input should be a valid string"),
        ('{"status": "Over", "why": "x"}', "status: Input should be"),
        ('{"status": NaN, "why": "x"}', "status: Input should be"),
    ],
)
def test_an_event_that_cannot_be_read_says_so_and_why(payload: str, why: str) -> None:
    event = stored_as(payload)
    assert (event.kind, event.payload["was"], event.is_readable) == (UNREADABLE, "status", False)
    assert why in event.payload["why"]
    assert event.payload["stored"] == payload[:2000]
    assert "an event cannot be read (status)" in fold([event]).history[0].what


def test_what_an_older_warroom_stored_is_harmless_when_it_is_read() -> None:
    text = r"\ud800 \u001b[2J \u202e roll\u200bback"
    event = stored_as(f'{{"status": "Identified", "why": "{text}", "n": [NaN, 1e400, {"9" * 5000}], "\\ud800": 1}}')
    assert event.payload["why"] == "\ufffd [2J  rollback"
    assert event.payload["n"][:2] == [None, None]
    assert not harms_of_json(event.payload)
    event.model_dump_json().encode()


def test_what_has_grown_since_it_was_stored_is_filled_with_its_defaults() -> None:
    question = {"id": "q", "kind": "direction", "text": "What now?", "options": ["handled"]}
    anybody = {"may": ["*"], "approvals": 1, "approved_by": [], "rule": None, "acts": [], "components": []}
    payload = fitted("question", "", {"question": question, "kept": 1})
    assert payload == {
        "question": {**question, "proposal": None, "digest": "", "expires_at": None, **anybody},
        "kept": 1,
    }


@pytest.mark.parametrize("scenario", ["first_light", "dry_well"])
def test_every_event_of_a_run_has_the_shape_of_its_kind_and_nothing_is_added(scenario: str) -> None:
    for event in play(load(scenario)).events:
        assert fitted(event.kind, event.duty, event.payload) == event.payload


def test_every_kind_that_is_folded_or_told_outside_has_a_shape() -> None:
    assert {*PROJECTIONS, *TYPES} - set(SHAPES) == HOLDS_NOTHING - {"lane_done"}


def test_an_event_that_another_warroom_tells_is_looked_at_too() -> None:
    event = stored_as('{"status": "Identified", "why": "x"}')
    assert parse_event(event.model_dump(mode="json")) == event
    assert parse_event({**event.model_dump(mode="json"), "payload": {}}).payload["was"] == "status"
    with pytest.raises(ValueError, match="seq"):
        parse_event({})


def test_what_cannot_be_read_is_written_once_more_in_its_place() -> None:
    transcripts, draft = transcripts_of_one_run(), Draft("main/x#1/d", "degraded", {"why": "slow"}, Author("main"))
    first = transcripts.write("one", draft)
    damage(transcripts, "{")
    assert [event.kind for event in transcripts.after("one")] == [UNREADABLE]
    again = transcripts.write("one", draft)
    assert (again.key, again.payload) == (first.key + IN_ITS_PLACE, first.payload)
    assert transcripts.write("one", draft) == again == transcripts.find("one", draft.key)
    damage(transcripts, "{}")
    assert transcripts.write("one", draft).key == first.key + 2 * IN_ITS_PLACE


async def begun(life: Life) -> str:
    """A run that waits for an approval."""
    await life.incidents.start()
    run = life.incidents.alerts.receive(load("wry_neck").alert).run
    await life.asked(run)
    return run


NEEDED = ("question", "proposal", "alert", "classification", "duty_finished", "conclusion")
"""Kinds of events without which nobody could tell what was approved, how severe the incident is and why."""


def test_a_run_goes_on_whatever_was_damaged_that_its_next_step_can_do_without(tmp_path: Path) -> None:
    """All such events so far at once, while a person is asked."""
    theatre = Theatre(OneDirectory(tmp_path))

    async def go_on(life: Life) -> list[Event]:
        incidents = life.incidents
        damage(incidents.deps.transcripts, "{", f"kind NOT IN {NEEDED}")
        await incidents.start()
        facts = await life.to_the_end(run)
        assert facts.status == "closed"
        return incidents.transcript(run)

    run = theatre.live(begun, rules=[])
    events = theatre.live(go_on, rules=APPROVES)
    assert sum(not event.is_readable for event in events) > 50
    assert [event.payload["port"] for event in events if event.kind == "result"] == ["rollback"]
    post_mortem = next(event for event in events if event.kind == "post_mortem")
    assert "cannot be read" in json.dumps(post_mortem.payload)


def test_where_what_was_proposed_cannot_be_read_any_more_nothing_is_done_and_a_person_is_told(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def go_on(life: Life) -> tuple[Question, list[Event]]:
        incidents = life.incidents
        damage(incidents.deps.transcripts, "{", "kind <> 'question'")
        await incidents.start()
        answering = asyncio.create_task(life.to_the_end(run))
        question = await life.asked(run, "fault")
        answering.cancel()
        return question, incidents.transcript(run)

    run = theatre.live(begun, rules=[])
    question, events = theatre.live(go_on, rules=APPROVES)
    assert "what was proposed cannot be read" in question.text
    assert [event.payload for event in events if event.kind == "intent" and event.payload["port"] in CHANGES] == []


def test_an_effect_whose_record_is_damaged_is_not_done_again(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def begin(life: Life) -> str:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        answering = asyncio.create_task(life.to_the_end(run))
        await life.until(run, "result")
        answering.cancel()
        return run

    async def go_on(life: Life) -> None:
        incidents = life.incidents
        damage(incidents.deps.transcripts, "{", "kind IN ('intent', 'result', 'outbound')")
        await incidents.start()
        await life.to_the_end(run)

    run = theatre.live(begin)
    theatre.live(go_on)
    assert theatre.called.times("rollback") == 1


def test_a_shape_refuses_by_name() -> None:
    with pytest.raises(Unreadable, match="port: Field required"):
        fitted("intent", "", {"arguments": {}})
