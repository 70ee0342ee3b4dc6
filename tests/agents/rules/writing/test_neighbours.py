"""Neighbours: other services are told of as they were measured last, and as past once it is over."""

import pytest

from agents.rules.writing import public_wording
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Act, Damage, Ledger
from tests.agents.conftest import NOW
from tests.agents.rules.writing.test_public_wording import (
    ILL,
    MINUTE,
    WELL,
    failing,
    lost_traffic,
    measured,
    with_search,
)


def test_other_services_that_customers_know_are_named_where_they_fail(briefing: Briefing) -> None:
    services = dict(briefing.catalogue.services)
    services["search"] = services["checkout"].model_copy(update={"public_name": "Search"})
    wide = briefing.model_copy(update={"catalogue": briefing.catalogue.model_copy(update={"services": services})})
    both = {"services": ["checkout", "search"], "error_rates": {"checkout": 0.4, "search": 0.3}}
    assert public_wording.impact(failing(wide, **both)).endswith(" Also affected: Search.")
    alone = {"services": ["search"], "error_rates": {"search": 0.97}, "error_rate": 0.001}
    words = "We are checking whether Checkout is affected. Nearly all requests to Search fail."
    still = Damage(service="search", kind="errors", since=NOW - 9 * MINUTE, until=NOW, is_open=True, worst=0.97)
    told = failing(wide, **alone).model_copy(update={"ledger": Ledger(services=["search"], damage=[still])})
    assert public_wording.impact(told) == words
    stale = told.model_copy(update={"scope_at": NOW - 9 * MINUTE})
    assert public_wording.impact(stale).endswith(
        " is affected. Also affected when last measured, at 14:30 UTC: Search."
    )
    slight = {**both, "error_rates": {"checkout": 0.4, "search": 0.001}}
    assert "Search" not in public_wording.impact(failing(wide, **slight))


def test_another_service_that_is_down_is_told_as_not_available(briefing: Briefing) -> None:
    rates = {"checkout": 0.4, "search": 0.0}
    wide = failing(with_search(briefing), services=[*rates], error_rates=rates, down=["search"])
    assert public_wording.impact(wide) == "About two in five requests to Checkout fail. Search is not available."
    other = {**wide.catalogue.services, "search-index": wide.catalogue.services["search"]}
    partly = wide.model_copy(update={"catalogue": wide.catalogue.model_copy(update={"services": other})})
    assert public_wording.impact(partly).endswith(" fail. Also affected: Search.")


def test_another_service_that_a_later_reading_saw_to_work_is_not_told_as_failing(briefing: Briefing) -> None:
    (stretch,) = measured([("search", 2, 9)])
    rates = {"checkout": 0.4, "search": 0.3}
    both = ILL.model_copy(update={"services": [*rates], "error_rates": rates})
    told = with_search(briefing, stretch).model_copy(update={"scope": both, "scope_at": NOW - 3 * MINUTE})
    assert "Search" not in public_wording.impact(told)
    still = told.ledger.model_copy(update={"damage": [stretch.model_copy(update={"is_open": True})]})
    assert "Search" in public_wording.impact(told.model_copy(update={"ledger": still}))


def test_another_service_that_still_fails_is_told_by_the_newest_measurement_of_it(briefing: Briefing) -> None:
    (stretch,) = measured([("search", 1, 5)])
    still = stretch.model_copy(update={"is_open": True})
    last = " Also affected when last measured, at 14:29 UTC: Search."
    assert public_wording.impact(with_search(briefing, still)).endswith(last)
    assert "Search" not in public_wording.impact(with_search(briefing, stretch))
    stale = still.model_copy(update={"since": NOW - 30 * MINUTE, "until": NOW - 20 * MINUTE})
    words = public_wording.impact(with_search(briefing, stale))
    assert words.endswith(" Also affected when last measured, at 14:10 UTC: Search.")
    over = {"status": "Monitoring", "fixed_at": NOW - 2 * MINUTE, "scope": WELL}
    watched = with_search(briefing, still)
    was_ill = watched.ledger.model_copy(update={"was_abnormal": True})
    watched = watched.model_copy(update={**over, "ledger": was_ill})
    assert public_wording.impact(watched) == f"Checkout works again; we are watching it.{last}"


