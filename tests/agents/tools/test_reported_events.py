"""Which lines of a system's events are changes, of which kind, and when they happened."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tools.reported_events import SKEW, change_in, kind_of

NOW = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        ("flag new-basket on for 20 % of visitors", "flag"),
        ("flag plans-by-device from 10 % to 50 %", "flag"),
        ("certificate between vault-api and vault-db renewed", "certificate"),
        ("password of role reporting rotated", "secret"),
        ("signing key replaced", "secret"),
        ("migration 0413: index on versions(document_id), concurrently", "migration"),
        ("replicas from 12 to 6", "scaling"),
        ("2.4.1 deployed", "release"),
        ("deployment rolled back: readiness probe failed", "release"),
        ("idle timeout of the load balancer from 300 s to 60 s", "configuration"),
        ("upload in parallel, from 4 to 8", "configuration"),
        ("minor version upgraded in the maintenance window", "maintenance"),
        ("worker-3 restarted by hand", "operator"),
        ("price list loaded by merchandising", "other"),
        ("pool.max_open 40 -> 12 per worker", "configuration"),
        ("flag two-step to 40 %", "flag"),
        ("lifecycle of bucket exports: expire after 30 d", "configuration"),
        ("edge rule: keep /assets for 12 h", "configuration"),
        ("0417 split_names finished, 88 201 rows", "migration"),
        ("pt-online-schema-change of orders: cut-over", "migration"),
        ("base image rebuilt", "maintenance"),
        ("host of shop-2 paused for a live migration (3 s)", "maintenance"),
        ("diagnosis script run on all routers", "maintenance"),
        ("planned switchover db-3 -> db-4 finished", "operator"),
        ("automatic failover: db-2 lost its lease, db-1 is primary", "operator"),
        ("wrapping key turned to generation 4", "secret"),
        ("wildcard renewed by acme-bot, chain of one block", "certificate"),
        ("log rotation changed from daily to hourly", "configuration"),
    ],
)
def test_what_somebody_did_is_a_change_of_its_kind(says: str, kind: str) -> None:
    assert kind_of(says) == kind


@pytest.mark.parametrize(
    "says",
    [
        "image garbage collection freed 2.1 GiB",
        "log rotation finished",
        "checkout-7d9: BackOff: Back-off restarting failed container",
        "checkout-7d9: Unhealthy: Readiness probe failed: connection refused",
        "checkout-7d9: FailedMount: secret tls-checkout not found",
        "the certificate of checkout expired",
        "node-4 stopped reporting its state",
        "Planned maintenance on Tuesday from 01:30 to 04:30 UTC",
        "evictions above 40 per second",
        "nightly backup of orders finished",
        "autovacuum of table orders",
        "weekly capacity mail: 81 %",
        "restart: shop-1 was started again",
        "shop-7d9: Killing: Stopping container shop",
        "New hardware will be put in on Monday at noon",
    ],
)
def test_a_sign_of_a_fault_a_plan_and_routine_are_no_change(says: str) -> None:
    assert kind_of(says) is None


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("02:31", NOW.replace(hour=2, minute=31)),
        ("02:31:05", NOW.replace(hour=2, minute=31, second=5)),
        ("02:31 UTC", NOW.replace(hour=2, minute=31)),
        ("2026-02-27 14:00:00 UTC", datetime(2026, 2, 27, 14, 0, tzinfo=UTC)),
        ("23:10", NOW.replace(day=2, hour=23, minute=10)),
        ("2026-02-27 14:00", datetime(2026, 2, 27, 14, 0, tzinfo=UTC)),
        ("2026-03-03T04:31:00+02:00", NOW.replace(hour=2, minute=31)),
        ("2026-03-03T02:31:00Z", NOW.replace(hour=2, minute=31)),
    ],
)
def test_a_time_without_its_date_is_the_last_such_time(stamp: str, at: datetime) -> None:
    event = change_in(f"{stamp} limit of open files from 1024 to 4096", NOW)
    assert event
    assert (event.at, event.says) == (at, "limit of open files from 1024 to 4096")
    assert (event.old, event.new) == ("1024", "4096")


@pytest.mark.parametrize("line", ["certificate renewed", "25:99 certificate renewed", "2026-03-09 12:00 deployed 2"])
def test_without_a_time_that_has_come_there_is_no_change(line: str) -> None:
    assert change_in(line, NOW) is None


def test_a_migration_that_went_wrong_is_a_change_that_failed() -> None:
    event = change_in("02:31 migration 12 failed", NOW)
    assert event
    assert event.has_failed


@given(st.text(max_size=200), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds have no zone
def test_any_line_is_read_and_no_change_lies_ahead(line: str, now: datetime) -> None:
    for text in (line, f"12:00 {line} deployed"):
        event = change_in(text, now)
        assert event is None or event.at <= now + SKEW


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("19:00 key AB12 created, CD34 to be revoked at 02:00", NOW.replace(hour=2)),
        ("2026-03-01 19:00 password replaced, the old one ends at 2026-03-03 01:30", NOW.replace(hour=1, minute=30)),
        ("02:10 password replaced, the old one ends at 04:00", NOW.replace(hour=2, minute=10)),
        ("02:10 password replaced, the old one ends at 29:00", NOW.replace(hour=2, minute=10)),
        ("02:10 certificate expires at 02:40", NOW.replace(hour=2, minute=40)),
    ],
)
def test_a_change_counts_from_the_time_that_it_names_once_that_has_come(line: str, at: datetime) -> None:
    event = change_in(line, NOW)
    assert event
    assert event.at == at


def test_a_setting_before_and_after_is_read_in_either_spelling() -> None:
    events = [change_in(f"02:00 pool {change}", NOW) for change in ("from 96 to 24", "96 -> 24 per pod", "96 => 24")]
    assert [(event.old, event.new) for event in events if event] == [("96", "24")] * 3
