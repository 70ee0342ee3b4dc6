"""The table of changes: what is kept comes back as it was, in every time zone, by service, kind and time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.readings.history import RecordedChange
from graphs.store.changes import ReportedChange
from graphs.store.store import Store
from tests.graphs.store.test_repositories import TIMES
from tests.graphs.theatre import EPOCH

HOUR = timedelta(hours=1)


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


def saved(store: Store, id: str, at: datetime = EPOCH, reporter: str = "key ci", **told: Any) -> RecordedChange:  # noqa: A002
    fields = {"id": id, "kind": "flag", "service": "checkout", "at": at, "what": "flag on", "source": "ci", **told}
    change = RecordedChange.model_validate(fields)
    store.changes.save(ReportedChange(reporter, change, EPOCH))
    return change


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(at=TIMES, texts=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=6, max_size=6))
def test_a_change_comes_back_as_it_was(store: Store, at: datetime, texts: list[str]) -> None:
    what, by, old, new, environment, link = texts
    told = {"what": what, "by": by, "old": old, "new": new, "environment": environment, "link": link}
    change = saved(store, "one", at, status="rolled back", **told)
    assert store.changes.find("key ci", "one") == [change]
    assert store.changes.of("checkout", at, at) == [ReportedChange("key ci", change, EPOCH)]


def test_under_one_id_of_a_reporter_the_last_word_counts_and_each_reporter_has_ids_of_its_own(store: Store) -> None:
    saved(store, "one", status="running")
    last = saved(store, "one", status="succeeded")
    other = saved(store, "one", reporter="key other")
    assert (store.changes.find("key ci", "one"), store.changes.find("key other", "one")) == ([last], [other])


def test_changes_are_found_by_service_kind_and_time(store: Store) -> None:
    old = saved(store, "old", EPOCH - HOUR)
    new = saved(store, "new")
    elsewhere = saved(store, "elsewhere", EPOCH + HOUR, service="orders-db", kind="migration")
    assert [one.change for one in store.changes.of("checkout", EPOCH - HOUR, EPOCH)] == [old, new]
    assert store.changes.newest(10) == [elsewhere, new, old]
    assert store.changes.newest(10, service="checkout", before=EPOCH) == [old]
    assert store.changes.newest(10, kind="migration") == [elsewhere]
    assert store.changes.newest(1) == [elsewhere]
