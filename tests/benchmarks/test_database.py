"""The benchmark of the database does what it says it measures; how long things take is not asserted here."""

from contextlib import closing
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from graphs.store.store import Store

pytest.importorskip("psycopg", reason="warroom[postgres] is not installed")
from tests.benchmarks import database, stock

pytestmark = pytest.mark.sqlite


def counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that the store is asked from now on."""
    asked: list[str] = []
    real = store.database.one

    def one(query: str, **values: Any) -> Any:
        asked.append(query)
        return real(query, **values)

    monkeypatch.setattr(store.database, "one", one)
    return asked


def test_the_costs_are_those_of_alerts_events_and_turns_that_were_really_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Store()) as store:
        asked = counted(store, monkeypatch)
        found = database.costs(store, lambda: asked.count("add_event"))
        runs = store.runs.newest(100)
        waiting = store.questions.waiting().number
    assert (found["alert_round_trips"], found["event_round_trips"]) == (1, 1)
    assert found["turn_round_trips"] == found["turn_events"] > 13
    assert (len(runs), waiting) == (database.TURNS, database.TURNS - 1)  # one run is for the single events


def test_a_whole_run_is_played_to_its_end() -> None:
    with closing(Store()) as store:
        found = database.whole_run(store)
        (run,) = store.runs.newest(2)
        events = store.events.after(run, 0)
    assert (events[-1].kind, found["run_events"]) == ("closed", len(events))


async def test_the_stock_graph_goes_through_each_of_its_nodes_once() -> None:
    saver = InMemorySaver()
    chain: Any = stock.chain(4)
    graph = chain.compile(checkpointer=saver)
    config: Any = {"configurable": {"thread_id": "one"}}
    done = await graph.ainvoke({"lines": []}, config)
    assert [line.split()[0] for line in done["lines"]] == ["0", "1", "2", "3"]
    assert len(list(saver.list(config))) == 4 + 2  # one of what went in, one before the first node
