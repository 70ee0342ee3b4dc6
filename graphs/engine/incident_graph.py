"""The graphs of the four workflows, with a drawing of the main one: the five steps, and what goes on beside them."""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from graphs.background import communication, escalation, reassessment
from graphs.engine.checkpointer import checkpointer_on
from graphs.model.state import BackgroundState, State
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.nodes import BEGIN, TAKE_INSTRUCTION, GraphBuilder
from graphs.steps import investigation, mitigation, post_mortem, take_instruction, triage, verification
from graphs.transcript.facts import STEPS

# Two rules are off because langgraph's own annotations break them.


def incident() -> GraphBuilder:
    """The main workflow: detect and triage, investigate, mitigate, verify, learn."""
    builder = GraphBuilder("main", State)
    builder.edge(BEGIN, "s1_acknowledge")
    triage.add_to(builder)
    investigation.add_to(builder)
    mitigation.add_to(builder)
    verification.add_to(builder)
    post_mortem.add_to(builder)
    take_instruction.add_to(builder)
    return builder


def communication_workflow() -> GraphBuilder:
    """In the background: the status page every 15 minutes, and the executive briefs."""
    builder = GraphBuilder("communication", BackgroundState)
    communication.add_to(builder)
    return builder


def escalation_workflow() -> GraphBuilder:
    """In the background: the escalation matrix."""
    builder = GraphBuilder("escalation", BackgroundState)
    escalation.add_to(builder)
    return builder


def reassessment_workflow() -> GraphBuilder:
    """In the background: the scope is looked at again."""
    builder = GraphBuilder(reassessment.LANE, BackgroundState)
    reassessment.add_to(builder)
    return builder


WORKFLOWS = {
    "main": incident,
    "communication": communication_workflow,
    "escalation": escalation_workflow,
    reassessment.LANE: reassessment_workflow,
}


@cache
def compiled(lane: str) -> Any:
    """A workflow's graph, ready to run; `copy(update={"checkpointer": ...})` lets it keep its state."""
    return WORKFLOWS[lane]().graph.compile()


def graph() -> Any:
    """The main workflow's graph, for LangGraph's own tools."""
    return compiled("main")


# Two rules are off because langgraph's own annotations break them.


FOLDED = re.compile(r"_(propose|decide|check_again|carry_out|ask_whether_done|again_later)$")
"""The nodes of a gated change are drawn as one; so are a check and the wait before it is made again."""
DRAWN_BEGIN, END = "__start__", "__end__"
WORDS = {DRAWN_BEGIN: "alert", END: "closed"}
MARK = "classDef current fill:#ffd54a,stroke:#7a5b00,color:#1a1400,stroke-width:3px"


class Drawn(NamedTuple):
    """What is left of a graph when the nodes that belong together are folded."""

    nodes: list[str]
    edges: list[tuple[str, str, bool]]
    """From, to, and whether the way is one of several."""


async def current_nodes(deps: Dependencies, run: str, lane: str = "main") -> list[str]:
    """The nodes of a workflow that run or wait; before the first and after the last of them, the two ends."""
    graph = compiled(lane).copy(update={"checkpointer": checkpointer_on(deps.store.database)})
    snapshot = await graph.aget_state({"configurable": {"thread_id": f"{run}/{lane}"}})
    if not snapshot.created_at:
        return [DRAWN_BEGIN]
    return [task.name for task in snapshot.tasks] or [END]


def draw(current: Collection[str] = ()) -> str:
    """Draw the runbook, step by step."""
    return mermaid(folded(compiled("main").builder), {fold(name) for name in current})


@cache
def drawn(lane: str = "main") -> Drawn:
    """What is drawn of a workflow; the main one is the runbook's five steps."""
    return folded(compiled(lane).builder)


def words(name: str) -> str:
    """What stands in a node."""
    return WORDS.get(name) or _words(name, drawn())


def step_of(name: str) -> int:
    """The step that a node belongs to; 0 for the two ends."""
    return _step(name)


def fold(node: str) -> str:
    """The name under which a node is drawn."""
    return FOLDED.sub("", node)


def folded(builder: Any) -> Drawn:
    """Fold the nodes and edges that a graph was compiled from; a node keeps no edge to itself.

    An instruction may end any wait and lead anywhere: these ways are left out.

    LangGraph's own drawing guesses the edges of deferred nodes wrongly; the builder knows them.
    """
    nodes = [name for name in dict.fromkeys([DRAWN_BEGIN, *map(fold, builder.nodes), END]) if name != TAKE_INSTRUCTION]
    ways: dict[tuple[str, str], bool] = {}
    for before, after, choice in _ways(builder):
        ways[fold(before), fold(after)] = ways.get((fold(before), fold(after)), False) or choice
    edges = [(*way, choice) for way, choice in ways.items() if way[0] != way[1] and TAKE_INSTRUCTION not in way]
    return Drawn(nodes, sorted(edges, key=lambda edge: (nodes.index(edge[0]), nodes.index(edge[1]))))


def _ways(builder: Any) -> Iterator[tuple[str, str, bool]]:
    yield from ((before, after, False) for before, after in builder.edges)
    for before, branches in builder.branches.items():
        for branch in branches.values():
            yield from ((before, after, True) for after in branch.ends.values())


def mermaid(drawn: Drawn, current: Collection[str] = ()) -> str:
    """Write it as a Mermaid flowchart: a box per step, solid lines for the only way, dotted ones for a choice."""
    lines = ["flowchart TD", *(f"    {_node(name, drawn, current)}" for name in drawn.nodes if not _step(name))]
    for number, step in enumerate(STEPS, 1):
        inside = [name for name in drawn.nodes if _step(name) == number]
        lines += _box(number, step, (_node(name, drawn, current) for name in inside)) if inside else []
    lines += [f"    {before} {'-.->' if choice else '-->'} {after}" for before, after, choice in drawn.edges]
    return "\n".join([*lines, f"    {MARK}"]) + "\n"


def _box(number: int, step: str, nodes: Iterable[str]) -> list[str]:
    return [f'    subgraph step{number}["{number} {step}"]', *(f"        {node}" for node in nodes), "    end"]


def _node(name: str, drawn: Drawn, current: Collection[str]) -> str:
    words = WORDS.get(name) or _words(name, drawn)
    shape = f'{name}(["{words}"])' if name in WORDS else f'{name}["{words}"]'
    return f"{shape}:::current" if name in current else shape


def _words(name: str, drawn: Drawn) -> str:
    """What stands in a node: its name without the step, and without the branch that it belongs to."""
    branch = next((other for other in drawn.nodes if name.startswith(f"{other}_") and _step(other) == 3), "")
    return re.sub(r"^s\d_", "", name.removeprefix(f"{branch}_")).replace("_", " ")


def _step(name: str) -> int:
    """The step a node belongs to, from its name; 0 for the two ends."""
    return int(name[1]) if re.match(r"s\d_", name) else 0
