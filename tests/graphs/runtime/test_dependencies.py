"""The dependencies of a run's nodes: facts by reader, and questions that are put once."""

from collections.abc import Iterator

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.tools.connections import CatalogueConnections
from evals.playing.play import EPOCH
from graphs.intake.incident_service import IncidentService
from graphs.model.questions import Question
from graphs.runtime.dependencies import Dependencies
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft
from tests.graphs.theatre import add_run


@pytest.fixture
def deps() -> Iterator[Dependencies]:
    clock, nothing = VirtualClock(EPOCH), Catalogue()
    deps = Dependencies(Store(), clock, CatalogueConnections(nothing, clock), nothing)
    add_run(deps.store)
    yield deps
    deps.store.close()


def note(deps: Dependencies, text: str) -> int:
    return deps.transcripts.write("one", Draft(text, "note", {"text": text, "by": "ann"}, Author("main"))).seq


def test_facts_are_taken_in_as_they_come(deps: Dependencies) -> None:
    note(deps, "first")
    assert deps.facts("one").notes == ["first"]
    note(deps, "second")
    assert deps.facts("one").notes == ["first", "second"]


def test_facts_up_to_an_event_know_nothing_later_also_after_somebody_has_read_on(deps: Dependencies) -> None:
    seen = note(deps, "first")
    note(deps, "second")
    assert deps.facts("one").notes == ["first", "second"]
    assert deps.facts("one", seen).notes == ["first"]
    assert deps.facts("one").notes == ["first", "second"]


def test_each_reader_has_a_bookmark_of_its_own(deps: Dependencies) -> None:
    seen = note(deps, "first")
    assert deps.facts("one", seen, "communication").notes == ["first"]
    note(deps, "second")
    assert deps.facts("one", None, "escalation").notes == ["first", "second"]
    assert deps.facts("one", seen, "communication").notes == ["first"]


def test_what_a_transaction_wrote_that_was_undone_is_no_fact(deps: Dependencies) -> None:
    def write_and_fail() -> None:
        with deps.store.transaction("one"):
            note(deps, "undone")
            assert deps.facts("one").notes == ["undone"]
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()
    note(deps, "written")
    assert deps.facts("one").notes == ["written"]


def test_a_question_is_put_once(deps: Dependencies) -> None:
    for text in ("Roll back?", "Roll back now?"):
        deps.questions.ask("one", "main", Question(id="q-1", kind="approval", text=text, options=["approve", "refuse"]))
    assert [question.text for question in deps.facts("one").open_questions] == ["Roll back?"]
    assert deps.questions.find("one", "q-1").question.text == "Roll back?"


def test_acting_on_hold_outlives_the_room_and_says_who_did_it(deps: Dependencies) -> None:
    assert deps.held_by is None
    IncidentService(deps).hold(True, by="duty-engineer")
    again = Dependencies(deps.store, deps.clock, deps.connections, deps.catalogue)
    assert again.held
    assert again.held_by == "duty-engineer"
    IncidentService(again).hold(False, by="duty-engineer")
    assert not deps.held
