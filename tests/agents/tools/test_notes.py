"""Notes: which of the team's notes fit a question, and in what order."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.readings.notes import NotesQuestion, TeamNotes
from agents.tools.notes import LONGEST_NOTE, MOST_CHARACTERS, MOST_NOTES, fitting, read_note

FILES = {
    "checkout.md": "# Checkout\nRestart the pool by hand.",
    "pool.md": """---
title: The pool runs dry
services: ["orders-*"]
signatures: ["too many clients"]
alerts: ["*connections*"]
---
Raise max_connections, or find who holds them.
""",
    "all/holidays.md": "# On Mondays\nTraffic of checkout-admin doubles.",
    "broken.md": "---\ntitle: [\n---\n# Broken\nwords",
}


def found(files: Mapping[str, str] = FILES, /, **asked: Any) -> TeamNotes:
    question = NotesQuestion.model_validate({"service": "nothing", **asked})
    return fitting((read_note(name, text) for name, text in files.items()), question)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"service": "checkout"}, {"checkout.md": ["service"]}),
        ({"service": "orders-db"}, {"pool.md": ["service"]}),
        ({"service": "admin"}, {}),
        ({"signature": "FATAL: sorry, Too Many Clients already (limit 100)"}, {"pool.md": ["signature"]}),
        ({"alert": "Orders: connections above 90 %"}, {"pool.md": ["alert"]}),
        ({"text": "traffic DOUBLES"}, {"all/holidays.md": ["text"]}),
        ({"text": "traffic halves"}, {}),
        (
            {"service": "checkout", "signature": "too many clients"},
            {"pool.md": ["signature"], "checkout.md": ["service"]},
        ),
    ],
)
def test_a_note_fits_by_signature_alert_service_or_words(asked: dict[str, str], expected: dict[str, list[str]]) -> None:
    notes = found(**asked).notes
    assert [(note.file, note.matched_by) for note in notes] == list(expected.items())


def test_a_note_has_the_title_that_it_says_or_its_heading_or_its_name() -> None:
    assert found(service="orders-db").notes[0].title == "The pool runs dry"
    assert found(service="orders-db").notes[0].text == "Raise max_connections, or find who holds them."
    assert found(service="checkout").notes[0].title == "Checkout"
    assert read_note("a/plain.md", "words").title == "plain"


def test_facts_at_the_top_that_cannot_be_read_are_words() -> None:
    (note,) = found(text="broken").notes
    assert note.text.startswith("---\ntitle: [")
    odd = read_note("odd.md", "---\nservices: {a: 1}\n---\nwords")
    assert odd.about.services == []


def test_more_notes_than_are_shown_are_named_and_long_ones_are_cut() -> None:
    many = {f"checkout-{number} checkout.md": "word " * 2000 for number in range(9)}
    answer = found(many, service="checkout")
    assert len(answer.notes) == MOST_NOTES
    assert len(answer.left_out) == 9 - MOST_NOTES
    assert all(note.is_cut and len(note.text) <= LONGEST_NOTE for note in answer.notes)
    assert sum(len(note.text) for note in answer.notes) <= MOST_CHARACTERS


def test_a_secret_in_a_note_is_not_shown() -> None:
    (note,) = found({"checkout.md": "login with password=correcthorsebatterystaple"}, service="checkout").notes
    assert "correct" not in note.text


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_file_and_any_question_give_an_answer(text: str, asked: str) -> None:
    note = read_note("x.md", f"---\nsignatures: ['{asked}']\n---\n{text}")
    fitting([note, read_note("y.md", text)], NotesQuestion(service=asked, signature=asked, alert=asked, text=asked))
