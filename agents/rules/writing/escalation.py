"""Escalations: where an incident stands, what it waits for, what it costs, and what each escalation asks of whom."""

from agents.reports.communication import Escalation
from agents.rules.writing import extent, public_wording
from agents.rules.writing.ending import was_too_early
from agents.rules.writing.in_vain import aftermath
from agents.rules.writing.wording import amount, at, lasting, listed, minutes, on, share, short
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import Statement

QUARTER_OF_AN_HOUR = 15
NOT_MADE = {
    "refused": "was refused",
    "expired": "was not decided on in time",
    "overtaken": "was out of date when it was approved",
    "failed": "could not be carried out",
}
"""How a proposal ended of which nothing was done."""
RELIEF_AFTER_HOURS = 4
"""Those who have been on it from the start are relieved after so long."""


async def call_for_resources(briefing: Briefing, context: DutyContext) -> Escalation:
    """Call in more people, and vendors where a provider is suspected."""
    lasts = lasting(briefing.elapsed, briefing.minute)
    noticed = _noticed(briefing, f"what users of {briefing.service} notice is not known")
    actions, asks = _calls(briefing), ["Who approves changes to production from now on without delay?"]
    if _provider(briefing):
        asks.append(f"Who calls {_provider(briefing)}, and under which contract?")
    if public_wording.concluded(briefing) is None:
        asks.append("Which parts of the service may be switched off while the cause is looked for?")
    text = f"{_how_long(briefing, 'P0')}: {noticed}. {waiting_for(briefing)}"
    return Escalation(
        actions=actions, assessment=text, asks=asks, summary=f"Not resolved after {lasts}: {short(actions[0], 160)}"
    )


def _noticed(briefing: Briefing, unknown: str) -> str:
    """What users notice by what was measured last, of other services too; `unknown` where nothing ever was."""
    last = public_wording.last_measured(briefing)
    told = public_wording.noticed(briefing) or f"{last[:1].lower()}{last[1:]}"
    others = public_wording.others(briefing, beside=told or public_wording.NO_TROUBLE)
    return "; ".join([*([told] if told else []), *others]) or unknown


def _calls(briefing: Briefing) -> list[str]:
    provider, cause = _provider(briefing), public_wording.concluded(briefing)
    component = in_question(briefing)
    tried = tried_in_vain(briefing)
    found: list[str] = []
    if provider:
        found.append(f"Vendor escalation: call {provider} at its highest support level, with our times and figures.")
    if cause is None:
        found.append(f"Call {owner_of(briefing, component)} into the channel, to look for the cause in {component}.")
    else:
        purpose = f"to check that {component} is well again" if said_to_be_over(briefing) else ""
        purpose = purpose or f"for the remedy of {component} ({cause})"
        found.append(f"Call {owner_of(briefing, component)} into the channel, {purpose}.")
    if tried:
        found.append(f"Let a second pair of eyes go over the plan: {len(tried)} mitigation(s) did not help.")
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


async def call_for_reallocation(briefing: Briefing, context: DutyContext) -> Escalation:
    """Draw in the owner of the component, and say which planned work has to wait."""
    component = in_question(briefing)
    lasts, cause = lasting(briefing.elapsed, briefing.minute), public_wording.concluded(briefing)
    purpose = f"to carry out the remedy ({cause})" if cause else "to help find the cause"
    purpose = "to check that it is well again" if said_to_be_over(briefing) else purpose
    actions = [f"Draw in {owner_of(briefing, component)} for {component}, {purpose}."]
    if any(a.outcome in ("did not help", "failed") for a in briefing.attempts):
        actions.append("Let somebody who was not part of it go over what was tried.")
    if any(a.outcome in ("refused", "expired", "overtaken") for a in briefing.attempts):
        actions.append("Keep somebody who may decide on changes reachable in the channel.")
    if briefing.elapsed.total_seconds() >= RELIEF_AFTER_HOURS * 3600:
        actions.append("Relieve those who have been on it from the start.")
    asks = [f"Which planned work of {owner_of(briefing, component)} may wait, and who tells those who wait for it?"]
    text = f"{_how_long(briefing, 'P1')}. {waiting_for(briefing)}"
    return Escalation(
        actions=actions[:4], assessment=text, asks=asks, summary=f"Not resolved after {lasts}: {actions[0]}"
    )


def _how_long(briefing: Briefing, level: str) -> str:
    """Since the alert; it may have been of another severity before."""
    lasts = lasting(briefing.elapsed, briefing.minute)
    return f"The incident on {briefing.service}, now a {briefing.severity or level}, has lasted {lasts}"


async def ask_for_post_mortem(briefing: Briefing, context: DutyContext) -> Escalation:
    """Name the parts of the post-mortem that are missing."""
    parts = {
        "the timeline": briefing.post_mortem.timeline,
        "the root cause": briefing.post_mortem.root_cause,
        "the impact": briefing.post_mortem.impact,
        "the prevention": briefing.post_mortem.prevention,
        "the action items": briefing.post_mortem.action_items,
    }
    owed = [part for part, done in parts.items() if done is None]
    resolved = f"resolved at {on(briefing.resolved_at)}" if briefing.resolved_at else "resolved"
    late = f", {lasting(briefing.now - briefing.resolved_at, briefing.minute)} ago" if briefing.resolved_at else ""
    text = (
        f"The incident on {briefing.service} was {resolved}{late}. Missing: {listed(owed) or 'only its publication'}."
    )
    return Escalation(
        actions=[f"Remind the Workflow Optimizer of {part}." for part in owed] or ["Publish the report."],
        assessment=text,
        asks=["What stands in the way, and by when will it be done?"],
        summary=f"The post-mortem of {briefing.service} is overdue: {listed(owed) or 'its publication'} is missing.",
    )


