"""Studio Producer: additional resources, vendors, the business side of a long incident."""

from agents.reports.escalation import Escalation
from agents.rules.writing import public_wording
from agents.rules.writing.escalation_summary import in_question, owner_of, revenue_against_limit, waiting_for
from agents.rules.writing.wording import lasting, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty import duty
from agents.runtime.duty_context import DutyContext


@duty("Bring in additional resources and escalate to vendors: a P0 is not resolved after 30 minutes.", rows=("ESC-1",))
async def add_resources(briefing: Briefing, context: DutyContext) -> Escalation:
    lasts = lasting(briefing.elapsed, briefing.minute)
    noticed = public_wording.trouble(briefing) or f"what users of {briefing.service} notice is not known"
    actions, asks = _actions(briefing), ["Who approves changes to production from now on without delay?"]
    if _provider(briefing):
        asks.append(f"Who calls {_provider(briefing)}, and under which contract?")
    if public_wording.concluded(briefing) is None:
        asks.append("Which parts of the service may be switched off while the cause is looked for?")
    text = f"{briefing.service} has been a {briefing.severity or 'P0'} for {lasts}: {noticed}. {waiting_for(briefing)}"
    return Escalation(
        actions=actions, assessment=text, asks=asks, summary=f"Not resolved after {lasts}: {short(actions[0], 160)}"
    )


def _actions(briefing: Briefing) -> list[str]:
    provider, cause = _provider(briefing), public_wording.concluded(briefing)
    component = in_question(briefing)
    failed = [a for a in briefing.attempts if a.outcome in ("did not help", "failed")]
    found: list[str] = []
    if provider:
        found.append(f"Vendor escalation: call {provider} at its highest support level, with our times and figures.")
    if cause is None:
        found.append(f"Call {owner_of(briefing, component)} into the channel, to look for the cause in {component}.")
    else:
        found.append(f"Call {owner_of(briefing, component)} into the channel, for the remedy of {component} ({cause}).")
    if failed:
        found.append(f"Let a second pair of eyes go over the plan: {len(failed)} mitigation(s) did not help.")
    if briefing.proposal is not None and briefing.proposal.action and briefing.acted_at is None:
        found.append(f"Ask for the decision on “{short(briefing.proposal.summary)}” now.")
    if not provider:
        found.append("Vendor escalation: no provider is shown to fail; put the hosting provider's support on notice.")
    return found[:5]


def _provider(briefing: Briefing) -> str:
    """The external dependency that is concluded or suspected."""
    hypotheses = briefing.conclusion.hypotheses if briefing.conclusion else []
    hypotheses = [*hypotheses, *(h for found in briefing.findings for h in found.findings.hypotheses)]
    fitting = (h for h in hypotheses if h.cause == "external dependency" and h.status != "ruled out")
    return next((h.dependency or h.component for h in fitting), "")


@duty("Assess what the business cannot do while revenue impact is above the set amount.", rows=("ESC-5",))
async def assess_business_impact(briefing: Briefing, context: DutyContext) -> Escalation:
    money, asks = revenue_against_limit(briefing)
    noticed = public_wording.trouble(briefing) or "what users notice is not known"
    text = (
        f"For {lasting(briefing.elapsed, briefing.minute)}: {noticed}; {public_wording.users(briefing.scope)}. {money}"
    )
    actions = [
        f"Pause campaigns that send users to {public_wording.name(briefing)} until it has recovered.",
        "Tell key customers before they call, and support what to answer.",
    ]
    asks = [*asks, "Which feature may be given up to save another, if it lasts another hour?"]
    return Escalation(actions=actions, assessment=text, asks=asks, summary=money)
