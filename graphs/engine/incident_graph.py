"""The whole runbook, a table of contents."""
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# Two rules are off because langgraph's own annotations break them.

from functools import cache
from typing import Any

from graphs.background import communication, escalation, reassessment
from graphs.model.state import BackgroundState, State
from graphs.runtime.nodes import BEGIN, GraphBuilder
from graphs.steps import investigation, mitigation, post_mortem, take_instruction, triage, verification


def incident() -> GraphBuilder:
    """The main lane: detect and triage, investigate, mitigate, verify, learn."""
    builder = GraphBuilder("main", State)
    builder.edge(BEGIN, "s1_acknowledge")
    triage.add_to(builder)
    investigation.add_to(builder)
    mitigation.add_to(builder)
    verification.add_to(builder)
    post_mortem.add_to(builder)
    take_instruction.add_to(builder)
    return builder


def lane_of_communication() -> GraphBuilder:
    """Beside it: the status page every 15 minutes, and the executive briefs."""
    builder = GraphBuilder("communication", BackgroundState)
    communication.add_to(builder)
    return builder


def lane_of_escalation() -> GraphBuilder:
    """Beside it: the escalation matrix."""
    builder = GraphBuilder("escalation", BackgroundState)
    escalation.add_to(builder)
    return builder


def lane_of_reassessment() -> GraphBuilder:
    """Beside it: the scope, looked at again."""
    builder = GraphBuilder(reassessment.LANE, BackgroundState)
    reassessment.add_to(builder)
    return builder


LANES = {
    "main": incident,
    "communication": lane_of_communication,
    "escalation": lane_of_escalation,
    reassessment.LANE: lane_of_reassessment,
}


@cache
def compiled(lane: str) -> Any:
    """A lane's graph, ready to run; `copy(update={"checkpointer": ...})` gives it a memory."""
    return LANES[lane]().graph.compile()


def graph() -> Any:
    """The main lane's graph, as LangGraph's own tools want it."""
    return compiled("main")