async def assess_lost_business(briefing: Briefing, context: DutyContext) -> Escalation:
    """Say what the business cannot do while the incident lasts, and what to hold back."""
    money, asks = revenue_against_limit(briefing)
    noticed = _noticed(briefing, "what users notice is not known")
    text = f"For {lasting(briefing.elapsed, briefing.minute)}: {noticed}; {extent.users(briefing)}. {money}"
    actions = [
        f"Pause campaigns that send users to {public_wording.name(briefing)} until it has recovered.",
        "Tell key customers before they call, and support what to answer.",
    ]
    asks = [*asks, "Which feature may be given up to save another, if it lasts another hour?"]
    return Escalation(actions=actions, assessment=text, asks=asks, summary=money)


async def assess_cost(briefing: Briefing, context: DutyContext) -> Escalation:
    """Say what the incident has cost, and what each further quarter of an hour costs."""
    money, asks = revenue_against_limit(briefing)
    text = f"{money} {_rate(briefing)} Not in it: customers who leave, contract penalties, work."
    if briefing.scope is None or briefing.scope.users_share is None:
        asks.append("Which share of users is affected? It was not counted.")
    actions = [
        "Keep a record of failed payments and orders, so that they can be recovered.",
        "Check charges for doubles after the fix.",
        "Look through contracts for penalties.",
    ]
    return Escalation(actions=actions, assessment=text, asks=asks, summary=money)


def _rate(briefing: Briefing) -> str:
    """What each further quarter of an hour costs, as things stand."""
    minutes = briefing.elapsed / briefing.minute
    if not briefing.revenue_lost or minutes < 1:
        return "What each further 15 minutes cost is not known."
    further = briefing.revenue_lost / minutes * QUARTER_OF_AN_HOUR
    return f"Each further 15 minutes cost about {amount(further, extent.currency(briefing))}."


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
        measured = "People report that it is over or repaired" if briefing.is_vouched else "Recovery is verified"
        return f"{measured}; the watch is {'on' if briefing.status == 'Monitoring' else 'over'}."
    if briefing.proposal is not None and briefing.proposal.action and briefing.acted_at is None:
        return f"It waits for a decision: {short(briefing.proposal.summary)}"
    if said := said_to_be_over(briefing):
        over = "It was handled" if said.is_by_hand else "It is over"
        return f"{over}, {said.by} said at {at(said.at, briefing.now)}; that is being checked."
    if tried := tried_in_vain(briefing):
        return f"{len(tried)} mitigation(s) did not help, the last being {tried[-1].proposal.action or 'made by hand'}."
    not_made = [a for a in briefing.attempts if a.outcome in NOT_MADE]
    if not_made:
        last = not_made[-1]
        return f"A proposed {last.proposal.action} {NOT_MADE[last.outcome]}: {short(last.said)}"
    cause = public_wording.concluded(briefing)
    if cause is not None and briefing.conclusion is not None:
        made_at = briefing.acted_at
        remedy = f"a remedy was made at {at(made_at, briefing.now)}" if made_at else "a remedy is looked for"
        return f"The cause is concluded ({cause}, {briefing.conclusion.component}); {remedy}."
    return "No cause is concluded yet."


def said_to_be_over(briefing: Briefing) -> Statement | None:
    """The newest word of a person that it is over, where nothing since speaks against it.

    Harm that began before may have ended with their word though samples of its last minutes came later.
    """
    ledger, said = briefing.ledger, briefing.ledger.said_over
    if said is None or ledger.said_to_go_on is not None:
        return None
    taken_back = briefing.status_changed_at if briefing.status == "Investigating" else None
    against = [ledger.relapsed_at, taken_back, *(entry.since for entry in ledger.hurt(briefing.detected_at))]
    against += [one.at for one in (*briefing.attempts, *ledger.acts)]
    is_refuted = any(moment is not None and moment > said.at for moment in against)
    went_on = was_too_early(said, briefing) or aftermath(said, briefing)
    return None if is_refuted or went_on else said


def tried_in_vain(briefing: Briefing) -> list[Attempt]:
    """What was done and did not help; what could not be carried out was not tried."""
    return [attempt for attempt in briefing.attempts if attempt.outcome == "did not help"]


def revenue_against_limit(briefing: Briefing) -> tuple[str, list[str]]:
    """The estimate with its arithmetic against the set amount, and what has to be asked for."""
    asks = [] if briefing.revenue_limit is not None else ["Which amount is the limit for ESC-5? None is set."]
    services = briefing.scope.services if briefing.scope else []
    listed = {
        n: briefing.catalogue.services[n].revenue_per_minute for n in services if n in briefing.catalogue.services
    }
    rate, currency = sum(listed.values()), extent.currency(briefing)
    if briefing.revenue_lost is None or not rate:
        asks.append(f"What does {briefing.service} earn per minute? The catalogue has no figure.")
        return "The revenue lost is not known.", asks
    limit = (
        f"the set amount is {amount(briefing.revenue_limit, currency)}"
        if briefing.revenue_limit
        else "no amount is set"
    )
    counted = briefing.scope.users_share if briefing.scope else None
    part = briefing.scope.error_rate if counted is None and briefing.scope else counted
    sum_ = f"{amount(rate, currency)} per minute"
    sum_ += f" x {share(part)} of {'requests' if counted is None else 'users'}" if part is not None else ""
    whole = f"{sum_} x {minutes(briefing.elapsed, briefing.minute)} minutes"
    lost = f"{amount(briefing.revenue_lost, currency)} lost in {lasting(briefing.elapsed, briefing.minute)}"
    return f"Estimated {lost} ({whole}); {limit}.", asks
