"""Where an incident stands when it is escalated: who owns it, what it waits for, what it costs."""

from agents.rules.writing import public_wording
from agents.rules.writing.wording import amount, lasting, minutes, share, short
from agents.runtime.briefing import Briefing


def owner_of(briefing: Briefing, service: str) -> str:
    """The owner by the catalogue, or who stands in where it lists none."""
    listed = briefing.catalogue.services.get(service)
    return listed.owner if listed and listed.owner else f"the owner of {service} (the catalogue lists none)"


def in_question(briefing: Briefing) -> str:
    """The service of ours whose people can do something: the component, or the caller of a provider."""
    conclusion = briefing.conclusion
    component = (conclusion.component if conclusion else None) or briefing.service
    listed = briefing.catalogue.services.get(component)
    if listed is None or listed.kind != "provider":
        return component
    hypotheses = conclusion.hypotheses if conclusion else []
    return next((h.service for h in hypotheses if h.component == component and h.service), briefing.service)


def waiting_for(briefing: Briefing) -> str:
    """What holds the incident up, in one sentence."""
    if briefing.status in ("Monitoring", "Resolved"):
        measured = "A person says that it is over" if briefing.is_vouched else "Recovery is verified"
        return f"{measured}; the watch is on."
    if briefing.proposal is not None and briefing.proposal.action and briefing.acted_at is None:
        return f"It waits for a decision: {short(briefing.proposal.summary)}"
    tried = [a for a in briefing.attempts if a.outcome in ("did not help", "failed")]
    if tried:
        return f"{len(tried)} mitigation(s) did not help, the last being {tried[-1].proposal.action}."
    refused = [a for a in briefing.attempts if a.outcome in ("refused", "expired")]
    if refused:
        return f"A proposed {refused[-1].proposal.action} was {refused[-1].outcome}: {short(refused[-1].said)}"
    cause = public_wording.concluded(briefing)
    if cause is not None and briefing.conclusion is not None:
        return f"The cause is concluded ({cause}, {briefing.conclusion.component}); the remedy is under way."
    return "No cause is concluded yet."


def revenue_against_limit(briefing: Briefing) -> tuple[str, list[str]]:
    """The estimate with its arithmetic against the set amount, and what has to be asked for."""
    asks = [] if briefing.revenue_limit is not None else ["Which amount is the limit for ESC-5? None is set."]
    services = briefing.scope.services if briefing.scope else []
    listed = {
        n: briefing.catalogue.services[n].revenue_per_minute for n in services if n in briefing.catalogue.services
    }
    rate, currency = sum(listed.values()), public_wording.currency(briefing)
    if briefing.revenue_lost is None or not rate:
        asks.append(f"What does {briefing.service} earn per minute? The catalogue has no figure.")
        return "The revenue lost is not known.", asks
    limit = (
        f"the set amount is {amount(briefing.revenue_limit, currency)}"
        if briefing.revenue_limit
        else "no amount is set"
    )
    part = briefing.scope.users_share if briefing.scope and briefing.scope.users_share is not None else None
    part = briefing.scope.error_rate if part is None and briefing.scope else part
    sum_ = f"{amount(rate, currency)} per minute"
    sum_ += f" x {share(part)} of users" if part is not None else ""
    whole = f"{sum_} x {minutes(briefing.elapsed, briefing.minute)} minutes"
    lost = f"{amount(briefing.revenue_lost, currency)} lost in {lasting(briefing.elapsed, briefing.minute)}"
    return f"Estimated {lost} ({whole}); {limit}.", asks
