"""Stock LangGraph with its own PostgreSQL saver, as a measure for ours: a chain of nodes that each add a line."""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# Four rules are off because langgraph's own annotations break them.

import asyncio
import operator
import statistics
import time
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypedDict

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import START, StateGraph

Durability = Literal["sync", "async"]
STEPS = (4, 16, 64)
"""Nodes of the chain: each is a superstep, and leaves a checkpoint."""
TIMES = 5
LINE = "checkout answers 500 to one request in eight since 03:12 UTC " * 4


class Lines(TypedDict):
    lines: Annotated[list[str], operator.add]


async def add_line(state: Lines) -> Lines:
    """Do what a node does that is instantly done."""
    return {"lines": [f"{len(state['lines'])} {LINE}"]}


def chain(steps: int) -> StateGraph[Any, Any, Any, Any]:
    """A graph of so many nodes, one after the other."""
    graph: StateGraph[Any, Any, Any, Any] = StateGraph(Lines)
    before = START
    for number in range(steps):
        graph.add_node(f"step {number}", add_line)
        graph.add_edge(before, f"step {number}")
        before = f"step {number}"
    return graph


async def measure(url: str, steps: int, durability: Durability, round_trips: Callable[[], int]) -> dict[str, float]:
    """Milliseconds and round trips of a superstep, from runs of so many of them."""
    async with AsyncPostgresSaver.from_conn_string(url) as saver:
        await saver.setup()
        graph: Any = chain(steps).compile(checkpointer=saver)
        took, trips = list[float](), 0
        for number in range(TIMES + 1):
            config = {"configurable": {"thread_id": f"stock/{steps}/{durability}/{number}"}, "recursion_limit": 1_000}
            asked, begun = round_trips(), time.perf_counter()
            done = await graph.ainvoke({"lines": []}, config, durability=durability)
            took.append(time.perf_counter() - begun)
            trips = round_trips() - asked
            assert len(done["lines"]) == steps
    return {
        "superstep_ms": round(1000 * statistics.median(took[1:]) / steps, 2),
        "superstep_round_trips": round(trips / steps, 1),
    }


def stock(url: str, round_trips: Callable[[], int] = lambda: 0) -> dict[str, dict[str, float]]:
    """Each length of the chain, as durable as Warroom's graph ("sync") and as LangGraph is by itself ("async")."""
    durabilities: tuple[Durability, ...] = ("sync", "async")
    return {
        f"{steps} supersteps, {durability}": asyncio.run(measure(url, steps, durability, round_trips))
        for steps in STEPS
        for durability in durabilities
    }
