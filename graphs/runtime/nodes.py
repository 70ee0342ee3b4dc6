"""The graph of a workflow under construction: its nodes, its waits, and the ways between them."""
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# Two rules are off because langgraph's own annotations break them.

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

from langgraph.errors import GraphBubbleUp
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from graphs.model.questions import Pause
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.node_context import NodeContext
from graphs.transcript.events import reference

Update = dict[str, Any]
Body = Callable[[NodeContext], Awaitable[Update]]
Router = Callable[[Any], Any]
BEGIN, FINISH = START, END
TAKE_INSTRUCTION = "take_instruction"
"""Where every wait of the main workflow leads when there is an instruction for the run."""
STEP = "in the step "
"""What a note on an exception begins with that names the step in which it was raised."""
Ended = Mapping[str, Any]
"""What ended a wait: {"ended_by": "time" | "answer" | "news" | "instruction", "answer": {...}}."""


class GraphBuilder:
    """The graph of a workflow under construction."""

    def __init__(self, lane: str, state: type[Any]) -> None:
        self.lane = lane
        self.waits: list[str] = []
        self.graph: StateGraph[Any, Dependencies, Any, Any] = StateGraph(state, context_schema=Dependencies)

    def node(self, name: str, body: Body, joins: bool = False) -> str:
        """Add a node; one that `joins` runs when every branch before it has ended."""
        lane = self.lane

        async def node(state: dict[str, Any], runtime: Runtime[Dependencies]) -> Update:
            await runtime.context.precedence.give_way()
            number = state.get("visits", {}).get(name, 0) + 1
            here = NodeContext(runtime.context, state, lane, name, number)
            try:
                update = await body(here)
            except GraphBubbleUp:
                raise
            except Exception as error:
                error.add_note(f"{STEP}{here.occurrence}")
                raise
            return {**update, "visits": {name: number}}

        running: Any = node  # langgraph types the state of a node more narrowly than it is
        self.graph.add_node(name, running, defer=joins)
        return name

    def wait(
        self, name: str, pause: Callable[[NodeContext], Pause], then: Callable[[NodeContext, Ended], Update]
    ) -> str:
        """Add a node that only waits; `then` gives the state's update from what ended the wait."""

        async def body(node: NodeContext) -> Update:
            ended = interrupt(pause(node).model_dump(mode="json"))
            if ended["ended_by"] == "instruction":
                taken = node.state.get("instructions_taken", 0) + 1
                return {"instruction": ended["instruction"], "instructions_taken": taken, "waiting_at": name}
            return {**then(node, ended), "instruction": None}

        self.waits.append(name)
        return self.node(name, body, joins=True)

    def edge(self, before: str, after: str) -> None:
        if before in self.waits and self.lane == "main":
            return self.branch(before, lambda _: after, [after])
        self.graph.add_edge(before, after)

    def branch(self, before: str, router: Router, targets: Sequence[str]) -> None:
        """Go where the router says: one name or several at once."""

        interruptible = before in self.waits and self.lane == "main"

        async def route(state: dict[str, Any]) -> Hashable | list[Hashable]:
            return TAKE_INSTRUCTION if interruptible and state["instruction"] else router(state)

        self.graph.add_conditional_edges(before, route, [*targets, *([TAKE_INSTRUCTION] if interruptible else [])])

    def fork(self, before: str, key: Callable[[Any], bool], yes: str, no: str) -> None:
        """Go one of two ways."""
        self.branch(before, lambda state: yes if key(state) else no, (yes, no))


def question_id(node: NodeContext) -> str:
    """The id of the question that a visit asks."""
    return f"q-{reference(node.occurrence)}"


def sleep_until(node: NodeContext, until: datetime, why: str) -> Pause:
    """A wait that only time ends."""
    return Pause(occurrence=node.occurrence, why=why, until=until)


def timed(node: NodeContext, ended: Ended, why: str) -> None:
    """Write down that a wait is over."""
    node.write("timer", {"why": why, "ended_by": ended["ended_by"]})
