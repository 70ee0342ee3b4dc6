"""A question that waits is told with what came after it was asked."""

from datetime import UTC, datetime, timedelta

from agents.reports.triage import Scope
from agents.runtime.ledger import Ledger, Statement
from graphs.model.questions import Question
from graphs.transcript.facts import Facts
from graphs.transcript.since_asked import as_it_stands, since_asked

START = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
DOWN = Question(id="q-1", kind="direction", text="up is 0 since 03:00 UTC. What should be done?", options=["over"])
NOTHING = "Nothing is out of its usual range on shop."
WELL = Scope(summary=NOTHING, users_affected=None, users_share=None, services=[], data_at_risk="no", abnormal=False)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def known(looked: float, said: float) -> Facts:
    told = Statement(at=at(said), by="bob", words="it ran out of memory", cite="1")
    ledger = Ledger(statements=[told])
    return Facts(asked_at={"q-1": at(5)}, scope_at=at(looked), newest_scope=WELL, ledger=ledger)


def test_a_reminder_says_when_it_was_asked_and_what_the_newest_look_and_people_say_since() -> None:
    assert as_it_stands(known(9, 7), DOWN) == (
        "The look of 03:09 UTC found: Nothing is out of its usual range on shop. "
        "bob at 03:07 UTC: “it ran out of memory”. "
        "Asked at 03:05 UTC: up is 0 since 03:00 UTC. What should be done?"
    )


def test_what_was_known_when_it_was_asked_is_not_told_as_news() -> None:
    assert since_asked(known(4, 3), DOWN) == ""
    assert as_it_stands(known(4, 3), DOWN) == f"Asked at 03:05 UTC: {DOWN.text}"
