"""The ledger only grows, and the impact is the union of all damage of the services in trouble."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.ledger import Damage, Ledger

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def damage(since: float, until: float, service: str = "shop", **more: object) -> Damage:
    told = {"service": service, "kind": "errors", "since": NOON + minutes(since), "until": NOON + minutes(until)}
    return Damage.model_validate({**told, "is_open": False, **more})


def stretch(since: int, length: int, service: str, kind: str, is_open: bool) -> Damage:
    return damage(since, since + length, service, kind=kind, is_open=is_open)


STRETCHES = st.lists(
    st.builds(
        stretch,
        st.integers(0, 200),
        st.integers(0, 40),
        st.sampled_from(["shop", "payments"]),
        st.sampled_from(["errors", "slow", "refused"]),
        st.booleans(),
    ),
    max_size=12,
)


def covered(ledger: Ledger) -> set[tuple[str, str, int]]:
    """Every minute of damage, by service and kind."""
    return {
        (entry.service, entry.kind, minute)
        for entry in ledger.damage
        for minute in range(300)
        if entry.since <= NOON + minutes(minute) <= entry.until
    }


@given(STRETCHES, STRETCHES)
def test_no_later_damage_takes_a_minute_of_it_away(before: list[Damage], after: list[Damage]) -> None:
    first = Ledger(services=["shop", "payments"]).with_damage(before)
    assert covered(first) <= covered(first.with_damage(after))


@given(STRETCHES)
def test_the_impact_is_no_shorter_than_any_stretch_and_no_longer_than_from_first_to_last(seen: list[Damage]) -> None:
    ledger = Ledger(services=["shop", "payments"]).with_damage(seen)
    impact, hurt = ledger.impact(NOON), ledger.hurt(NOON)
    assert (impact is None) == (not hurt)
    if impact is not None:
        assert impact >= max(entry.until - entry.since for entry in hurt)
        assert impact <= max(entry.until for entry in hurt) - min(entry.since for entry in hurt)


def test_stretches_that_touch_are_one_and_the_newer_one_says_whether_it_goes_on() -> None:
    ledger = Ledger().with_damage([damage(0, 5, is_open=True, worst=0.3, cites=["a"])])
    ledger = ledger.with_damage([damage(3, 9, worst=0.2, cites=["b"])])
    (whole,) = ledger.damage
    assert (whole.since, whole.until, whole.is_open) == (NOON, NOON + minutes(9), False)
    assert (whole.worst, whole.cites) == (0.3, ["a", "b"])


def test_pauses_in_between_are_no_impact() -> None:
    ledger = Ledger(services=["shop"]).with_damage([damage(0, 4), damage(20, 26)])
    assert ledger.impact(NOON) == minutes(10)


def test_two_services_at_once_are_counted_once() -> None:
    ledger = Ledger(services=["shop", "payments"]).with_damage([damage(0, 10), damage(5, 12, "payments")])
    assert ledger.impact(NOON) == minutes(12)


def test_damage_elsewhere_or_long_before_is_none_of_this_incident() -> None:
    seen = [damage(0, 10, "search"), damage(-300, -200)]
    ledger = Ledger(services=["shop"]).with_damage(seen)
    assert ledger.impact(NOON) is None
    assert len(ledger.damage) == 2


def test_damage_just_before_the_alert_belongs_to_it() -> None:
    ledger = Ledger(services=["shop"]).with_damage([damage(-8, -1)])
    assert ledger.first_damage(NOON) == NOON - minutes(8)
    assert NOON - minutes(1) + 2 * Ledger().gap >= NOON


def test_damage_is_joined_by_the_minutes_of_the_run() -> None:
    pause = [damage(0, 10), damage(14, 20)]
    assert len(Ledger().with_damage(pause).damage) == 1
    assert len(Ledger(minute=timedelta(seconds=3)).with_damage(pause).damage) == 2
