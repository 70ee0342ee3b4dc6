"""Workflow Optimizer: leads the post-mortem, within 48 hours."""

from datetime import datetime, timedelta

from agents.book import plain_words
from agents.book.lessons import chosen, lesson
from agents.book.wording import amount, lasting, minutes, on, share, short
from agents.briefing import Briefing
from agents.desk import Desk
from agents.pace import MINUTE
from agents.reports import ActionItem, ActionItems, Claim, Impact, Prevention, RootCause, Timeline, TimelineEntry
from agents.role import duty

PREVENTS, SHORTENS, THE_REST = timedelta(days=7), timedelta(days=14), timedelta(days=30)
"""Deadlines: what prevents a repeat, what shortens it, the rest."""


@duty()
async def reconstruct_timeline(case: Briefing, desk: Desk) -> Timeline:
    """Reconstruct when it was introduced, detected and resolved, and the total user impact. (S5.1)"""
    introduced = _introduced(case)
    resolved = case.resolved_at or case.now
    impact = _impact_minutes(case)
    entries = [*case.history]
    if introduced is not None and case.conclusion_ref:
        entries.append(TimelineEntry(at=introduced, what="introduced, by the conclusion", cites=[case.conclusion_ref]))
    told = f"Introduced {on(introduced)}, " if introduced else "Introduction not known, "
    lasted = "user impact not known" if impact is None else f"{impact:.0f} minutes of user impact"
    return Timeline(
        introduced_at=introduced,
        detected_at=case.started_at,
        resolved_at=resolved,
        user_impact_minutes=impact,
        entries=sorted(entries, key=lambda entry: entry.at),
        summary=f"{told}detected {on(case.started_at)}, resolved {on(resolved)}; {lasted}.",
    )


def _introduced(case: Briefing) -> datetime | None:
    return case.conclusion.introduced_at if case.conclusion and _cause_found(case) else None


def _cause_found(case: Briefing) -> bool:
    return case.conclusion is not None and case.conclusion.verdict == "cause found"


def _nothing_was_wrong(case: Briefing) -> bool:
    return case.conclusion is not None and case.conclusion.verdict == "nothing wrong"


def _impact_minutes(case: Briefing) -> float | None:
    """From the introduction, else the detection, to the fix; 0 where nothing was wrong."""
    if _nothing_was_wrong(case):
        return 0.0
    if case.fixed_at is None:
        return None
    began = _introduced(case) or min(m for m in (case.alert.starts_at, case.started_at) if m is not None)
    return round(max(0.0, (case.fixed_at - began) / MINUTE), 1)


@duty()
async def analyse_root_cause(case: Briefing, desk: Desk) -> RootCause:
    """Analyse what failed, why, why it was not caught earlier, with five whys. (S5.2)"""
    what, why, learned, concluded = _what_failed(case), _why(case), lesson(case), _of_conclusion(case)
    caught = Claim(text=f"{learned.not_caught}. {_between(case)}", cites=concluded or _first_refs(case))
    return RootCause(
        what_failed=what,
        why=why,
        why_not_caught=caught,
        five_whys=_five_whys(case, what, why, caught),
        summary=f"{what.text} {why.text}",
    )


def _of_conclusion(case: Briefing) -> list[str]:
    return [case.conclusion_ref] if case.conclusion_ref else []


def _first_refs(case: Briefing) -> list[str]:
    """The transcript's first event: the alert itself."""
    return case.history[0].cites if case.history else []


def _what_failed(case: Briefing) -> Claim:
    hypothesis, cites = chosen(case), _of_conclusion(case) or _first_refs(case)
    if hypothesis is not None:
        return Claim(text=f"{hypothesis.component} failed: {hypothesis.statement}.", cites=cites)
    if _nothing_was_wrong(case):
        text = f"Nothing failed but the alert “{short(case.alert.title)}”: {case.service} was within its usual range."
        return Claim(text=text, cites=cites)
    said = case.conclusion.summary if case.conclusion else "No conclusion was reached."
    return Claim(text=said, cites=cites)


def _why(case: Briefing) -> Claim:
    hypothesis, cites = chosen(case), _of_conclusion(case) or _first_refs(case)
    if hypothesis is None:
        verdict = case.conclusion.verdict if case.conclusion else "no conclusion"
        return Claim(text=f"No cause was found ({verdict}); none is named here.", cites=cites)
    if not hypothesis.support:
        return Claim(text=f"{hypothesis.statement}.", cites=cites)
    refs = [ref for claim in hypothesis.support[:3] for ref in claim.cites]
    return Claim(text=f"{'; '.join(c.text for c in hypothesis.support[:3])}.", cites=list(dict.fromkeys(refs)) or cites)


def _between(case: Briefing) -> str:
    introduced = _introduced(case)
    if introduced is None or introduced >= case.started_at:
        return "When it was introduced is not known." if introduced is None else ""
    return f"{minutes(case.started_at - introduced)} minutes lie between introduction and detection."


def _five_whys(case: Briefing, what: Claim, why: Claim, caught: Claim) -> list[Claim]:
    """From what users noticed down to where the evidence ends; the last one says so."""
    scope_cites = [case.scope_ref] if case.scope_ref else _first_refs(case)
    noticed = case.scope.summary if case.scope else f"The alert said: “{short(case.alert.title)}”."
    whys = [Claim(text=f"Why was there an incident? {noticed}", cites=scope_cites)]
    if chosen(case) is None:
        end = f"{what.text} The evidence ends here."
        return [*whys, Claim(text=f"Why? {end}", cites=what.cites)]
    learned = lesson(case)
    return [
        *whys,
        Claim(text=f"Why? {what.text}", cites=what.cites),
        Claim(text=f"Why did it fail? {why.text}", cites=why.cites),
        Claim(text=f"Why did it reach users? {caught.text}", cites=caught.cites),
        Claim(
            text=f"Why was that possible? {learned.where_it_ends}; here the evidence ends.",
            cites=what.cites,
        ),
    ]


