"""Attempts: mitigations that were tried, or were not allowed to be."""

from typing import Any

from agents.runtime.briefing import Attempt
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import Update
from graphs.transcript.event import Event

BACK = "s2_investigate"
"""Where a run goes with what it learned from an attempt that did not fix it."""


def failed(node: NodeContext, outcome: str, said: str, shown: Event, by: str = "") -> Update:
    """Write down that a mitigation did not come about or did not help, and go back with what was learned."""
    attempt = _attempt(node, outcome, said, shown)
    node.write("attempt", {"attempt": attempt, "by": by})
    counts = outcome in ("failed", "did not help")
    return {"attempts": [attempt], "passed": False, "failures": node.state.get("failures", 0) + int(counts)}


def _attempt(node: NodeContext, outcome: str, said: str, shown: Event) -> dict[str, Any]:
    conclusion = node.state["conclusion"]
    return Attempt.model_validate(
        {
            "cause": conclusion["cause"] or "",
            "component": conclusion["component"] or "",
            "proposal": node.state["proposal"],
            "outcome": outcome,
            "said": said,
            "at": shown.at,
            "cites": [shown.ref],
        }
    ).model_dump(mode="json")
