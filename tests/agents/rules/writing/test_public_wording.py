"""Public wording: nothing works again that was not measured to, after it last failed."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.reports.basis import Claim
from agents.reports.mitigation import Proposal
from agents.reports.triage import Scope
from agents.rules.writing import last_look, public_wording
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.ledger import Act, Confirmed, Damage, DataFinding, Ledger, Relapse, Statement
from agents.runtime.outgoing_reports import unfit
from tests.agents.conftest import NOW

MINUTE = timedelta(minutes=1)
MINUTES_AGO = st.integers(0, 40)
STRETCHES = st.lists(st.tuples(st.sampled_from(["checkout", "shop"]), MINUTES_AGO, st.integers(0, 10)), max_size=4)
WELL = Scope(
    summary="", users_affected=0, users_share=0.0, services=[], data_at_risk="no", abnormal=False, error_rate=0.0
)
ILL = WELL.model_copy(update={"abnormal": True, "error_rate": 0.4, "services": ["checkout"]})


def measured(stretches: list[tuple[str, int, int]]) -> list[Damage]:
    return [
        Damage(
            service=service,
            kind="errors",
            since=NOW - (ago + lasting) * MINUTE,
            until=NOW - ago * MINUTE,
            is_open=False,
            worst=0.4,
        )
        for service, ago, lasting in stretches
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(
    status=st.sampled_from(["Monitoring", "Resolved"]),
    stretches=STRETCHES,
    verified=MINUTES_AGO,
    look=st.tuples(st.sampled_from([WELL, ILL]), MINUTES_AGO),
)
def test_nothing_works_again_without_a_measurement_after_it_last_failed(
    briefing: Briefing, status: str, stretches: list[tuple[str, int, int]], verified: int, look: tuple[Scope, int]
) -> None:
    scope, looked = look
    ledger = Ledger(services=["checkout"], was_abnormal=True, damage=measured(stretches))
    told = briefing.model_copy(
        update={
            "status": status,
            "now": NOW,
            "fixed_at": NOW - verified * MINUTE,
            "resolved_at": NOW,
            "scope": scope,
            "scope_at": NOW - looked * MINUTE,
            "ledger": ledger,
        }
    )
    words = public_wording.impact(told)
    last = max((e.until for e in ledger.damage if e.service == "checkout"), default=None)
    measured_well = max(NOW - verified * MINUTE, NOW - looked * MINUTE if scope is WELL else NOW - 99 * MINUTE)
    if "works again" in words or "works as usual" in words:
        assert last is None or last <= measured_well
    elif "worked again when we last measured it" in words:
        assert status == "Monitoring"
        assert measured_well < NOW - last_look.FRESH_FOR * MINUTE
    elif not public_wording.was_unnoticed(told):
        assert (scope is ILL and looked <= verified) or (last is not None and last > NOW - verified * MINUTE)


def failing(briefing: Briefing, **scope: object) -> Briefing:
    looked = ILL.model_copy(update=scope)
    return briefing.model_copy(update={"now": NOW, "scope": looked, "scope_at": NOW, "ledger": Ledger(services=[])})


def test_users_are_told_of_the_service_they_know_and_not_of_the_figures_of_another(briefing: Briefing) -> None:
    store = {"services": ["orders-db", "checkout"], "error_rates": {"checkout": 1.0}, "down": ["checkout"]}
    told = failing(briefing, **store, error_rate=0.0).model_copy(
        update={"service": "orders-db", "ledger": Ledger(services=["checkout"])}
    )
    assert public_wording.impact(told) == "Checkout is not available."
    assert last_look.seen(told).error_rate == 1.0


def test_a_service_that_customers_have_no_name_for_is_told_of_in_plain_english(briefing: Briefing) -> None:
    store = {"services": ["orders-db"], "completely_down": True, "down": ["orders-db"]}
    told = failing(briefing, **store).model_copy(update={"service": "orders-db"})
    assert public_wording.impact(told) == "One of our services is not available."


@pytest.mark.parametrize(("looked", "when"), [(3, ""), (4, ", as last measured at 14:26 UTC")])
def test_trouble_of_more_than_a_look_ago_is_told_with_the_time_of_its_measurement(
    briefing: Briefing, looked: int, when: str
) -> None:
    told = failing(briefing).model_copy(update={"scope_at": NOW - looked * MINUTE})
    assert public_wording.impact(told) == f"About two in five requests to Checkout fail{when}."
    (stretch,) = measured([("checkout", 1, 9)])
    for newer in ({"newest": 0.03}, {"kind": "slow", "worst": 2.0}, {"kind": "refused", "worst": 1.0}):
        later = Ledger(services=["checkout"], damage=[stretch.model_copy(update={"is_open": True, **newer})])
        words = public_wording.impact(told.model_copy(update={"ledger": later}))
        assert words == f"About two in five requests to Checkout fail{when}."


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("slow", "Checkout is slower than usual"),
        ("lost traffic", "Most of the usual requests no longer reach Checkout"),
    ],
)
@pytest.mark.parametrize(
    ("looked", "read", "when"),
    [
        (2, 1, ""),
        (2, 5, ", as last measured at 14:25 UTC"),
        (5, 1, ", as last measured at 14:29 UTC"),
        (5, 5, ", as last measured at 14:25 UTC"),
    ],
)
def test_trouble_that_a_reading_shows_is_told_without_its_time_only_beside_a_look_of_these_minutes(
    briefing: Briefing, kind: str, words: str, looked: int, read: int, when: str
) -> None:
    (stretch,) = measured([("checkout", read, 9)])
    entry = stretch.model_copy(update={"kind": kind, "is_open": True, "worst": 0.0})
    told = unusual(briefing, damage=[entry]).model_copy(update={"scope_at": NOW - looked * MINUTE})
    assert public_wording.impact(told) == f"{words}{when}."


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.97, "Nearly all requests to Checkout fail."),
        (0.88, "About nine in ten requests to Checkout fail."),
        (0.72, "About three quarters of the requests to Checkout fail."),
        (0.66, "About two thirds of the requests to Checkout fail."),
        (0.62, "About three in five requests to Checkout fail."),
        (0.53, "About half of the requests to Checkout fail."),
        (0.31, "About a third of the requests to Checkout fail."),
        (0.24, "About a quarter of the requests to Checkout fail."),
        (0.18, "About one in five requests to Checkout fail."),
        (0.1, "About one in ten requests to Checkout fail."),
        (0.03, "Some requests to Checkout fail."),
    ],
)
def test_users_read_a_share_of_requests_in_plain_english(briefing: Briefing, rate: float, words: str) -> None:
    assert public_wording.impact(failing(briefing, error_rate=rate)) == words


@pytest.mark.parametrize(("ratio", "is_slow"), [(1.3, True), (1.0, False), (None, False)])
def test_requests_may_still_be_slow_only_where_they_were_measured_to_be(
    briefing: Briefing, ratio: float | None, is_slow: bool
) -> None:
    scope = WELL.model_copy(update={"latency_ratio": ratio})
    over = {"status": "Monitoring", "fixed_at": NOW, "now": NOW, "scope": scope, "scope_at": NOW}
    told = briefing.model_copy(update={**over, "ledger": Ledger(services=["checkout"], was_abnormal=True)})
    words = public_wording.impact(told)
    assert words.startswith("Checkout works again; ")
    assert ("slow" in words) == is_slow


def done(action: str, **more: object) -> Ledger:
    act = Act(at=NOW, action=action, service="checkout", cause="infrastructure", component="checkout", cite="0b")
    return Ledger(services=["checkout"], acts=[act]).model_copy(update=more)


def test_a_substitute_is_not_called_as_usual(briefing: Briefing) -> None:
    over = {"status": "Resolved", "fixed_at": NOW, "resolved_at": NOW, "scope": ILL, "scope_at": NOW - 9 * MINUTE}
    told = briefing.model_copy(update={**over, "ledger": done("fallback", was_abnormal=True)})
    assert public_wording.impact(told).startswith("Checkout works with a substitute.")
    both = done("fallback", was_abnormal=True, acts=[*done("fallback").acts, *done("restart").acts])
    assert public_wording.impact(told.model_copy(update={"ledger": both})).startswith("Checkout works with a sub")
    said = Statement(
        at=NOW, by="ada", words="I put the old configuration back", is_over=True, is_by_hand=True, cite="0c"
    )
    by_hand = done("fallback", was_abnormal=True, statements=[said])
    assert public_wording.impact(told.model_copy(update={"ledger": by_hand})).startswith("Checkout works with a sub")
    ended = said.model_copy(update={"words": "I switched the fallback off again"})
    plain = told.model_copy(update={"ledger": by_hand.model_copy(update={"statements": [ended]})})
    assert public_wording.impact(plain).startswith("Checkout works as usual.")
    plain = told.model_copy(update={"ledger": done("restart", was_abnormal=True)})
    assert public_wording.impact(plain).startswith("Checkout works as usual.")


def with_search(briefing: Briefing, *damage: Damage) -> Briefing:
    services = dict(briefing.catalogue.services)
    services["search"] = services["checkout"].model_copy(update={"public_name": "Search"})
    wide = briefing.model_copy(update={"catalogue": briefing.catalogue.model_copy(update={"services": services})})
    return failing(wide).model_copy(update={"ledger": Ledger(damage=list(damage), services=["checkout"])})


@pytest.mark.parametrize("is_open", [True, False])
def test_trouble_is_told_by_when_it_was_last_measured_whether_or_not_it_was_seen_to_end(
    briefing: Briefing, is_open: bool
) -> None:
    (stretch,) = measured([("checkout", 9, 5)])
    entry = stretch.model_copy(update={"is_open": is_open})
    told = with_search(briefing, entry).model_copy(update={"scope_at": NOW - 20 * MINUTE})
    assert "Trouble with Checkout was last measured at 14:21 UTC" in public_wording.impact(told)
    calm = told.model_copy(update={"scope": WELL})
    assert "Trouble with Checkout was last measured at 14:21 UTC" in public_wording.impact(calm)


UNUSUAL = ILL.model_copy(update={"error_rate": 0.0, "latency_ratio": 1.0})
NO_EFFECT = "No effect on its users has been measured."


def lost_traffic(service: str) -> Damage:
    since = NOW - 2 * MINUTE
    return Damage(service=service, kind="lost traffic", since=since, until=NOW, is_open=True, worst=0.0)


def unusual(briefing: Briefing, scope: Scope = UNUSUAL, **learned: Any) -> Briefing:
    ledger = Ledger(services=["checkout"], was_abnormal=True).model_copy(update=learned)
    return briefing.model_copy(update={"now": NOW, "scope": scope, "scope_at": NOW, "ledger": ledger})


@pytest.mark.parametrize(
    "learned",
    [
        {"users_affected": 126, "users_share": 0.55},
        {"users_affected": 3, "users_share": 0.001},
        {"damage": measured([("checkout", 20, 5)])},
        {"damage": measured([("search", 20, 5)])},
        {"damage": [lost_traffic("checkout")]},
        {"data": DataFinding(is_lost=False, is_breach_suspected=False, words="2 integrity errors", cite="0a")},
    ],
)
def test_what_was_measured_or_counted_before_is_not_denied_by_the_newest_look(
    briefing: Briefing, learned: dict[str, Any]
) -> None:
    assert public_wording.impact(unusual(briefing)).endswith(NO_EFFECT)
    assert NO_EFFECT not in public_wording.impact(unusual(briefing, **learned))


def test_traffic_that_has_fallen_is_an_effect(briefing: Briefing) -> None:
    fallen = Claim(text="checkout: traffic 7.2/s (usually 20/s) since 14:28 UTC", cites=["0a"])
    scope = UNUSUAL.model_copy(update={"claims": [fallen]})
    assert NO_EFFECT not in public_wording.impact(unusual(briefing, scope))
    told = public_wording.impact(unusual(briefing, damage=[lost_traffic("checkout")]))
    assert told == "Most of the usual requests no longer reach Checkout."


WELL_THEN = "At 14:30 UTC no trouble with Checkout was measured; we are checking it again."


def test_what_was_measured_well_after_it_last_failed_is_not_told_as_trouble(briefing: Briefing) -> None:
    ledger = {"damage": measured([("checkout", 3, 5)])}
    told = unusual(briefing, WELL, **ledger).model_copy(update={"status": "Identified"})
    assert public_wording.impact(told) == WELL_THEN
    trouble = "Trouble with Checkout was last measured at 14:27 UTC; we are checking it again."
    before = told.model_copy(update={"scope_at": NOW - 4 * MINUTE})
    assert public_wording.impact(before) == trouble
    proof = Confirmed(at=NOW, cause="infrastructure", component="checkout", cite="0c")
    verified = before.ledger.model_copy(update={"confirmed": [proof]})
    assert public_wording.impact(before.model_copy(update={"ledger": verified})) == WELL_THEN
    (stretch,) = measured([("checkout", 1, 5)])
    still = told.ledger.with_damage([stretch.model_copy(update={"is_open": True})])
    assert "no trouble" not in public_wording.impact(told.model_copy(update={"ledger": still}))
    assert public_wording.impact(told.model_copy(update={"status": "Investigating"})) == WELL_THEN
    relapsed = told.ledger.model_copy(update={"relapses": [Relapse(at=NOW)]})
    again = {"status": "Investigating", "ledger": relapsed, "scope_at": NOW - MINUTE}
    assert public_wording.impact(told.model_copy(update=again)) == trouble
    proposal = Proposal(action="restart", service="checkout", summary="")
    failed = Attempt(cause="infrastructure", component="checkout", proposal=proposal, outcome="did not help", at=NOW)
    later = {"attempts": [failed], "scope_at": NOW - MINUTE}
    assert public_wording.impact(told.model_copy(update=later)) == trouble


def test_the_newest_look_is_told_with_its_own_time_however_old_it_is_and_whatever_else_fails(
    briefing: Briefing,
) -> None:
    told = with_search(briefing, *measured([("checkout", 15, 5)])).model_copy(
        update={"status": "Investigating", "scope": WELL, "scope_at": NOW - 9 * MINUTE}
    )
    well = "At 14:21 UTC no trouble with Checkout was measured; we are checking it again."
    assert public_wording.impact(told) == well
    beside = WELL.model_copy(update={"abnormal": True, "services": ["search"], "error_rates": {"search": 0.4}})
    (search,) = measured([("search", 1, 9)])
    ledger = told.ledger.with_damage([search.model_copy(update={"is_open": True})])
    assert (
        public_wording.impact(told.model_copy(update={"scope": beside, "ledger": ledger}))
        == f"{well} Affected when last measured, at 14:29 UTC: Search."
    )
    unread = beside.model_copy(update={"error_rate": None})
    trouble = "Trouble with Checkout was last measured at 14:15 UTC; we are checking it again."
    beside_it = " Also affected when last measured, at 14:21 UTC: Search."
    assert public_wording.impact(told.model_copy(update={"scope": unread})) == trouble + beside_it
    for doubt in ({"data_at_risk": "yes"}, {"error_rate": None}, {"error_rate": 0.03}):
        doubtful = told.model_copy(update={"scope": beside.model_copy(update=doubt), "ledger": ledger})
        assert "no trouble" not in public_wording.impact(doubtful)


def test_what_failed_during_the_watch_is_not_told_as_trouble_after_an_older_look_that_found_none(
    briefing: Briefing,
) -> None:
    ledger = Ledger(services=["checkout"], was_abnormal=True, damage=measured([("checkout", 20, 3)]))
    told = unusual(briefing, WELL).model_copy(
        update={"status": "Monitoring", "fixed_at": NOW - 28 * MINUTE, "ledger": ledger}
    )
    for looked, words in (
        (9, "Checkout works again; we are watching it."),
        (21, "Trouble with Checkout was measured again at 14:10 UTC; we are checking it."),
    ):
        assert public_wording.impact(told.model_copy(update={"scope_at": NOW - looked * MINUTE})).startswith(words)


@pytest.mark.parametrize("who", ["Product pages", "Issues and wikis"])
def test_a_name_that_may_be_a_plural_is_told_with_a_word_that_a_singular_verb_fits(
    briefing: Briefing, who: str
) -> None:
    services = {**briefing.catalogue.services}
    services["checkout"] = services["checkout"].model_copy(update={"public_name": who})
    wide = briefing.model_copy(update={"catalogue": briefing.catalogue.model_copy(update={"services": services})})
    assert public_wording.impact(failing(wide, completely_down=True)) == f"The {who} service is not available."
    assert public_wording.impact(failing(wide)) == f"About two in five requests to {who} fail."
    over = {"status": "Monitoring", "fixed_at": NOW, "scope": WELL}
    well = unusual(wide).model_copy(update=over)
    assert public_wording.impact(well) == f"The {who} service works again; we are watching it."


def watched(briefing: Briefing, verified: int, seen_well: int | None = None, **more: Any) -> Briefing:
    """A watch of which every later look could measure nothing; minutes ago."""
    unread = WELL.model_copy(update={"error_rate": None})
    well_at = None if seen_well is None else NOW - seen_well * MINUTE
    over = {"status": "Monitoring", "fixed_at": NOW - verified * MINUTE}
    return unusual(briefing, unread, measured_well_at=well_at).model_copy(update={**over, **more})


@pytest.mark.parametrize(
    ("verified", "seen_well", "words"),
    [
        (80, None, "Checkout worked again when we last measured it, at 13:10 UTC; we are checking it again."),
        (80, 20, "Checkout worked again when we last measured it, at 14:10 UTC; we are checking it again."),
        (80, 6, "Checkout works again; we are watching it."),
        (6, None, "Checkout works again; we are watching it."),
    ],
)
def test_what_is_watched_works_again_only_by_a_measurement_of_the_last_minutes(
    briefing: Briefing, verified: int, seen_well: int | None, words: str
) -> None:
    told = watched(briefing, verified, seen_well)
    assert public_wording.impact(told) == words
    assert unfit(words, "Monitoring", briefing.catalogue) == ""


def test_what_people_report_is_told_as_theirs_however_long_nothing_was_measured(briefing: Briefing) -> None:
    told = public_wording.impact(watched(briefing, 80, is_vouched=True))
    assert told == "Checkout should work again, our team reports; we are checking."


@pytest.mark.parametrize(
    ("kind", "worst", "words"),
    [
        ("lost traffic", 0.0, "Most of the usual requests no longer reach Checkout"),
        ("refused", 1.0, "Our own checks of Checkout fail"),
        ("refused", 0.5, "Some users may notice that Checkout does not work as usual"),
    ],
)
def test_what_keeps_users_out_is_told_as_it_was_measured_before_and_during_the_watch(
    briefing: Briefing, kind: Any, worst: float, words: str
) -> None:
    entry = lost_traffic("checkout").model_copy(update={"kind": kind, "worst": worst})
    told = unusual(briefing, damage=[entry])
    assert public_wording.impact(told) == f"{words}."
    over = {"status": "Monitoring", "fixed_at": NOW - 5 * MINUTE}
    assert public_wording.impact(told.model_copy(update=over)) == f"{words}; we are checking it."
