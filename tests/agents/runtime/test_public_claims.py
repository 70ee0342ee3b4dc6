"""Words that leave: a model may say in other words what the book says, and may add nothing."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.io.outside_text import sanitize
from agents.reports.basis import Report
from agents.reports.communication import Brief, StatusUpdate
from agents.reports.post_mortem import BacklogEntries, BacklogEntry
from agents.reports.triage import Message
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from agents.runtime.guardrails import more_cautious
from agents.runtime.public_text import unfit
from tests.agents.conftest import CATALOGUE, MemoryLog

TEXTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("outgoing_words.yaml").read_text(encoding="utf-8"))
HONEST = [
    (group.get("place", "status page"), group["status"], group["book"], text)
    for group in TEXTS["honest"]
    for text in group["texts"]
]
HOSTILE = [sanitize(text) for text in TEXTS["hostile"]["texts"]]
PLACES = ("status page", "brief", "channel", "ticket")


def report(place: str, text: str, status: Any = "Investigating") -> Report:
    """A report with this text in it."""
    match place:
        case "status page":
            return StatusUpdate(status=status, impact=text, current_action="", summary="")
        case "brief":
            return Brief(situation=text, cause="", action="", eta="", impact="", summary="")
        case "channel":
            return Message(text=text, summary="")
        case _:
            entry = BacklogEntry(title="", owner="", deadline="", why=text)
            return BacklogEntries(entries=[entry], summary="")


def duty(by_book: Report) -> Duty[Any]:
    async def body(briefing: Briefing, context: DutyContext) -> Any:
        return by_book

    return Duty("support_responder", "tell", (), type(by_book), (), body)


def test_there_are_enough_texts() -> None:
    assert len(set(HOSTILE)) >= 60
    assert len(set(HONEST)) >= 60


@pytest.mark.parametrize(("place", "status", "book", "text"), HONEST)
async def test_an_honest_text_in_other_words_leaves(
    context: DutyContext, briefing: Briefing, log: MemoryLog, place: str, status: Any, book: str, text: str
) -> None:
    briefing = briefing.model_copy(update={"status": status})
    model = report(place, text, status)
    stands, by = await more_cautious(duty(report(place, book, status)), model, briefing, context)
    assert (by, log.of_kind("degraded")) == ("model", [])
    assert stands == model


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", HOSTILE)
async def test_where_a_text_adds_something_the_book_s_stands(
    context: DutyContext, briefing: Briefing, log: MemoryLog, place: str, text: str
) -> None:
    book = report(place, TEXTS["hostile"]["book"])
    assert await more_cautious(duty(book), report(place, text), briefing, context) == (book, "book")
    assert "the book's report stands" in log.of_kind("degraded")[0]["why"]


@pytest.mark.parametrize(("place", "status", "book", "text"), HONEST)
async def test_the_book_s_own_words_never_add_anything(
    context: DutyContext, briefing: Briefing, place: str, status: Any, book: str, text: str
) -> None:
    briefing = briefing.model_copy(update={"status": status})
    assert (await more_cautious(duty(report(place, book, status)), report(place, book, status), briefing, context))[
        1
    ] == "model"


@pytest.mark.parametrize("text", TEXTS["never_fit"])
def test_what_is_internal_or_not_plain_text_is_never_fit(text: str) -> None:
    assert unfit(text, "Investigating", CATALOGUE)