def test_another_service_that_was_disturbed_stays_told_once_it_is_over(briefing: Briefing) -> None:
    (stretch,) = measured([("search", 10, 5)])
    told = with_search(briefing, stretch)
    assert "Search" not in public_wording.impact(told)
    known = told.ledger.model_copy(update={"services": ["checkout", "search"], "was_abnormal": True})
    over = {"status": "Monitoring", "fixed_at": NOW - 2 * MINUTE, "scope": WELL, "ledger": known}
    watched = public_wording.impact(told.model_copy(update=over))
    assert watched == "Checkout works again; we are watching it. Search was affected, too."
    unseen = known.model_copy(update={"damage": [stretch.model_copy(update={"is_open": True})]})
    words = public_wording.impact(told.model_copy(update={**over, "ledger": unseen}))
    assert words.endswith(" we are watching it. Also affected when last measured, at 14:20 UTC: Search.")
    resolved = public_wording.impact(told.model_copy(update={**over, "status": "Resolved"}))
    assert resolved.endswith(" Search was affected, too, from 2026-03-02 14:15 UTC to 14:20 UTC.")
    well = unseen.model_copy(update={"measured_well_at": NOW - MINUTE})
    assert public_wording.impact(told.model_copy(update={**over, "ledger": well})) == watched
    for kind, is_open in (("lost traffic", False), ("slow", True)):
        entry = stretch.model_copy(update={"kind": kind, "is_open": is_open})
        ledger = known.model_copy(update={"damage": [entry]})
        words = public_wording.impact(told.model_copy(update={**over, "ledger": ledger}))
        assert words.endswith(" Search was affected, too.") != is_open


def test_another_service_that_was_named_as_affected_stays_named_as_it_was_measured(briefing: Briefing) -> None:
    gone = lost_traffic("search")
    told = with_search(briefing, gone)
    told = told.model_copy(update={"ledger": told.ledger.model_copy(update={"services": ["checkout", "search"]})})
    assert public_wording.impact(told).endswith(" Also affected when last measured, at 14:30 UTC: Search.")
    ended = told.ledger.model_copy(update={"damage": [gone.model_copy(update={"is_open": False})]})
    words = public_wording.impact(told.model_copy(update={"ledger": ended}))
    assert words.endswith(" Search was affected, too.")


def test_another_service_whose_requests_failed_at_a_look_alone_is_named_when_that_look_is_old(
    briefing: Briefing,
) -> None:
    rates = {"checkout": 0.4, "search": 0.1}
    told = failing(with_search(briefing), services=[*rates], error_rates=rates)
    assert public_wording.impact(told).endswith(" Also affected: Search.")
    later = {"scope_at": NOW - 9 * MINUTE, "status": "Monitoring", "fixed_at": NOW - 2 * MINUTE}
    over = told.model_copy(update=later)
    unseen = " Also affected when last measured, at 14:21 UTC: Search."
    assert public_wording.impact(over).endswith(unseen)
    well = over.ledger.model_copy(update={"measured_well_at": NOW - MINUTE})
    assert public_wording.impact(over.model_copy(update={"ledger": well})).endswith(" Search was affected, too.")


def test_others_that_were_last_measured_in_the_same_minute_are_told_together(briefing: Briefing) -> None:
    (stretch,) = measured([("search", 1, 5)])
    stale = {"is_open": True, "since": NOW - 30 * MINUTE, "until": NOW - 20 * MINUTE}
    entries = [stretch.model_copy(update={**stale, "service": service}) for service in ("search", "shop")]
    told = with_search(briefing, entries[0])
    told = told.model_copy(update={"ledger": told.ledger.model_copy(update={"damage": entries})})
    assert public_wording.impact(told).endswith(" Also affected when last measured, at 14:10 UTC: Search and Shop.")


