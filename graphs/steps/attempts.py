"""Attempts: changes that were tried and did not help, or that people did not allow."""

from typing import Any

from agents.runtime.briefing import Attempt
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import Update
from graphs.transcript.event import Event

BACK = "s2_investigate"
"""Where a run goes on after an attempt that did not fix it."""


def failed(node: NodeContext, outcome: str, said: str, shown: Event, by: str = "") -> Update:
    """Write down that the open change was not made or did not help; the run goes back with what was learned.

    `said` is what the tool, the check or the person said, `shown` the event that shows it.
    """
    node.write("attempt", {"attempt": _attempt(node, outcome, said, shown), "by": by})
    counts = outcome in ("failed", "did not help")
    return {"passed": False, "failures": node.state.get("failures", 0) + int(counts)}


def _attempt(node: NodeContext, outcome: str, said: str, shown: Event) -> dict[str, Any]:
    conclusion, proposal = node.facts.conclusion, node.facts.proposal
    assert conclusion
    assert proposal
    return Attempt.model_validate(
        {
            "cause": conclusion.cause or "",
            "component": conclusion.component or "",
            "proposal": proposal,
            "outcome": outcome,
            "said": said,
            "at": shown.at,
            "cites": [shown.ref],
        }
    ).model_dump(mode="json")
