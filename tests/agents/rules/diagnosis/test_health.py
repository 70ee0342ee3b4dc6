"""Health of a database: what its figures say it has run out of, and what its system writes where no figure does."""

from typing import Any

import pytest

from agents.readings.production import DatabaseHealth
from agents.rules.diagnosis.health import exhausted, is_blocked


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
