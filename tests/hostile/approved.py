"""Approved: what was shown, approved and done in a run has to be one and the same change."""

from collections.abc import Iterable, Iterator

from agents.tools.change import CHANGES, Change, UnfitChange
from graphs.transcript.event import Event


def beyond_approval(events: Iterable[Event]) -> Iterator[str]:
    """Every decision and act of a transcript that is not, to the parameter, what was shown and approved."""
    shown: set[str] = set()
    approved: dict[str, str] = {}
    for event in events:
        told = event.payload
        if event.kind == "question":
            shown.add(told["question"]["digest"])
        if event.kind == "decision" and told["decision"] == "approved":
            approved[event.key] = digest = Change.of(told["proposal"]).digest
            if told["digest"] != digest:
                yield f"{event.key} approves another change than its proposal"
            if told["by"] != "policy" and digest not in shown:
                yield f"{event.key} approves what was not shown"
        if event.kind in ("intent", "result") and told["port"] in CHANGES:
            digest = _digest(event)
            if not digest or not digest == told["digest"] == approved.get(told["approval"]):
                yield f"{event.kind} of an unapproved act: {told['port']} {told['arguments']}"


def _digest(event: Event) -> str:
    try:
        return Change.called(event.payload["port"], event.payload["arguments"]).digest
    except UnfitChange:
        return ""
