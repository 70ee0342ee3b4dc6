"""Health of a database: what its figures say it has run out of, and what its system writes where no figure does."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.readings.production import DatabaseHealth, InfrastructureState, Machine
from agents.rules.diagnosis.health import exhausted, is_blocked, not_ready


def health(**known: Any) -> DatabaseHealth:
    return DatabaseHealth.model_validate({"service": "orders-db", "database": "orders-db", **known})


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"note": "4 sessions wait for locks"}, ["orders-db says “4 sessions wait for locks”"]),
        ({"note": "no space left on device"}, ["orders-db says “no space left on device”"]),
        ({"note": "no space left on device", "storage_used": 0.4}, []),
        ({"note": "1 session waits for a lock", "waiting_for_locks": 1}, []),
        ({"note": "vacuum ran at noon"}, []),
        ({}, []),
    ],
)
def test_what_its_system_writes_counts_where_no_figure_does(known: dict[str, Any], told: list[str]) -> None:
    assert exhausted(health(**known)) == told


def test_a_queue_for_locks_is_known_by_its_length_or_by_what_is_written() -> None:
    assert is_blocked(health(note="4 sessions wait for locks"))
    assert is_blocked(health(waiting_for_locks=4, longest_transaction_seconds=20))
    assert not is_blocked(health(waiting_for_locks=1, note="1 session waits for a lock"))


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            "it is no longer scraped by Prometheus, its target gone",
            "db-1 is no longer scraped by Prometheus, its target gone since 2026-03-03 02:00 UTC",
        ),
        ("disk failure on the host", "db-1 is not ready since 2026-03-03 02:00 UTC: disk failure on the host"),
        ("", "db-1 is not ready since 2026-03-03 02:00 UTC: no reason given"),
        ("the process is not running", "db-1 does not run (since 2026-03-03 02:00 UTC)"),
    ],
)
def test_what_does_not_run_is_told_in_one_sentence(reason: str, told: str) -> None:
    since = datetime(2026, 3, 3, 2, tzinfo=UTC)
    machine = Machine(name="db-1", ready=False, reason=reason, since=since)
    state = InfrastructureState(
        service="orders-db",
        replicas_wanted=2,
        replicas_ready=2,
        replicas_limit=None,
        restarts_last_hour=0,
        standby=None,
        machines=[machine],
        events=[],
    )
    assert not_ready(state) == [told]


@pytest.mark.parametrize(
    ("ready", "wanted", "told"),
    [
        (0, 1, "no replica of shop is ready"),
        (0, 3, "none of 3 replicas of shop is ready"),
        (1, 3, "1 of 3 replicas of shop is ready"),
        (2, 3, "2 of 3 replicas of shop are ready"),
    ],
)
def test_how_many_replicas_are_ready_is_told_in_plain_words(ready: int, wanted: int, told: str) -> None:
    state: dict[str, Any] = {"replicas_ready": ready, "replicas_wanted": wanted, "replicas_limit": None}
    more: dict[str, Any] = {"restarts_last_hour": 0, "standby": None, "machines": [], "events": []}
    assert not_ready(InfrastructureState(service="shop", **state, **more)) == [told]