@pytest.mark.parametrize(("ended", "is_told"), [(4, False), (12, True)])
def test_checks_that_failed_and_were_not_made_again_are_not_the_last_that_was_measured_of_it(
    briefing: Briefing, ended: int, is_told: bool
) -> None:
    (stretch,) = measured([("search", 10, 5)])
    refused = stretch.model_copy(update={"kind": "refused", "is_open": True})
    told = with_search(briefing, refused)
    errors = stretch.model_copy(update={"until": NOW - ended * MINUTE})
    known = told.ledger.model_copy(update={"damage": [refused, errors], "services": ["checkout", "search"]})
    words = public_wording.impact(told.model_copy(update={"ledger": known}))
    assert ("Also affected when last measured, at 14:20 UTC: Search." in words) is is_told
    assert ("Search was affected, too." in words) is not is_told


def test_what_no_longer_gets_requests_is_not_called_affected_by_that_alone(briefing: Briefing) -> None:
    told = with_search(briefing, lost_traffic("search"))
    assert "Search" not in public_wording.impact(told)
    found = told.ledger.model_copy(update={"services": ["checkout", "search"]})
    last = " Also affected when last measured, at 14:30 UTC: Search."
    assert public_wording.impact(told.model_copy(update={"ledger": found})).endswith(last)


def test_another_service_that_is_down_by_a_look_of_these_minutes_is_told_where_the_alerted_one_was_not_hit(
    briefing: Briefing,
) -> None:
    alone = {"services": ["search"], "error_rates": {"search": 1.0}, "down": ["search"], "error_rate": 0.0}
    (ended,) = measured([("search", 12, 9)])
    told = failing(with_search(briefing, ended), **alone)
    assert public_wording.impact(told) == "We are checking whether Checkout is affected. Search is not available."
    over = {"status": "Monitoring", "fixed_at": NOW - 12 * MINUTE, "is_vouched": True}
    assert public_wording.impact(told.model_copy(update=over)).endswith(
        " are checking. Nearly all requests to Search fail."
    )


def test_another_service_is_told_by_the_newest_of_its_readings_and_looks(briefing: Briefing) -> None:
    (stretch,) = measured([("search", 20, 9)])
    rates = {"checkout": 0.4, "search": 0.3}
    old = {"scope_at": NOW - 9 * MINUTE}
    for entry in (stretch.model_copy(update={"is_open": True}), stretch.model_copy(update={"kind": "slow"})):
        told = failing(with_search(briefing, entry), services=[*rates], error_rates=rates)
        ledger = Ledger(services=["checkout", "search"], damage=[entry])
        words = public_wording.impact(told.model_copy(update={**old, "ledger": ledger}))
        assert words.endswith(
            " last measured at 14:21 UTC, when about two in five requests failed; we are checking it"
            " again. Also affected then: Search."
        )


def test_another_service_that_failed_at_an_earlier_look_stays_told_to_the_end(briefing: Briefing) -> None:
    known = Ledger(services=["checkout", "search"], was_abnormal=True, failed_at={"search": NOW - 20 * MINUTE})
    told = with_search(briefing).model_copy(update={"ledger": known})
    over = {"fixed_at": NOW - 9 * MINUTE, "resolved_at": NOW, "scope": WELL}
    for status in ("Identified", "Monitoring", "Resolved"):
        later = told.model_copy(update={"status": status, **(over if status != "Identified" else {})})
        assert public_wording.impact(later).endswith(" Search was affected, too.")
    (stretch,) = measured([("search", 1, 5)])
    still = known.model_copy(update={"damage": [stretch.model_copy(update={"is_open": True})]})
    last = " Also affected when last measured, at 14:29 UTC: Search."
    assert public_wording.impact(told.model_copy(update={"ledger": still})).endswith(last)


def test_another_service_that_is_slow_is_named_where_a_look_found_it_in_trouble(briefing: Briefing) -> None:
    slow = lost_traffic("search").model_copy(update={"kind": "slow", "worst": 4.8})
    told = with_search(briefing, slow)
    assert "Search" not in public_wording.impact(told)
    found = told.ledger.model_copy(update={"services": ["checkout", "search"]})
    both = told.model_copy(
        update={"ledger": found, "scope": ILL.model_copy(update={"services": ["checkout", "search"]})}
    )
    assert public_wording.impact(both).endswith(" Also affected: Search.")


