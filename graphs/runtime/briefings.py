"""Briefings: what a role is given at the start of a duty, from the facts of its run."""

from collections.abc import Sequence
from datetime import datetime

from agents.io.catalogue import Catalogue
from agents.reports.post_mortem import TimelineEntry
from agents.reports.triage import Scope
from agents.runtime.briefing import Briefing
from graphs.model.severity import required_floor
from graphs.runtime.dependencies import Dependencies
from graphs.transcript.facts import Facts

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
            "revenue_lost": revenue_lost(facts, deps.catalogue, facts.fixed_at or now),
        }
    )
    left_out = {name: Briefing.model_fields[name].get_default(call_default_factory=True) for name in without}
    if "revenue_limit" in without:
        left_out["revenue_limit"] = deps.revenue_limit
    return whole.model_copy(update=left_out)


def revenue_rate(scope: Scope | None, catalogue: Catalogue) -> float:
    """Revenue lost per minute: of the services in trouble, the share that their users cannot bring."""
    if scope is None or not scope.abnormal:
        return 0.0
    share = next((s for s in (scope.users_share, scope.error_rate) if s is not None), 0.0)
    listed = [catalogue.services[name] for name in scope.services if name in catalogue.services]
    return share * sum(service.revenue_per_minute for service in listed)


def revenue_lost(facts: Facts, catalogue: Catalogue, until: datetime) -> float | None:
    """Revenue lost since the incident's clock started; None where the scope is not known."""
    if facts.newest_scope is None or facts.started_at is None:
        return None
    minutes = max(0.0, (until - facts.started_at) / facts.minute)
    return round(revenue_rate(facts.newest_scope, catalogue) * minutes, 2)
