"""What a node knows while it is visited, and the briefing that a role is given of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agents.io.catalogue import Catalogue
from agents.reports.post_mortem import TimelineEntry
from agents.reports.triage import Scope
from agents.runtime.briefing import Briefing
from graphs.model.severity import required_floor
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
    return {"scope": scope, "scope_ref": ref, "scope_at": seen.at if seen and scope else None}


LOSSES = frozenset({"revenue_lost", "updates_sent", "last_update_words"})
"""What was lost, how often users were informed and of what: for duties that report, not repair."""
SET_BY_PEOPLE = frozenset({"revenue_limit", "awareness_at"})
"""What people set for the escalation matrix while the run goes on; without it, the limit of the settings holds."""
EVIDENCE = frozenset(
    {"floor", "acknowledgement", "relevant_developer", "findings", "candidate_version", "fix_confirmation"}
    | {"regression", "post_mortem"}
)
"""What the main workflow works from; duties that report on the incident are given its conclusion."""
SAME = Briefing.model_fields.keys() & Facts.model_fields.keys() - {"attempts", "history"}
"""Fields that mean the same in both."""


def briefing_of(
    facts: Facts,
    deps: Dependencies,
    now: datetime,
    history: Sequence[TimelineEntry] = (),
    without: frozenset[str] = frozenset(),
) -> Briefing:
    """A duty's briefing: all that the facts say, `without` the fields that the duty has no use for.

    `history` is the part of the history that the duty is given.
    """
    floor = required_floor(facts.scope, facts.service, facts.alert_received, deps.catalogue) if facts.scope else None
    whole = Briefing.model_validate(
        {
            **{name: getattr(facts, name) for name in SAME},
            "run": facts.id,
            "now": now,
            "minute": facts.minute,
            "catalogue": deps.catalogue,
            "floor": floor,
            "status": facts.public_status,
            "findings": facts.findings,
            "attempts": facts.binding_attempts,
            "history": history,
            "revenue_lost": revenue_lost(facts, deps.catalogue, now),
        }
    )
    left_out = {name: Briefing.model_fields[name].get_default(call_default_factory=True) for name in without}
    if "revenue_limit" in without:
        left_out["revenue_limit"] = deps.revenue_limit
    return whole.model_copy(update=left_out)


def revenue_rate(scope: Scope | None, catalogue: Catalogue) -> float | None:
    """Revenue lost per minute: of the services in trouble, the share that their users cannot bring; None: not known."""
    if scope is None or not scope.abnormal:
        return 0.0
    share = next((s for s in (scope.users_share, scope.error_rate) if s is not None), None)
    listed = [catalogue.services[name] for name in scope.services if name in catalogue.services]
    whole = sum(service.revenue_per_minute for service in listed)
    return share * whole if share is not None and whole else None


def revenue_lost(facts: Facts, catalogue: Catalogue, now: datetime) -> float | None:
    """An estimate of the revenue lost; None where a figure of it is not known.

    While it goes on: what is lost by the newest look, for as long as the incident's clock has run. Afterwards, at most:
    the worst look, for as long as users were measured to be hurt.
    """
    if facts.newest_scope is None or facts.started_at is None:
        return None
    if not facts.ledger.was_abnormal:
        return 0.0
    if facts.newest_scope.abnormal and facts.fixed_at is None:
        rate = revenue_rate(facts.newest_scope, catalogue)
        return None if rate is None else round(rate * max(0.0, (now - facts.started_at) / facts.minute), 2)
    return facts.ledger.most_revenue_lost(facts.detected_at, catalogue)
