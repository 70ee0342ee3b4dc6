"""The whole runbook, a table of contents."""
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# Two rules are off because langgraph's own annotations break them.

from functools import cache
from typing import Any

from graphs import (
    communication,
    escalation,
    people,
    reassessment,
    step1_triage,
    step2_investigation,
    step3_mitigation,
    step4_verification,
    step5_post_mortem,
)
from graphs.nodes import BEGIN, Chart
from graphs.state import LaneState, State


def incident() -> Chart:
    """The main lane: detect and triage, investigate, mitigate, verify, learn."""
    chart = Chart("main", State)
    chart.edge(BEGIN, "s1_acknowledge")
    step1_triage.add_to(chart)
    step2_investigation.add_to(chart)
    step3_mitigation.add_to(chart)
    step4_verification.add_to(chart)
    step5_post_mortem.add_to(chart)
    people.add_to(chart)
    return chart


def lane_of_communication() -> Chart:
    """Beside it: the status page every 15 minutes, and the executive briefs."""
    chart = Chart("communication", LaneState)
    communication.add_to(chart)
    return chart


def lane_of_escalation() -> Chart:
    """Beside it: the escalation matrix."""
    chart = Chart("escalation", LaneState)
    escalation.add_to(chart)
    return chart


def lane_of_reassessment() -> Chart:
    """Beside it: the scope, looked at again."""
    chart = Chart(reassessment.LANE, LaneState)
    reassessment.add_to(chart)
    return chart


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
