"""PostgreSQL, too, finds the rows of every query by an index, however much is kept."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from graphs.store.postgres import PostgresDatabase, queries
from tests.graphs.store.test_queries import ONCE_AT_THE_START, STOPS_AT_ITS_LIMIT

GOES_THROUGH = {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"}
IN_ORDER = {**STOPS_AT_ITS_LIMIT, "earliest_wakeup": "wakeups_by_time"}
"""Query -> the index through which it goes in the order of its answer, until it has enough."""
SELDOM = {*ONCE_AT_THE_START, "latest_event", "runs_nothing_will_wake"}
"""At the start, by the doctor, and for the metrics, which look for open runs among all that wait for something."""
AS_IF_LARGE = "SET enable_seqscan = off; SET enable_mergejoin = off; SET enable_hashjoin = off"
"""Of small tables the server reads everything, whatever indexes there are."""
HOT = (
    *("add_event", "event_under_key", "events_after", "events_with_prefix", "kinds_after", "model_answers_since"),
    *("add_wakeup", "due_wakeups_of", "question", "alarm", "run_exists", "open_run_ids"),
    "published_runs",
)
"""Asked for every event, turn and alert, every second, or by anybody outside."""
MANY = """
INSERT INTO runs (id, received_at, alert, dedup_key, is_open)
SELECT 'run ' || n, '2026-03-03T00:00:00', '{}', 'key ' || n, (n % 100 = 0)::INT FROM generate_series(1, 2000) AS n;
INSERT INTO events (run, seq, at, kind, lane, role, duty, rows, payload, event_key, ref)
SELECT 'run ' || n / 20, n % 20, '2026-03-03T00:00:00', 'note', 'main', '', '', '[]', '{}', 'key ' || n, 'ref ' || n
FROM generate_series(20, 40000) AS n;
INSERT INTO wakeups (wakeup_key, run, lane, reason, not_before)
SELECT 'key ' || n, 'run ' || n, 'main', '', '2026-03-03T00:00:00' FROM generate_series(1, 2000) AS n;
ANALYZE runs, events, wakeups
"""
FILLED = {"runs", "events", "wakeups"}
"""How the server reads an empty table says nothing; test_queries.py looks at all of them, on SQLite."""


@pytest.fixture
def database(postgres: str) -> Iterator[PostgresDatabase]:
    with closing(PostgresDatabase(postgres)) as database:
        yield database


def plan(database: PostgresDatabase, sql: str) -> dict[str, Any]:
    """How the server would answer a query, whatever its parameters are, where it keeps very much."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
    numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", sql).replace("%%", "%")
    asking: Any = f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {numbered}"
    row = database.connection.execute(asking).fetchone()
    assert row
    return row["QUERY PLAN"][0]["Plan"]


def whole_indexes(database: PostgresDatabase) -> set[str]:
    """Indexes of all rows of a table; to go through any other is to go through a query's answer."""
    rows = database.connection.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()")
    return {row["indexname"] for row in rows if " WHERE " not in row["indexdef"]}


def scans(node: dict[str, Any], table: str = "") -> Iterator[tuple[str, str]]:
    """The tables that a plan goes through from end to end, and by which index."""
    table = node.get("Relation Name", table)
    if node["Node Type"] in GOES_THROUGH and "Index Cond" not in node:
        yield table, node.get("Index Name", "")
    for under in node.get("Plans", []):
        yield from scans(under, table)


def test_no_query_goes_through_a_whole_table(database: PostgresDatabase) -> None:
    database.connection.execute(f"{MANY}; {AS_IF_LARGE}")
    whole = whole_indexes(database) | {""}
    for name, sql in queries().items():
        through = {
            (table, index)
            for table, index in scans(plan(database, sql))
            if table in FILLED and index in whole and index != IN_ORDER.get(name)
        }
        assert not through or name in SELDOM, f"{name}: {through}"


def test_a_whole_table_would_be_noticed(database: PostgresDatabase) -> None:
    database.connection.execute(AS_IF_LARGE)
    found = plan(database, "SELECT * FROM events WHERE payload = %(text)s")
    assert list(scans(found)) == [("events", "")]


def test_what_is_asked_for_every_event_finds_its_rows_among_many(database: PostgresDatabase) -> None:
    database.connection.execute(MANY)
    for name in HOT:
        through = {table for table, index in scans(plan(database, queries()[name])) if not index}
        assert not through & FILLED, name
