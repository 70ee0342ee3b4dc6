"""A hotfix: the smallest change of code that takes a fault out, a revert or a switch, and its deployment."""

import asyncio

from agents.readings.history import CodeChange
from agents.reports.basis import Claim
from agents.reports.mitigation import Proposal
from agents.rules.diagnosis.conclusion import concluded_hypothesis, conclusion_as_reason, service_at_fault
from agents.rules.diagnosis.inquiry import ask, refs
from agents.rules.mitigation.rollback import no_change
from agents.rules.writing.wording import listed, on, short
from agents.runtime.briefing import Briefing, already_tried, tried_before
from agents.runtime.duty_context import DutyContext
from agents.tools.ports import code_suspects, deployment_history, pipeline_status


async def propose_hotfix(briefing: Briefing, context: DutyContext) -> Proposal:
    """Find the change that touches the failing code and propose a candidate without it; nothing is deployed."""
    hypothesis, service = concluded_hypothesis(briefing), service_at_fault(briefing)
    signature = hypothesis.signature if hypothesis else ""
    if hypothesis is None or not signature:
        said = "No error signature points to a place in the code, so there is nothing to put right."
        return Proposal(action=None, service=service, summary=said)
    read = await ask(context, code_suspects, service, signature)
    if read.value is None:
        said = f"The code of {service} cannot be seen: {short(read.said)}."
        return Proposal(action=None, service=service, summary=said)
    likely = _by_likelihood(read.value.suspects, briefing)
    fresh = [c for c in likely if not already_tried(briefing, service, "build_hotfix", _parameters(c))]
    if not fresh:
        known = "that is left" if likely else "on record"
        said = f"No change {known} touches the code of “{short(signature)}”.{_by_hand(likely, briefing, service)}"
        return Proposal(action=None, service=service, summary=said)
    change = fresh[0]
    touches = f"{_named(change)} touches {listed(change.files[:3]) or 'the code that fails'}"
    return Proposal(
        action="build_hotfix",
        service=service,
        parameters=_parameters(change),
        reasons=[Claim(text=touches, cites=[read.ref]), *hypothesis.support[:2], *conclusion_as_reason(briefing)],
        risk="Nothing is deployed by building it; what the change brought will be missing from the candidate.",
        undo="Throw the candidate away.",
        takes_effect_in_minutes=10,
        summary=f"Propose: build a hotfix of {service}: {change.remedy} {change.change}.",
    )


def _named(change: CodeChange) -> str:
    return f"{change.change} ({short(change.summary)}, {on(change.at)})"


def _by_hand(changes: list[CodeChange], briefing: Briefing, service: str) -> str:
    """The likeliest change of those that could not be taken out here: a person may be able to."""
    for change in changes:
        tried = tried_before(briefing, service, "build_hotfix", _parameters(change))
        if tried is not None and tried.outcome == "failed":
            return f" What could help, by hand: {change.remedy} {_named(change)}. Here it failed: {short(tried.said)}."
    return ""


def _parameters(change: CodeChange) -> dict[str, str | int]:
    return {"change": change.change, "remedy": change.remedy}


def _by_likelihood(changes: list[CodeChange], briefing: Briefing) -> list[CodeChange]:
    """Changes from before the onset first, the nearest to it leading."""
    began = briefing.conclusion.introduced_at if briefing.conclusion else None
    after = [change for change in changes if began is not None and change.at > began]
    before = [change for change in changes if change not in after]
    return [*sorted(before, key=lambda change: change.at, reverse=True), *sorted(after, key=lambda change: change.at)]


async def propose_deployment(briefing: Briefing, context: DutyContext) -> Proposal:
    """Propose to deploy the hotfix that was built and passed its checks."""
    hypothesis, service = concluded_hypothesis(briefing), service_at_fault(briefing)
    if not briefing.candidate_version:
        return no_change(service, "no candidate has been built")
    parameters: dict[str, str | int] = {"version": briefing.candidate_version}
    if already_tried(briefing, service, "deploy", parameters):
        return no_change(service, f"{briefing.candidate_version} was tried or refused already")
    history, pipeline = await asyncio.gather(
        ask(context, deployment_history, service, 24), ask(context, pipeline_status, service)
    )
    running = (history.value.running if history.value else None) or "the present version"
    way = f"pipeline {pipeline.value.status}" if pipeline.value else short(pipeline.said)
    if pipeline.value is not None and pipeline.value.status == "running":
        way += ", another rollout is under way"
    reason = Claim(
        text=f"{briefing.candidate_version} is built and passed its checks; {way}", cites=refs([pipeline, history])
    )
    return Proposal(
        action="deploy",
        service=service,
        parameters=parameters,
        reasons=[reason, *(hypothesis.support[:2] if hypothesis else []), *conclusion_as_reason(briefing)],
        risk="The change that the hotfix takes out is gone with what it brought.",
        undo=f"Roll {service} back to {running}.",
        takes_effect_in_minutes=10,
        summary=f"Propose: deploy {briefing.candidate_version} of {service} in place of {running}.",
    )
