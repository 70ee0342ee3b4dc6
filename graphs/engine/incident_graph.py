"""The graphs of the four workflows: the runbook's five steps, and what goes on in the background beside them."""
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# Two rules are off because langgraph's own annotations break them.

from functools import cache
from typing import Any

from graphs.background import communication, escalation, reassessment
from graphs.model.state import BackgroundState, State
from graphs.runtime.nodes import BEGIN, GraphBuilder
from graphs.steps import investigation, mitigation, post_mortem, take_instruction, triage, verification


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
