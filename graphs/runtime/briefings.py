"""Cases: the briefing of a duty, from the state of the main lane or from the facts that a lane read."""

from datetime import datetime
from typing import Any

from agents.io.catalogue import Catalogue
from agents.reports.triage import Scope
from agents.runtime.briefing import Briefing
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.node_context import NodeContext
from graphs.transcript.facts import Facts

FROM_STATE = frozenset(Briefing.model_fields)


def from_state(node: NodeContext) -> Briefing:
    """The main lane's case. Facts that the state does not hold are left at their defaults."""
    held = {name: value for name, value in node.state.items() if name in FROM_STATE and value is not None}
    directed = node.state.get("directed_at", "")
    held["attempts"] = [a for a in node.state["attempts"] if a["outcome"] != "refused" or a["at"] > directed]
    told: dict[str, Any] = {
        "now": node.deps.clock.now(),
        "catalogue": node.deps.catalogue,
        "revenue_limit": node.deps.revenue_limit,
    }
    told["notes"] = known_at_start(node).notes
    return Briefing.model_validate({**held, **told})


def with_history(node: NodeContext) -> Briefing:
    """The main lane's case with all that happened so far, for the post-mortem."""
    facts = known_at_start(node)
    briefing = from_state(node)
    lost = revenue_lost(facts, node.deps.catalogue, briefing.fixed_at or briefing.now)
    return briefing.model_copy(
        update={"history": list(facts.history), "revenue_lost": lost, "updates_sent": facts.updates_sent}
    )


def known_at_start(node: NodeContext) -> Facts:
    """What the transcript said when the visit's duty began: the same where the node runs again."""
    begun = node.find(f"{node.occurrence}/started")
    return node.deps.facts(node.run, begun.seq, "again") if begun else node.deps.facts(node.run)


def from_facts(facts: Facts, deps: Dependencies, now: datetime) -> Briefing:
    """A lane's case, from what it read in the transcript when it woke, at `now`."""
    assert facts.alert
    assert facts.started_at
    return Briefing(
        run=facts.id,
        now=now,
        started_at=facts.started_at,
        alert=facts.alert,
        service=facts.service,
        catalogue=deps.catalogue,
        severity=facts.severity,
        status=facts.public_status,
        scope=facts.scope,
        scope_ref=facts.scope_ref,
        conclusion=facts.conclusion,
        conclusion_ref=facts.conclusion_ref,
        attempts=facts.attempts,
        proposal=facts.proposal,
        acted_at=facts.acted_at,
        fixed_at=facts.fixed_at,
        resolved_at=facts.resolved_at,
        revenue_limit=facts.revenue_limit,
        revenue_lost=revenue_lost(facts, deps.catalogue, facts.fixed_at or now),
        awareness_at=facts.awareness_at,
        history=[line for line in facts.history if facts.last_update_at is None or line.at > facts.last_update_at],
        updates_sent=facts.updates_sent,
        notes=facts.notes,
    )


def revenue_rate(scope: Scope | None, catalogue: Catalogue) -> float:
    """Revenue lost per minute: of the services in trouble, the share that their users cannot bring."""
    if scope is None or not scope.abnormal:
        return 0.0
    share = next((s for s in (scope.users_share, scope.error_rate) if s is not None), 0.0)
    listed = [catalogue.services[name] for name in scope.services if name in catalogue.services]
    return share * sum(service.revenue_per_minute for service in listed)


def revenue_lost(facts: Facts, catalogue: Catalogue, until: datetime) -> float | None:
    """Revenue lost since the incident's clock started; None where the scope is not known."""
    if facts.scope is None or facts.started_at is None:
        return None
    minutes = max(0.0, (until - facts.started_at) / facts.minute)
    return round(revenue_rate(facts.scope, catalogue) * minutes, 2)
