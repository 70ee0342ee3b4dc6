"""Studio Producer: additional resources, vendors, the business side of a long incident."""

from agents.book import plain_words
from agents.book.standing import in_question, owner_of, revenue_against_limit, waiting_for
from agents.book.wording import lasting, short
from agents.briefing import Briefing
from agents.desk import Desk
from agents.reports import Escalation
from agents.role import duty


@duty()
async def add_resources(case: Briefing, desk: Desk) -> Escalation:
    """Bring in additional resources and escalate to vendors: a P0 is not resolved after 30 minutes. (ESC-1)"""
    lasts = lasting(case.elapsed)
    noticed = plain_words.trouble(case) or f"what users of {case.service} notice is not known"
    actions, asks = _actions(case), ["Who approves changes to production from now on without delay?"]
    if _provider(case):
        asks.append(f"Who calls {_provider(case)}, and under which contract?")
    if plain_words.concluded(case) is None:
        asks.append("Which parts of the service may be switched off while the cause is looked for?")
    text = f"{case.service} has been a {case.severity or 'P0'} for {lasts}: {noticed}. {waiting_for(case)}"
    return Escalation(
        actions=actions, assessment=text, asks=asks, summary=f"Not resolved after {lasts}: {short(actions[0], 160)}"
    )


def _actions(case: Briefing) -> list[str]:
    provider, cause = _provider(case), plain_words.concluded(case)
    component = in_question(case)
    failed = [a for a in case.attempts if a.outcome in ("did not help", "failed")]
    found: list[str] = []
    if provider:
        found.append(f"Vendor escalation: call {provider} at its highest support level, with our times and figures.")
    if cause is None:
        found.append(f"Call {owner_of(case, component)} into the channel, to look for the cause in {component}.")
    else:
        found.append(f"Call {owner_of(case, component)} into the channel, for the remedy of {component} ({cause}).")
    if failed:
        found.append(f"Let a second pair of eyes go over the plan: {len(failed)} mitigation(s) did not help.")
    if case.proposal is not None and case.proposal.action and case.acted_at is None:
        found.append(f"Ask for the decision on “{short(case.proposal.summary)}” now.")
    if not provider:
        found.append("Vendor escalation: no provider is shown to fail; put the hosting provider's support on notice.")
    return found[:5]


def _provider(case: Briefing) -> str:
    """The external dependency that is concluded or suspected."""
    hypotheses = case.conclusion.hypotheses if case.conclusion else []
    hypotheses = [*hypotheses, *(h for found in case.findings for h in found.findings.hypotheses)]
    fitting = (h for h in hypotheses if h.cause == "external dependency" and h.status != "ruled out")
    return next((h.dependency or h.component for h in fitting), "")


@duty()
async def assess_business_impact(case: Briefing, desk: Desk) -> Escalation:
    """Assess what the business cannot do while revenue impact is above the set amount. (ESC-5)"""
    money, asks = revenue_against_limit(case)
    noticed = plain_words.trouble(case) or "what users notice is not known"
    text = f"For {lasting(case.elapsed)}: {noticed}; {plain_words.users(case.scope)}. {money}"
    actions = [
        f"Pause campaigns that send users to {plain_words.name(case)} until it has recovered.",
        "Tell key customers before they call, and support what to answer.",
    ]
    asks = [*asks, "Which feature may be given up to save another, if it lasts another hour?"]
    return Escalation(actions=actions, assessment=text, asks=asks, summary=money)