@duty()
async def assess_impact(case: Briefing, desk: Desk) -> Impact:
    """Assess the impact on users, revenue, reputation and data. (S5.3)"""
    scope, cites = case.scope, ([case.scope_ref] if case.scope_ref else _first_refs(case))
    lasted = _impact_minutes(case)
    long = f"for {lasted:.0f} minutes" if lasted is not None else "for a time that is not known"
    counted = scope is not None and scope.users_affected is not None
    who = f"{plain_words.users(scope)} at the last count, {long}" if counted else f"Number of users not known, {long}"
    if _nothing_was_wrong(case):
        who = "No user was affected, as far as the signals show"
    return Impact(
        users=Claim(text=f"{who}.", cites=cites),
        revenue=Claim(text=_revenue(case), cites=cites),
        reputation=Claim(text=_reputation(case), cites=_of_conclusion(case) or cites),
        data=Claim(text=_data(case), cites=cites),
        summary=f"{who}. {_revenue(case)}",
    )


def _revenue(case: Briefing) -> str:
    if _nothing_was_wrong(case):
        return "No revenue was lost, as far as the signals show."
    if not case.revenue_lost:
        return "Revenue lost is not known: the catalogue or the scope has no figure."
    part = f", {share(case.scope.users_share)} of users affected" if case.scope and case.scope.users_share else ""
    return f"An estimated {amount(case.revenue_lost, plain_words.currency(case))} was lost{part}."


def _reputation(case: Briefing) -> str:
    if not case.updates_sent:
        return "The status page showed nothing of it; nothing else that could be pointed at is recorded."
    until = f" over {lasting(case.resolved_at - case.started_at)}" if case.resolved_at else ""
    return f"{case.updates_sent} public updates{until}; what users or the press said is not recorded."


def _data(case: Briefing) -> str:
    scope = case.scope
    if scope is None or scope.data_at_risk == "unknown":
        return "Whether data was at risk is not known."
    said = next((claim.text for claim in scope.claims if claim.text.startswith("data of")), "")
    words = (
        "Data was lost."
        if scope.data_loss
        else "Data was at risk."
        if scope.data_at_risk == "yes"
        else "No data at risk."
    )
    words += " A breach is suspected." if scope.breach_suspected else ""
    return f"{words} {said}".strip()


@duty()
async def plan_prevention(case: Briefing, desk: Desk) -> Prevention:
    """Plan prevention: monitoring, testing, process and infrastructure changes. (S5.4)"""
    learned = lesson(case)
    return Prevention(
        monitoring=f"{learned.monitoring}.",
        testing=f"{learned.testing}.",
        process=f"{learned.process}{_of_the_response(case)}.",
        infrastructure=f"{learned.infrastructure}.",
        summary=f"First: {short(learned.monitoring, 160)}.",
    )


def _of_the_response(case: Briefing) -> str:
    """What the response itself lost time on."""
    late = [a for a in case.attempts if a.outcome == "expired"]
    wrong = [a for a in case.attempts if a.outcome in ("did not help", "failed")]
    words = "; see that somebody can decide at night, a proposal expired" if late else ""
    return words + ("; look at why a first mitigation did not help" if wrong else "")


@duty()
async def assign_action_items(case: Briefing, desk: Desk) -> ActionItems:
    """Assign action items: action, owner, deadline. (S5.5)"""
    plan, component = case.post_mortem.prevention, (case.conclusion.component if case.conclusion else None)
    owner = _owner(case, component or case.service)
    learned = lesson(case)
    monitoring, testing = (plan.monitoring, plan.testing) if plan else (learned.monitoring, learned.testing)
    process, rest = (plan.process, plan.infrastructure) if plan else (learned.process, learned.infrastructure)
    items = [*_lasting_repair(case, owner)]
    items.append(ActionItem(action=monitoring, owner=owner, deadline=case.now + PREVENTS))
    if not _nothing_was_wrong(case):
        items.append(ActionItem(action=testing, owner=owner, deadline=case.now + PREVENTS))
        items.append(ActionItem(action=process, owner="Workflow Optimizer", deadline=case.now + SHORTENS))
    if _cause_found(case):
        items.append(ActionItem(action=rest, owner=owner, deadline=case.now + THE_REST))
    said = f"{len(items)} action items, the first due {on(items[0].deadline)}."
    return ActionItems(items=items, summary=said)


def _lasting_repair(case: Briefing, owner: str) -> list[ActionItem]:
    """Where only a temporary mitigation holds, the lasting repair comes first."""
    action = case.proposal.action if case.proposal and case.acted_at else None
    words = {
        "rollback": "Repair what was rolled back before it is deployed again",
        "fallback": "Switch back from the fallback, once our own calls show that the provider is well",
        "scale": "Decide on the lasting number of replicas",
        "restart": "Find and remove what made the restart necessary",
        "failover": "Rebuild the old primary, so that there is a standby again",
        "deploy": "Replace the hotfix by a lasting repair, with review and tests",
    }.get(action or "")
    service = case.proposal.service if case.proposal else case.service
    return [ActionItem(action=f"{words} ({service}).", owner=owner, deadline=case.now + PREVENTS)] if words else []


def _owner(case: Briefing, component: str) -> str:
    services = case.catalogue.services
    owners = (services[name].owner for name in (component, case.service) if name in services)
    return next((owner for owner in owners if owner), "Infrastructure Maintainer")
