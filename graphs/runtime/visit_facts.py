"""What the main workflow knows while it visits a node: the same each time that the node runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from agents.reports.triage import Scope
from graphs.runtime.dependencies import Dependencies
from graphs.transcript.event import Event
from graphs.transcript.events import Occurrence, occurrence_of
from graphs.transcript.facts import Facts
from graphs.transcript.projections import take_in

READER = "main"
"""Whose bookmark in the transcript this is."""


def facts_of_visit(deps: Dependencies, state: Mapping[str, Any], visit: Occurrence) -> Facts:
    """The facts of a run at the start of a visit, with those in hand that belong to where the run is.

    A node may run again after a crash, and investigators run side by side. So of the main workflow's own events only
    those of finished visits count, and of all others those before the first event of this visit.
    """
    facts = deps.reader(state["run"], READER)
    ahead = _known_at(visit, deps.transcripts.after(state["run"], facts.seen))
    visits: dict[str, int] = state["visits"]
    settled = 0
    while settled < len(ahead) and _is_finished(ahead[settled], visits):
        take_in(facts, ahead[settled])
        settled += 1
    known = facts.snapshot()
    for event in ahead[settled:]:
        if _is_finished(event, visits):
            take_in(known, event)
    return known.model_copy(update=_in_hand(deps, state, known))


def _known_at(visit: Occurrence, events: Sequence[Event]) -> Sequence[Event]:
    """The events before the first one of a visit; all of them where it has written nothing yet."""
    own = f"{visit.name}/"
    first = next((position for position, event in enumerate(events) if event.key.startswith(own)), len(events))
    return events[:first]


def _is_finished(event: Event, visits: Mapping[str, int]) -> bool:
    """Whether no unfinished visit of the main workflow wrote an event."""
    visit = occurrence_of(event.key)
    return visit is None or visit.lane != READER or visit.number <= visits.get(visit.node, 0)


def _in_hand(deps: Dependencies, state: Mapping[str, Any], known: Facts) -> dict[str, Any]:
    """What the place where the run is takes up or lays aside, though no event says so."""
    return {
        **_scope_in_hand(deps, state, known),
        "proposal": known.last_proposal if state.get("proposal_ref") else None,
        "acted_at": known.changed_at if state.get("acted") else None,
        "fixed_at": known.fixed_at if state.get("recovered") else None,
        "fix_confirmation": known.fix_confirmation if state.get("fix_confirmation_ref") else None,
        "regression": known.regression if state.get("regression_ref") else None,
    }


def _scope_in_hand(deps: Dependencies, state: Mapping[str, Any], known: Facts) -> dict[str, Any]:
    """The scope that the severity was decided on, also where the reassessment has looked since."""
    ref = state.get("scope_ref", "")
    if ref == known.scope_ref:
        return {}
    seen = deps.transcripts.cited(state["run"], ref) if ref else None
    scope = Scope.model_validate(seen.payload["report"]) if seen and seen.is_readable else None
    return {"scope": scope, "scope_ref": ref}
