"""A fallback: letting a service go on without a dependency that fails."""

from agents.readings.production import Dependencies
from agents.reports.basis import Claim
from agents.reports.mitigation import Proposal
from agents.rules.diagnosis.conclusion import concluded_hypothesis, conclusion_as_reason
from agents.rules.diagnosis.inquiry import ask
from agents.rules.writing.wording import share, short
from agents.runtime.briefing import Briefing, already_tried
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import dependencies


async def propose_fallback(briefing: Briefing, context: DutyContext) -> Proposal:
    """Propose the fallback or cache that the service has for the dependency; no action where it has none."""
    hypothesis = concluded_hypothesis(briefing)
    service = (hypothesis.service if hypothesis else "") or briefing.service
    provider = (hypothesis.dependency or hypothesis.component) if hypothesis else ""
    return await fallback_for(briefing, context, service, provider)


async def fallback_for(briefing: Briefing, context: DutyContext, service: str, provider: str) -> Proposal:
    """The same for one dependency of a service, whatever is concluded to be the cause."""
    hypothesis = concluded_hypothesis(briefing)
    calls = await ask(context, dependencies, service)
    call = next((c for c in calls.value.calls if c.to == provider), None) if calls.value else None
    if call is None or call.fallback is None:
        said = _why_none(briefing, service, provider or "its dependency", calls)
        return Proposal(action=None, service=service, summary=said)
    parameters: dict[str, str | int] = {"dependency": provider}
    if already_tried(briefing, service, "fallback", parameters):
        said = f"The {call.fallback} for {provider} was tried or refused already."
        return Proposal(action=None, service=service, summary=said)
    text = f"{service} has a {call.fallback} for {provider}; {share(call.error_rate)} of its calls to it fail"
    return Proposal(
        action="fallback",
        service=service,
        parameters=parameters,
        reasons=[
            Claim(text=text, cites=[calls.ref]),
            *(hypothesis.support[:2] if hypothesis else []),
            *conclusion_as_reason(briefing),
        ],
        risk="Users get older data." if call.fallback == "cache" else "Users get a reduced service.",
        undo=f"Switch {service} back to {provider}.",
        summary=f"Propose: let {service} use its {call.fallback} in place of {provider}.",
    )


def _why_none(briefing: Briefing, service: str, provider: str, calls: Reading[Dependencies]) -> str:
    """Why no fallback is proposed: none is known, or whether there is one cannot be seen, though one be declared."""
    known = briefing.catalogue.services.get(service)
    is_declared = known is not None and "fallback" in known.act
    if calls.value is None:
        unseen = f"what {service} calls cannot be seen ({short(calls.said)})"
        why = f"whether anything stands in for {provider} is not known: {unseen}"
    elif all(call.to != provider for call in calls.value.calls):
        why = f"{service} is not seen to call {provider}"
    else:
        why = f"nothing is seen to stand in for {provider}"
    declared = ", though the catalogue declares one" if is_declared else ""
    return f"No fallback of {service} is proposed{declared}; {why}."
