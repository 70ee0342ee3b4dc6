"""Harmed data in the ledger: a total that stands still is no end, an error that is gone is one, growth goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from agents.runtime.ledger import Act, Damage, DataReading, Ledger

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def read(minute: int, **counts: int) -> DataReading:
    return DataReading(at=NOON + timedelta(minutes=minute), service="files", cite=str(minute), **counts)


def ledger(*readings: DataReading, damage: tuple[Damage, ...] = ()) -> Ledger:
    known = Ledger(services=["files"], damage=list(damage))
    for reading in readings:
        known = known.with_data(reading)
    return known


def test_a_total_that_stands_still_shows_neither_that_it_goes_on_nor_that_it_is_over() -> None:
    known = ledger(read(0, records_lost=7), read(20, records_lost=7))
    since = NOON + timedelta(minutes=10)
    assert known.data_going_on(since) == []
    assert known.data_not_seen_to_end(since, NOON) == [
        "data of files: 7 records lost, and a total does not show whether it goes on"
    ]


def test_a_total_that_grows_after_the_change_goes_on() -> None:
    known = ledger(read(0, user_records_exposed=7), read(20, user_records_exposed=7), read(25, user_records_exposed=9))
    assert known.data_going_on(NOON + timedelta(minutes=10)) == ["data of files: 9 user records exposed"]


def test_errors_in_the_data_are_over_only_when_they_are_gone() -> None:
    before, still, more, well = (
        read(0, integrity_errors=9),
        read(20, integrity_errors=4),
        read(25, integrity_errors=6),
        read(30),
    )
    since = NOON + timedelta(minutes=10)
    assert ledger(before, still).data_going_on(since) == []
    assert ledger(before, still).data_not_seen_to_end(since, NOON) == ["data of files: 4 integrity errors, still there"]
    assert ledger(before, still, more).data_going_on(since) == ["data of files: 6 integrity errors"]
    over = ledger(before, still, well)
    assert over.data_going_on(since) == over.data_not_seen_to_end(since, NOON) == []


def test_what_was_not_checked_again_is_not_over() -> None:
    known = ledger(read(0, integrity_errors=9))
    assert "not checked again" in known.data_not_seen_to_end(NOON + timedelta(minutes=10), NOON)[0]


def test_signals_that_showed_the_fault_show_the_end_of_what_only_a_total_counts() -> None:
    failed = Damage(service="files", kind="errors", since=NOON, until=NOON, is_open=False, worst=0.2)
    known = ledger(read(0, records_lost=7), read(20, records_lost=7), damage=(failed,))
    assert known.data_not_seen_to_end(NOON + timedelta(minutes=10), NOON) == []


@pytest.mark.parametrize(("action", "is_unclear"), [("rollback", False), ("by hand", True)])
def test_what_stands_still_after_a_change_on_record_has_ended_and_a_word_alone_is_none(
    action: str, is_unclear: bool
) -> None:
    since = NOON + timedelta(minutes=10)
    act = Act(at=since, action=action, service="files", cause=None, component="files", cite="9")
    known = ledger(read(0, records_lost=7), read(20, records_lost=7)).model_copy(update={"acts": [act]})
    assert bool(known.data_not_seen_to_end(since, NOON)) == is_unclear


def test_data_that_was_never_harmed_is_not_kept() -> None:
    assert ledger(read(0), read(5)).data_readings == []


def test_of_the_same_figures_the_first_and_the_newest_reading_are_kept() -> None:
    known = ledger(*(read(minute, records_lost=7) for minute in range(5)))
    assert [one.cite for one in known.data_readings] == ["0", "4"]


@pytest.mark.parametrize(("requests", "is_shown"), [(0.05, True), (0.004, False)])
def test_a_count_of_users_is_told_of_its_own_where_the_signals_show_far_less(requests: float, is_shown: bool) -> None:
    def stretch(kind: str, worst: float) -> Damage:
        told = {"service": "files", "kind": kind, "since": NOON, "until": NOON, "is_open": True, "worst": worst}
        return Damage.model_validate(told)

    known = Ledger(services=["files"], damage=[stretch("errors", requests), stretch("affected users", 0.1)])
    assert ("affected users" in {entry.kind for entry in known.hurt(NOON)}) is not is_shown
