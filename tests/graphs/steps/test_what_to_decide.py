"""What people are asked for a direction about: whether it is over, or what should be done."""

from datetime import UTC, datetime, timedelta

import pytest

from agents.io.catalogue import Catalogue
from agents.reports.triage import Scope
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.ledger import Damage, Ledger, Statement
from graphs.steps.investigation import what_to_decide

START, MINUTE = datetime(2026, 3, 3, 3, 0, tzinfo=UTC), timedelta(minutes=1)
KNOWN = {"users_affected": None, "users_share": None, "data_at_risk": "no"}
WELL = Scope.model_validate({**KNOWN, "summary": "Nothing is unusual on shop.", "services": [], "abnormal": False})
ILL = Scope.model_validate({**KNOWN, "summary": "shop is degraded.", "services": ["shop"], "abnormal": True})
HANDLED = Statement(at=START + 12 * MINUTE, by="ada", words="", is_over=True, is_by_hand=True, cite="0a")
GOES_ON = Statement(at=START + 13 * MINUTE, by="bob", words="", is_over=False, cite="0b")
DECIDE = "What should be done?"


def failed(*, is_open: bool) -> list[Damage]:
    return [Damage(service="shop", kind="errors", since=START, until=START + 8 * MINUTE, is_open=is_open)]


def about(scope: Scope, damage: list[Damage], *said: Statement) -> Briefing:
    return Briefing(
        run="run-1",
        now=START + 15 * MINUTE,
        started_at=START,
        alert=Alert(title="shop fails", service="shop", severity="critical"),
        service="shop",
        catalogue=Catalogue(),
        scope=scope,
        scope_at=START + 10 * MINUTE,
        ledger=Ledger(services=["shop"], damage=damage, statements=list(said)),
    )


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (about(ILL, failed(is_open=True)), DECIDE),
        (about(WELL, failed(is_open=True)), DECIDE),  # a later reading than the look's
        (about(WELL, []), DECIDE),  # an alert of what is to come: nothing can be over
        (
            about(WELL, failed(is_open=False)),
            "The look of 03:10 UTC found: Nothing is unusual on shop. Is it over?",
        ),
        (about(ILL, failed(is_open=True), HANDLED), "ada said at 03:12 UTC that it was handled. Is it over?"),
        (about(WELL, failed(is_open=False), HANDLED, GOES_ON), DECIDE),
    ],
)
def test_where_all_is_measured_well_or_a_person_has_handled_it_people_are_asked_whether_it_is_over(
    known: Briefing, asked: str
) -> None:
    assert what_to_decide(known) == asked
