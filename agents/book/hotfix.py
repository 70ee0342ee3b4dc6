"""A hotfix: the smallest change of code that takes a fault out, a revert or a switch."""

from agents.book.attempts import already_tried
from agents.book.inquiry import ask
from agents.book.remedy import chosen, concluded
from agents.book.wording import listed, on, short
from agents.briefing import Briefing
from agents.desk import Desk
from agents.readings import CodeChange
from agents.reports import Claim, Proposal
from agents.tools.code import code_suspects


async def propose_a_hotfix(case: Briefing, desk: Desk) -> Proposal:
    """Find the change that touches the failing code and propose a candidate without it; nothing is deployed."""
    hypothesis = chosen(case)
    service = ((hypothesis.service or hypothesis.component) if hypothesis else "") or case.service
    signature = hypothesis.signature if hypothesis else ""
    if hypothesis is None or not signature:
        said = "No error signature points to a place in the code, so there is nothing to put right."
        return Proposal(action=None, service=service, summary=said)
    read = await ask(desk, code_suspects, service, signature)
    if read.value is None:
        said = f"The code of {service} cannot be seen: {short(read.said)}."
        return Proposal(action=None, service=service, summary=said)
    fresh = [
        change
        for change in _by_likelihood(read.value.suspects, case)
        if not already_tried(case.attempts, service, "build_hotfix", _parameters(change))
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
        reasons=[Claim(text=touches, cites=[read.ref]), *hypothesis.support[:2], *concluded(case)],
        risk="Nothing is deployed by building it; what the change brought will be missing from the candidate.",
        undo="Throw the candidate away.",
        takes_effect_in_minutes=10,
        summary=f"Propose: build a hotfix of {service}: {change.remedy} {change.change}.",
    )


def _parameters(change: CodeChange) -> dict[str, str | int]:
    return {"change": change.change, "remedy": change.remedy}


def _by_likelihood(changes: list[CodeChange], case: Briefing) -> list[CodeChange]:
    """Changes from before the onset first, the nearest to it leading."""
    began = case.conclusion.introduced_at if case.conclusion else None
    after = [change for change in changes if began is not None and change.at > began]
    before = [change for change in changes if change not in after]
    return [*sorted(before, key=lambda change: change.at, reverse=True), *sorted(after, key=lambda change: change.at)]
