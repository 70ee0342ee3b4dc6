"""When users were hurt: two outages are two, and what was not measured after the last is told."""

from typing import Any

import pytest

from agents.rules.writing import public_wording
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Ledger, Statement
from agents.runtime.uncounted import Uncounted
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_public_wording import MINUTE, WELL, measured, unusual, with_search


def resolved(briefing: Briefing, stretches: list[tuple[int, int]], **learned: Any) -> str:
    damage = measured([("checkout", ago, lasting) for ago, lasting in stretches])
    over = {"status": "Resolved", "fixed_at": NOW - MINUTE, "resolved_at": NOW, "started_at": NOW - 60 * MINUTE}
    told = unusual(briefing, WELL, damage=damage, **learned).model_copy(update=over)
    return public_wording.impact(told).removeprefix("Checkout works as usual. It was disturbed ")


def unread(ago: int, lasting: int, service: str = "checkout") -> Uncounted:
    since = NOW - (ago + lasting) * MINUTE
    return Uncounted(service=service, since=since, until=NOW - ago * MINUTE, is_open=False)


def test_two_outages_are_told_as_two(briefing: Briefing) -> None:
    first = "from 2026-03-02 13:50 UTC to 13:55 UTC"
    assert resolved(briefing, [(35, 5)]) == f"{first}."
    assert resolved(briefing, [(35, 5), (10, 5)]) == f"{first} and again from 14:15 UTC to 14:20 UTC."
    assert resolved(briefing, [(35, 5), (10, 0)]) == f"{first} and again at 14:20 UTC."
    assert resolved(briefing, [(35, 5), (32, 1)]) == "from 2026-03-02 13:50 UTC to 13:58 UTC."
    many = [(50, 1), (40, 1), (30, 1), (20, 1)]
    assert resolved(briefing, many) == "4 times between 2026-03-02 13:39 UTC and 14:10 UTC."


def test_outages_between_which_nothing_was_measured_are_told_as_one(briefing: Briefing) -> None:
    told = resolved(briefing, [(35, 5), (10, 5)], uncounted=[unread(15, 20)])
    assert told == "from 2026-03-02 13:50 UTC to 14:20 UTC."


@pytest.mark.parametrize(("service", "is_told"), [("checkout", True), ("search", False)])
def test_what_was_not_measured_after_the_last_bad_sample_is_told_of_the_service_itself(
    briefing: Briefing, service: str, is_told: bool
) -> None:
    told = resolved(briefing, [(20, 5)], uncounted=[unread(12, 9, service)], services=["checkout", "search"])
    unseen = "; from then until 14:18 UTC it was not measured" if is_told else ""
    assert told == f"from 2026-03-02 14:05 UTC to 14:10 UTC{unseen}."


def test_each_service_is_told_with_the_end_of_its_own_disturbance(briefing: Briefing) -> None:
    damage = measured([("checkout", 35, 5), ("search", 15, 25), ("shop", 33, 2)])
    known = Ledger(services=["checkout", "search", "shop"], was_abnormal=True, damage=damage)
    over = {"status": "Resolved", "fixed_at": NOW - MINUTE, "resolved_at": NOW, "started_at": NOW - 60 * MINUTE}
    told = with_search(briefing).model_copy(update={**over, "scope": WELL, "ledger": known})
    assert public_wording.impact(told) == (
        "Checkout works as usual. It was disturbed from 2026-03-02 13:50 UTC to 13:55 UTC. "
        "Search was affected, too, from 2026-03-02 13:50 UTC to 14:15 UTC. "
        "Shop was affected, too, from 2026-03-02 13:55 UTC to 13:57 UTC."
    )


def test_what_only_others_are_known_to_have_met_is_told_of_them(briefing: Briefing) -> None:
    services = {**briefing.catalogue.services}
    services["index"] = services["checkout"].model_copy(update={"public_name": ""})
    wide = briefing.model_copy(update={"catalogue": briefing.catalogue.model_copy(update={"services": services})})
    over = {"status": "Resolved", "fixed_at": NOW - MINUTE, "resolved_at": NOW}
    damage = measured([("index", 10, 5)])
    told = unusual(wide, WELL, damage=damage, services=["checkout", "index"]).model_copy(update=over)
    around = "Systems around it were disturbed from 2026-03-02 14:15 UTC to 14:20 UTC"
    words = f"Checkout works as usual. {around}; how long it was itself was not measured."
    assert public_wording.impact(told) == words


def test_a_time_that_two_services_share_is_told_once(briefing: Briefing) -> None:
    damage = measured([("checkout", 35, 5), ("search", 35, 5)])
    known = Ledger(services=["checkout", "search"], was_abnormal=True, damage=damage)
    over = {"status": "Resolved", "fixed_at": NOW - MINUTE, "resolved_at": NOW, "started_at": NOW - 60 * MINUTE}
    told = with_search(briefing).model_copy(update={**over, "scope": WELL, "ledger": known})
    once = "It was disturbed from 2026-03-02 13:50 UTC to 13:55 UTC. Search was affected, too."
    assert public_wording.impact(told) == f"Checkout works as usual. {once}"


@pytest.mark.parametrize(
    ("still_open", "end", "search"),
    [
        (
            "checkout",
            "; when that ended was not measured",
            "Search was affected, too, from 2026-03-02 13:50 UTC to 13:55 UTC",
        ),
        ("search", " to 14:20 UTC", "Also affected when last measured, at 13:55 UTC: Search"),
    ],
)
def test_the_end_of_each_disturbance_is_asked_of_its_own_service(
    briefing: Briefing, still_open: str, end: str, search: str
) -> None:
    damage = [
        one.model_copy(update={"is_open": one.service == still_open})
        for one in measured([("checkout", 10, 20), ("search", 35, 5)])
    ]
    said = Statement(at=NOW - 8 * MINUTE, by="ada", words="over now", is_over=True, cite="0a")
    known = Ledger(services=["checkout", "search"], was_abnormal=True, damage=damage, statements=[said])
    over = {"status": "Resolved", "fixed_at": said.at, "is_vouched": True, "started_at": NOW - 60 * MINUTE}
    told = with_search(briefing).model_copy(update={**over, "scope": WELL, "ledger": known})
    reported = "Checkout should work as usual, our team reports"
    disturbed = f"It was disturbed from 2026-03-02 14:00 UTC{end}"
    assert public_wording.impact(told) == f"{reported}. {disturbed}. {search}."
