"""The public words of what is watched, or was measured before: nothing is told as of now that a later reading ended."""

from typing import Any

import pytest

from agents.reports.triage import Scope
from agents.rules.writing import executive_brief, public_wording
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Ledger, Statement
from agents.runtime.uncounted import Uncounted
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_public_wording import (
    ILL,
    MINUTE,
    WELL,
    lost_traffic,
    measured,
    unusual,
    with_search,
)


@pytest.mark.parametrize("status", ["Monitoring", "Resolved"])
@pytest.mark.parametrize("scope", [None, WELL, ILL])
def test_trouble_of_a_moment_during_the_watch_is_over_once_a_later_look_found_all_well(
    briefing: Briefing, status: str, scope: Scope | None
) -> None:
    ledger: dict[str, Any] = {"damage": measured([("checkout", 4, 2)]), "measured_well_at": NOW - 2 * MINUTE}
    over = {"status": status, "fixed_at": NOW - 6 * MINUTE, "resolved_at": NOW, "scope": scope}
    told = unusual(briefing, **ledger).model_copy(update={**over, "scope_at": NOW - 5 * MINUTE})
    works = "works as usual." if status == "Resolved" else "works again; we are watching it."
    assert public_wording.impact(told).startswith(f"Checkout {works}")
    before = told.ledger.model_copy(update={"measured_well_at": NOW - 5 * MINUTE})
    assert "works" not in public_wording.impact(told.model_copy(update={"ledger": before}))


@pytest.mark.parametrize(("since", "words"), [(30, "still measured"), (4, "measured again")])
def test_what_went_on_while_people_said_that_it_was_over_was_not_measured_again(
    briefing: Briefing, since: int, words: str
) -> None:
    damage = [lost_traffic("checkout").model_copy(update={"since": NOW - since * MINUTE, "until": NOW - 2 * MINUTE})]
    over = {"status": "Monitoring", "fixed_at": NOW - 6 * MINUTE, "is_vouched": True, "scope": None}
    told = unusual(briefing, damage=damage).model_copy(update=over)
    assert public_wording.impact(told) == f"Trouble with Checkout was {words} at 14:28 UTC; we are checking it."
    gap = Uncounted(service="checkout", since=NOW - 5 * MINUTE, until=NOW - 3 * MINUTE, is_open=False)
    unseen = told.model_copy(update={"ledger": told.ledger.model_copy(update={"uncounted": [gap]})})
    assert " measured again at " in public_wording.impact(unseen)


def test_what_keeps_users_out_is_told_by_the_newest_reading_of_these_minutes(briefing: Briefing) -> None:
    vague = "Some users may notice that Checkout does not work as usual."
    for kind in ("lost traffic", "refused", "slow"):
        old = {"kind": kind, "since": NOW - 30 * MINUTE, "until": NOW - 20 * MINUTE, "worst": 1.0}
        told = unusual(briefing, damage=[lost_traffic("checkout").model_copy(update=old)])
        assert public_wording.impact(told) == vague
    refused = lost_traffic("checkout").model_copy(update={"kind": "refused", "worst": 1.0, "until": NOW - MINUTE})
    for part, words in ((0.33, vague), (1.0, "Our own checks of Checkout fail.")):
        newer = refused.model_copy(update={"until": NOW, "worst": part})
        ledger = Ledger(services=["checkout"]).with_damage([refused]).with_damage([newer])
        assert [(one.worst, one.at_last) for one in ledger.damage] == [(1.0, part)]
        assert public_wording.impact(unusual(briefing, damage=ledger.damage)) == words


def test_what_a_look_found_in_trouble_is_followed_up_by_the_newest_measurement_of_it(briefing: Briefing) -> None:
    found = unusual(briefing, WELL, troubled_at={"checkout": NOW - 20 * MINUTE})
    told = found.model_copy(update={"status": "Identified"})
    well = "At 14:30 UTC no trouble with Checkout was measured"
    assert public_wording.impact(told) == f"{well}; we are checking it again."
    unread = told.model_copy(update={"scope": WELL.model_copy(update={"error_rate": None})})
    trouble = "Trouble with Checkout was last measured at 14:10 UTC; we are checking it again."
    assert public_wording.impact(unread) == trouble


async def test_a_person_who_spoke_of_another_service_reports_nothing_of_one_that_was_measured_well(
    briefing: Briefing, context: DutyContext
) -> None:
    said = Statement(at=NOW, by="bob", words="we started search again", is_over=True, is_by_hand=True, cite="0a")
    damage = measured([("checkout", 20, 5), ("search", 8, 5)])
    known = Ledger(services=["checkout", "search"], was_abnormal=True, statements=[said], damage=damage)
    over = {"status": "Monitoring", "fixed_at": NOW, "is_vouched": True, "scope": WELL, "ledger": known}
    told = with_search(briefing).model_copy(update={**over, "started_at": NOW - 30 * MINUTE})
    well, reported = "At 14:30 UTC no trouble with Checkout was measured", "Search should work again, our team reports"
    assert public_wording.impact(told) == f"{well}; we are checking. {reported}."
    brief = await executive_brief.write_brief(told, context)
    assert brief.situation.startswith(f"{well}; it is watched; the incident has affected ")
    assert brief.situation.endswith(f"; {reported}")
    unread = told.model_copy(update={"scope": WELL.model_copy(update={"error_rate": None})})
    assert public_wording.impact(unread).startswith("Checkout should work again, our team reports; we are checking. ")
