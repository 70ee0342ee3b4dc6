"""The last look: what it says of this minute, and from when on it says nothing of it."""

import pytest

from agents.roles import executive_summary_generator
from agents.rules.writing import last_look, public_wording
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Ledger, Relapse, Statement
from agents.runtime.outgoing_reports import unfit
from agents.runtime.uncounted import Uncounted
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_public_wording import ILL, MINUTE, done, failing, measured, unusual, with_search


def test_a_look_from_before_a_person_said_that_it_is_over_says_nothing_of_now(briefing: Briefing) -> None:
    said = Statement(at=NOW, by="grace", words="I restarted it", is_over=True, cite="0a")
    told = failing(briefing).model_copy(
        update={"scope_at": NOW - MINUTE, "ledger": Ledger(services=["checkout"], statements=[said])}
    )
    assert last_look.seen(told).verdict == "unknown"
    earlier = said.model_copy(update={"at": NOW - 2 * MINUTE})
    before = told.model_copy(update={"ledger": Ledger(services=["checkout"], statements=[earlier])})
    assert last_look.seen(before).verdict == "abnormal"


@pytest.mark.parametrize(("minutes", "verdict"), [(1, "abnormal"), (2, "abnormal"), (3, "unknown")])
def test_while_a_change_takes_effect_trouble_is_told_of_the_last_two_minutes_only(
    briefing: Briefing, minutes: int, verdict: str
) -> None:
    looked = failing(briefing).model_copy(update={"scope_at": NOW - minutes * MINUTE})
    assert last_look.seen(looked).verdict == "abnormal"
    acted = done("restart").acts[0].model_copy(update={"at": NOW - 5 * MINUTE})
    changing = looked.model_copy(update={"ledger": Ledger(services=["checkout"], acts=[acted])})
    assert last_look.seen(changing).verdict == verdict


@pytest.mark.parametrize(("minutes", "verdict"), [(0.4, "unknown"), (1, "abnormal")])
def test_samples_right_after_a_person_said_that_it_is_over_may_be_of_the_time_before(
    briefing: Briefing, minutes: float, verdict: str
) -> None:
    said = Statement(at=NOW - MINUTE, by="grace", words="I killed it", is_over=True, is_by_hand=True, cite="0a")
    ledger = with_search(briefing).ledger.model_copy(update={"statements": [said]})
    looked = said.at + minutes * MINUTE
    (stretch,) = measured([("search", 0, 5)])
    still = stretch.model_copy(update={"until": looked, "is_open": True})
    both = ILL.model_copy(update={"services": ["checkout", "search"]})
    told = with_search(briefing, still).model_copy(
        update={"scope": both, "scope_at": looked, "ledger": ledger.model_copy(update={"damage": [still]})}
    )
    assert last_look.seen(told).verdict == verdict
    words = public_wording.impact(told)
    assert words.endswith(" Also affected: Search.") == (verdict == "abnormal")
    assert words.endswith(" Also affected then: Search.") == (verdict == "unknown")


def test_requests_that_a_later_reading_saw_to_fail_no_more_are_told_by_when_they_last_failed(
    briefing: Briefing,
) -> None:
    (stretch,) = measured([("checkout", 2, 5)])
    told = unusual(briefing, ILL, damage=[stretch.model_copy(update={"is_open": True})])
    told = told.model_copy(update={"scope_at": NOW - 3 * MINUTE})
    assert public_wording.impact(told) == "About two in five requests to Checkout fail."
    ended = told.model_copy(update={"ledger": told.ledger.with_damage([stretch])})
    over = (
        "Trouble with Checkout was last measured at 14:28 UTC (at 14:27 UTC about two in five requests failed); we are"
        " checking it again."
    )
    assert public_wording.impact(ended) == over


