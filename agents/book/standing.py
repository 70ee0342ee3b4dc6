"""Where an incident stands when it is escalated: who owns it, what it waits for, what it costs."""

from agents.book import plain_words
from agents.book.wording import amount, lasting, minutes, share, short
from agents.briefing import Briefing


def owner_of(case: Briefing, service: str) -> str:
    """The owner by the catalogue, or who stands in where it lists none."""
    listed = case.catalogue.services.get(service)
    return listed.owner if listed and listed.owner else f"the owner of {service} (the catalogue lists none)"


def in_question(case: Briefing) -> str:
    """The service of ours whose people can do something: the component, or the caller of a provider."""
    conclusion = case.conclusion
    component = (conclusion.component if conclusion else None) or case.service
    listed = case.catalogue.services.get(component)
    if listed is None or listed.kind != "provider":
        return component
    hypotheses = conclusion.hypotheses if conclusion else []
    return next((h.service for h in hypotheses if h.component == component and h.service), case.service)


def waiting_for(case: Briefing) -> str:
    """What holds the incident up, in one sentence."""
    if case.status in ("Monitoring", "Resolved"):
        return "Recovery is verified; the watch is on."
    if case.proposal is not None and case.proposal.action and case.acted_at is None:
        return f"It waits for a decision: {short(case.proposal.summary)}"
    tried = [a for a in case.attempts if a.outcome in ("did not help", "failed")]
    if tried:
        return f"{len(tried)} mitigation(s) did not help, the last being {tried[-1].proposal.action}."
    refused = [a for a in case.attempts if a.outcome in ("refused", "expired")]
    if refused:
        return f"A proposed {refused[-1].proposal.action} was {refused[-1].outcome}: {short(refused[-1].said)}"
    cause = plain_words.concluded(case)
    if cause is not None and case.conclusion is not None:
        return f"The cause is concluded ({cause}, {case.conclusion.component}); the remedy is under way."
    return "No cause is concluded yet."


def revenue_against_limit(case: Briefing) -> tuple[str, list[str]]:
    """The estimate with its arithmetic against the set amount, and what has to be asked for."""
    asks = [] if case.revenue_limit is not None else ["Which amount is the limit for ESC-5? None is set."]
    services = case.scope.services if case.scope else []
    listed = {n: case.catalogue.services[n].revenue_per_minute for n in services if n in case.catalogue.services}
    rate, currency = sum(listed.values()), plain_words.currency(case)
    if case.revenue_lost is None or not rate:
        asks.append(f"What does {case.service} earn per minute? The catalogue has no figure.")
        return "The revenue lost is not known.", asks
    limit = f"the set amount is {amount(case.revenue_limit, currency)}" if case.revenue_limit else "no amount is set"
    part = case.scope.users_share if case.scope and case.scope.users_share is not None else None
    part = case.scope.error_rate if part is None and case.scope else part
    sum_ = f"{amount(rate, currency)} per minute"
    sum_ += f" x {share(part)} of users" if part is not None else ""
    whole = f"{sum_} x {minutes(case.elapsed)} minutes"
    return f"Estimated {amount(case.revenue_lost, currency)} lost in {lasting(case.elapsed)} ({whole}); {limit}.", asks
