"""Every query that is asked often finds its rows by an index, however much is kept."""

import re
from collections.abc import Iterator

import pytest

from graphs.store.database import queries
from graphs.store.store import Store

THROUGH_A_TABLE = re.compile(r"SCAN (?P<table>\w+)(?: USING (?:COVERING )?INDEX (?P<index>\w+))?")
SMALL = {"keys", "outbox"}
"""Tables that hold as much as there are people and senders, or what is delivered within seconds."""
STOPS_AT_ITS_LIMIT = {
    "kept_alerts": "kept_alerts_by_time",
    "newest_changes": "changes_by_time",
    "run_ids": "runs_by_time",
    "runs_before": "runs_by_time",
    "search_ended": "runs_by_time",
}
"""Query -> the index through which it goes in the order of its answer, until it has enough."""
ONCE_AT_THE_START = {"delete_unfinished_pieces"}

pytestmark = pytest.mark.sqlite


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


def partial_indexes(store: Store) -> set[str]:
    """Indexes of only those rows that a query is about: to go through one is to go through its answer."""
    rows = store.database.connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'")
    return {row["name"] for row in rows if " WHERE " in (row["sql"] or "")}


def scans(store: Store, sql: str) -> Iterator[tuple[str, str]]:
    """The tables that SQLite would go through from end to end, and by which index."""
    values = dict.fromkeys(re.findall(r":(\w+)", sql))
    for row in store.database.connection.execute(f"EXPLAIN QUERY PLAN {sql}", values):
        found = THROUGH_A_TABLE.match(row["detail"])
        tables = store.database.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        aliases = {"written": "events", "intent": "events", "failed": "events", "due": "outbox"}
        if found and aliases.get(found["table"], found["table"]) in {row["name"] for row in tables}:
            yield aliases.get(found["table"], found["table"]), found["index"] or ""


@pytest.mark.parametrize("name", sorted(queries()))
def test_no_query_goes_through_a_whole_table(store: Store, name: str) -> None:
    known = partial_indexes(store)
    through = {
        (table, index)
        for table, index in scans(store, queries()[name])
        if table not in SMALL and index not in known and index != STOPS_AT_ITS_LIMIT.get(name)
    }
    assert not through or name in ONCE_AT_THE_START


def test_a_whole_table_would_be_noticed(store: Store) -> None:
    assert list(scans(store, "SELECT * FROM events WHERE payload = :text")) == [("events", "")]