def test_another_service_is_affected_in_the_present_only_where_the_newest_look_found_it_in_trouble(
    briefing: Briefing,
) -> None:
    (stretch,) = measured([("search", 1, 9)])
    told = with_search(briefing, stretch.model_copy(update={"is_open": True}))
    both = ILL.model_copy(update={"services": ["checkout", "search"], "error_rates": {"search": 0.3}})
    found = told.model_copy(update={"scope": both, "scope_at": NOW - 2 * MINUTE})
    assert public_wording.impact(found).endswith(" Also affected: Search.")
    alone = told.model_copy(update={"scope_at": NOW - 2 * MINUTE})
    last = " Also affected when last measured, at 14:29 UTC: Search."
    assert public_wording.impact(alone).endswith(last)
    act = Act(at=NOW - MINUTE, action="restart", service="checkout", cause=None, component="", cite="0b")
    changed = found.ledger.model_copy(update={"acts": [act]})
    assert public_wording.impact(found.model_copy(update={"ledger": changed})).endswith(last)


def test_others_that_were_last_measured_at_several_times_are_told_in_one_sentence(briefing: Briefing) -> None:
    entries = [one.model_copy(update={"is_open": True}) for one in measured([("search", 12, 5), ("shop", 20, 5)])]
    told = with_search(briefing, *entries)
    words = public_wording.impact(told)
    assert words.endswith(" Also affected when last measured: Shop (at 14:10 UTC) and Search (at 14:18 UTC).")
    assert words.count("affected") == 1


SAME_TIME = ", as last measured at the same time"


@pytest.mark.parametrize(("looked", "when", "same"), [(3, "", ""), (4, ", as last measured at 14:26 UTC", SAME_TIME)])
def test_what_a_look_of_some_minutes_ago_found_of_other_services_is_told_with_its_time(
    briefing: Briefing, looked: int, when: str, same: str
) -> None:
    at_the_look = {"status": "Identified", "scope_at": NOW - looked * MINUTE}
    rates = {"search": 0.9, "shop": 1.0}
    alone = {"services": [*rates], "error_rates": rates, "error_rate": 0.0, "down": ["shop"]}
    (stretch,) = measured([("search", 1, 9)])
    told = with_search(briefing, stretch.model_copy(update={"is_open": True})).model_copy(update=at_the_look)
    told_alone = public_wording.impact(told.model_copy(update={"scope": ILL.model_copy(update=alone)}))
    shares = f"Shop is not available{when}. About nine in ten requests to Search fail{same}."
    assert told_alone == f"We are checking whether Checkout is affected. {shares}"
    both = {"services": ["checkout", *rates], "error_rates": {"checkout": 0.4, **rates}, "down": ["shop"]}
    beside = public_wording.impact(told.model_copy(update={"scope": ILL.model_copy(update=both)}))
    search = "Also affected when last measured, at 14:29 UTC: Search." if when else "Also affected: Search."
    fail = f"About two in five requests to Checkout fail{when}."
    assert beside == f"{fail} Shop is not available{same}. {search}"


def test_no_share_is_told_of_a_name_under_which_several_services_fail(briefing: Briefing) -> None:
    told = with_search(briefing)
    both = {**told.catalogue.services, "search-pages": told.catalogue.services["search"]}
    told = told.model_copy(update={"catalogue": told.catalogue.model_copy(update={"services": both})})
    alone = {"services": ["search"], "error_rates": {"search": 0.9}, "error_rate": 0.0}
    assert public_wording.impact(failing(told, **alone)).endswith(" About nine in ten requests to Search fail.")
    rates = {"search": 0.9, "search-pages": 0.03}
    several = {"services": [*rates], "error_rates": rates, "error_rate": 0.0}
    assert public_wording.impact(failing(told, **several)).endswith(" Also affected: Search.")
