"""A hotfix: the smallest change of code that takes a fault out, a revert or a switch."""

from agents.readings.delivery import CodeChange
from agents.reports.basis import Claim
from agents.reports.mitigation import Proposal
from agents.rules.diagnosis.inquiry import ask
from agents.rules.mitigation.infrastructure_change import chosen, concluded
from agents.rules.mitigation.past_attempts import already_tried
from agents.rules.writing.wording import listed, on, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.ports.delivery import code_suspects


async def propose_a_hotfix(briefing: Briefing, context: DutyContext) -> Proposal:
    """Find the change that touches the failing code and propose a candidate without it; nothing is deployed."""
    hypothesis = chosen(briefing)
    service = ((hypothesis.service or hypothesis.component) if hypothesis else "") or briefing.service
    signature = hypothesis.signature if hypothesis else ""
    if hypothesis is None or not signature:
        said = "No error signature points to a place in the code, so there is nothing to put right."
        return Proposal(action=None, service=service, summary=said)
    read = await ask(context, code_suspects, service, signature)
    if read.value is None:
        said = f"The code of {service} cannot be seen: {short(read.said)}."
        return Proposal(action=None, service=service, summary=said)
    fresh = [
        change
        for change in _by_likelihood(read.value.suspects, briefing)
        if not already_tried(briefing, service, "build_hotfix", _parameters(change))
    ]
    if not fresh:
        said = f"No change that is left touches the code of “{short(signature)}”."
        return Proposal(action=None, service=service, summary=said)
    change = fresh[0]
    touches = f"{change.change} ({short(change.summary)}, {on(change.at)}) touches {listed(change.files[:3])}"
    return Proposal(
        action="build_hotfix",
        service=service,
        parameters=_parameters(change),
        reasons=[Claim(text=touches, cites=[read.ref]), *hypothesis.support[:2], *concluded(briefing)],
        risk="Nothing is deployed by building it; what the change brought will be missing from the candidate.",
        undo="Throw the candidate away.",
        takes_effect_in_minutes=10,
        summary=f"Propose: build a hotfix of {service}: {change.remedy} {change.change}.",
    )


def _parameters(change: CodeChange) -> dict[str, str | int]:
    return {"change": change.change, "remedy": change.remedy}


def _by_likelihood(changes: list[CodeChange], briefing: Briefing) -> list[CodeChange]:
    """Changes from before the onset first, the nearest to it leading."""
    began = briefing.conclusion.introduced_at if briefing.conclusion else None
    after = [change for change in changes if began is not None and change.at > began]
    before = [change for change in changes if change not in after]
    return [*sorted(before, key=lambda change: change.at, reverse=True), *sorted(after, key=lambda change: change.at)]
