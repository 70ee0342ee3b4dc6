"""Post-mortem words: a model's root cause blames what was concluded, and its timeline puts things where they were."""

from datetime import timedelta

import pytest

from agents.io.clock import VirtualClock
from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion, Hypothesis
from agents.reports.post_mortem import RootCause, Timeline, TimelineEntry
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.performing import more_cautious
from tests.agents.conftest import NOW, MemoryLog, healthy
from tests.agents.runtime.outgoing_places import duty

WHY = "checkout 2.0.0 was deployed at 2026-03-02 14:00 UTC, 2 min before the failure began at 14:02 UTC."
CHOSEN = "2.0.0 of checkout, deployed at 2026-03-02 14:00 UTC, made it fail"
RULED_OUT = "8.5.0 of search, deployed at 2026-03-02 13:35 UTC, made it fail"
BUG = "a fault in the code of checkout"


@pytest.fixture
def concluded(briefing: Briefing) -> Briefing:
    """A run in which one deployment is the cause, and another one and the code are not."""
    chosen = Hypothesis(cause="recent deployment", component="checkout", statement=CHOSEN, status="supported")
    other = Hypothesis(cause="recent deployment", component="search", statement=RULED_OUT, status="ruled out")
    bug = Hypothesis(cause="code bug", component="checkout", statement=BUG, status="ruled out")
    conclusion = Conclusion(
        verdict="cause found",
        cause="recent deployment",
        component="checkout",
        hypotheses=[chosen, other, bug],
        summary=f"The cause is recent deployment: {CHOSEN}. Ruled out: the deployment of search.",
    )
    history = [
        TimelineEntry(at=NOW, what="alert received from alertmanager: too many errors"),
        TimelineEntry(at=NOW + timedelta(minutes=9), what="approved by ada: go ahead"),
        TimelineEntry(at=NOW + timedelta(minutes=10), what="rollback of checkout to 1.9.0 is done"),
    ]
    later = NOW + timedelta(hours=1)
    return briefing.model_copy(update={"conclusion": conclusion, "history": history, "now": later})


def root_cause(what: str, why: str = WHY) -> RootCause:
    told, reason = Claim(text=what, cites=["1"]), Claim(text=why, cites=["1"])
    return RootCause(what_failed=told, why=reason, why_not_caught=reason, five_whys=[told], summary=what)


@pytest.mark.parametrize(
    ("what", "why", "by"),
    [
        (f"{CHOSEN}.", WHY, "model"),
        ("The deployment of 2.0.0 at 14:00 UTC made checkout fail.", WHY, "model"),
        (f"{CHOSEN}. The deployment of search was ruled out.", WHY, "model"),
        (f"{RULED_OUT}.", WHY, "book"),
        ("The deployment of search.", WHY, "book"),
        ("The deployment of search made it fail.", WHY, "book"),
        (f"{CHOSEN}.", f"{RULED_OUT}.", "book"),
        (f"{BUG}.", WHY, "book"),
        ("A code bug.", WHY, "book"),
    ],
)
async def test_a_root_cause_blames_what_was_concluded_and_nothing_that_was_ruled_out(
    concluded: Briefing, what: str, why: str, by: str
) -> None:
    book, model = root_cause(f"{CHOSEN}."), root_cause(what, why)
    context = DutyContext("main/node#1", MemoryLog(), VirtualClock(NOW), healthy())
    assert await more_cautious(duty(book), model, concluded, context) == (model if by == "model" else book, by)


def timeline(*entries: tuple[int, str]) -> Timeline:
    return Timeline(
        introduced_at=None,
        detected_at=NOW,
        resolved_at=NOW,
        user_impact_minutes=17,
        entries=[TimelineEntry(at=NOW + timedelta(minutes=at), what=what) for at, what in entries],
        summary="17 minutes of user impact.",
    )


@pytest.mark.parametrize(
    ("at", "what", "by"),
    [
        (0, "alert received from alertmanager: too many errors", "model"),
        (9, "approved by ada", "model"),
        (10, "The rollback of checkout to 1.9.0 is done.", "model"),
        (-30, "alert received from alertmanager: too many errors", "book"),
        (9, "The rollback of checkout to 1.9.0 is done.", "book"),
        (10, "approved by ada", "book"),
        (24 * 60, "approved by ada", "book"),
        (5, "approved by ada", "book"),
    ],
)
async def test_a_line_of_a_timeline_stands_at_the_minute_at_which_the_record_has_it(
    concluded: Briefing, at: int, what: str, by: str
) -> None:
    book, model = timeline(), timeline((at, what))
    context = DutyContext("main/node#1", MemoryLog(), VirtualClock(NOW), healthy())
    assert await more_cautious(duty(book), model, concluded, context) == (model if by == "model" else book, by)