@pytest.mark.parametrize(("looked", "verdict"), [(6.9, "abnormal"), (8.1, "unknown")])
@pytest.mark.parametrize("said", [None, 16])
def test_a_look_holds_until_what_the_next_one_saw_is_known(
    briefing: Briefing, looked: float, verdict: str, said: int | None
) -> None:
    word = {"by": "ada", "words": "", "is_over": True, "cite": "0a"}
    told = [] if said is None else [Statement.model_validate({"at": NOW - said * MINUTE, **word})]
    ledger = Ledger(services=["checkout"], statements=told)
    whole = failing(briefing).model_copy(update={"scope_at": NOW - looked * MINUTE, "ledger": ledger})
    assert last_look.seen(whole).verdict == verdict


def test_a_look_that_found_trouble_ends_with_one_that_found_all_well(briefing: Briefing) -> None:
    told = unusual(briefing, ILL, measured_well_at=NOW).model_copy(update={"scope_at": NOW - MINUTE})
    assert last_look.seen(told).verdict == "unknown"
    assert last_look.seen(told.model_copy(update={"scope_at": NOW})).verdict == "abnormal"


def test_trouble_that_an_old_look_measured_is_told_with_its_extent_and_both_times(briefing: Briefing) -> None:
    (stretch,) = measured([("checkout", 2, 30)])
    told = unusual(briefing, ILL, damage=[stretch.model_copy(update={"is_open": True})])
    told = told.model_copy(update={"scope_at": NOW - 20 * MINUTE})
    words = "Trouble with Checkout was last measured at 14:28 UTC (at 14:10 UTC about two in five requests failed)"
    assert public_wording.impact(told) == f"{words}; we are checking it again."
    assert unfit(f"{words}.", "Identified", briefing.catalogue) == ""
    alone = told.model_copy(update={"ledger": Ledger(services=["checkout"])})
    words = "Trouble with Checkout was last measured at 14:10 UTC, when about two in five requests failed"
    assert public_wording.impact(alone) == f"{words}; we are checking it again."
    assert unfit(f"{words}.", "Identified", briefing.catalogue) == ""
    slight = ILL.model_copy(update={"error_rate": 0.01})
    words = "Trouble with Checkout was last measured at 14:10 UTC; we are checking it again."
    assert public_wording.impact(alone.model_copy(update={"scope": slight})) == words


@pytest.mark.parametrize("came_back", [True, False])
async def test_how_much_failed_before_a_recovery_is_not_told_of_the_trouble_after_it(
    briefing: Briefing, context: DutyContext, came_back: bool
) -> None:
    again = Relapse(at=NOW - 12 * MINUTE, over_since=NOW - 16 * MINUTE, measured=True)
    told = unusual(briefing, ILL, relapses=[again] if came_back else []).model_copy(
        update={"scope_at": NOW - 20 * MINUTE, "status": "Identified", "severity": "P0"}
    )
    assert (" failed" in public_wording.impact(told)) is not came_back
    brief = await executive_summary_generator.brief_stakeholders.without_model(told, context)
    assert ("% of its requests failed" in brief.situation) is not came_back


@pytest.mark.parametrize(("is_down", "has_ended"), [(True, False), (False, True)])
def test_what_does_not_run_has_not_ended_with_the_last_requests_that_failed(
    briefing: Briefing, is_down: bool, has_ended: bool
) -> None:
    (stretch,) = measured([("checkout", 1, 5)])
    down = stretch.model_copy(update={"kind": "down", "is_open": is_down})
    told = briefing.model_copy(update={"scope_at": NOW - 3 * MINUTE, "ledger": Ledger(damage=[stretch, down])})
    assert last_look.has_ended_since(told, "checkout") == has_ended


@pytest.mark.parametrize("is_open", [True, False])
def test_what_is_not_measured_any_more_is_not_well_again(briefing: Briefing, is_open: bool) -> None:
    calm = ILL.model_copy(update={"abnormal": False, "services": []})
    stopped = Uncounted(service="checkout", since=NOW - MINUTE, until=NOW, is_open=is_open)
    ledger = Ledger(services=["checkout"], was_abnormal=True, uncounted=[stopped])
    told = briefing.model_copy(update={"scope": calm, "scope_at": NOW, "ledger": ledger})
    assert last_look.is_well_again(told) is not is_open
