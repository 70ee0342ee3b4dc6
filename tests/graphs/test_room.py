"""The room: facts by reader, and questions that are put once."""

from collections.abc import Iterator

import pytest

from agents.catalogue import Catalogue
from agents.clock import VirtualClock
from agents.connections import CatalogueConnections
from evals.play import EPOCH
from graphs.questions import Question
from graphs.reception import Reception
from graphs.room import Room
from graphs.store import Store
from graphs.transcript import Author, Draft


@pytest.fixture
def room() -> Iterator[Room]:
    clock, nothing = VirtualClock(EPOCH), Catalogue()
    room = Room(Store(), clock, CatalogueConnections(nothing, clock), nothing)
    room.store.write("add_run", id="one", received_at="", alert="{}", dedup_key="one")
    yield room
    room.store.close()


def note(room: Room, text: str) -> int:
    return room.transcripts.write("one", Draft(text, "note", {"text": text, "by": "ann"}, Author("main"))).seq


def test_facts_are_taken_in_as_they_come(room: Room) -> None:
    note(room, "first")
    assert room.facts("one").notes == ["first"]
    note(room, "second")
    assert room.facts("one").notes == ["first", "second"]


def test_facts_up_to_an_event_know_nothing_later_also_after_somebody_has_read_on(room: Room) -> None:
    seen = note(room, "first")
    note(room, "second")
    assert room.facts("one").notes == ["first", "second"]
    assert room.facts("one", seen).notes == ["first"]
    assert room.facts("one").notes == ["first", "second"]


def test_each_reader_has_a_bookmark_of_its_own(room: Room) -> None:
    seen = note(room, "first")
    assert room.facts("one", seen, "communication").notes == ["first"]
    note(room, "second")
    assert room.facts("one", None, "escalation").notes == ["first", "second"]
    assert room.facts("one", seen, "communication").notes == ["first"]


def test_a_question_is_put_once(room: Room) -> None:
    for text in ("Roll back?", "Roll back now?"):
        room.ask("one", "main", Question(id="q-1", kind="approval", text=text, options=["approve", "refuse"]))
    assert [question.text for question in room.facts("one").open_questions] == ["Roll back?"]
    row = room.store.one("question", run="one", id="q-1")
    assert row
    assert Question.model_validate_json(row["question"]).text == "Roll back?"


def test_acting_on_hold_outlives_the_room_and_says_who_did_it(room: Room) -> None:
    assert room.held_by is None
    Reception(room).hold(True, by="duty-engineer")
    again = Room(room.store, room.clock, room.connections, room.catalogue)
    assert again.held
    assert again.held_by == "duty-engineer"
    Reception(again).hold(False, by="duty-engineer")
    assert not room.held
