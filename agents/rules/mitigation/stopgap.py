"""Stopgaps: what helps where the cause itself is mended by hand, such as a certificate or a password."""

import asyncio
import re

from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.reports.mitigation import Proposal
from agents.rules.diagnosis.changes import Change, changes_of
from agents.rules.diagnosis.component import is_degraded
from agents.rules.diagnosis.conclusion import conclusion_as_reason
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.log_classes import class_of
from agents.rules.mitigation.fallback import fallback_for
from agents.rules.writing.wording import short
from agents.runtime.briefing import Briefing, already_tried
from agents.runtime.duty_context import DutyContext
from agents.tools.ports import dependencies, infrastructure_state

ROTATED = re.compile(
    r"\b(?:passwords?|secrets?|credentials?|tokens?|keys?)\b.*\b(?:rotat|renew|chang|replac|reissu)\w*", re.IGNORECASE
)


async def propose_stopgap(
    briefing: Briefing, context: DutyContext, hypothesis: Hypothesis, keeps_data: bool
) -> Proposal:
    """Propose to read a secret or find the writer anew, or to do without what refuses it; else say what would help."""
    service, kind = hypothesis.service or hypothesis.component, class_of(hypothesis.signature)
    if kind.name == "credentials" and not keeps_data:
        rotated = await _rotated(briefing, context, service)
        if rotated is not None and not already_tried(briefing, service, "restart", {}):
            return _read_anew(briefing, hypothesis, rotated)
    if kind.name == "read-only copy" and not keeps_data and not already_tried(briefing, service, "restart", {}):
        return _connect_anew(briefing, hypothesis)
    refusing = await _refusing(context, service, hypothesis.signature)
    if refusing:
        stopgap = await fallback_for(briefing, context, service, refusing)
        if stopgap.action is not None:
            return stopgap.model_copy(update={"summary": f"{stopgap.summary} What mends it: {kind.remedy}."})
    said = f"No change of {service} that is declared mends it ({hypothesis.statement}). What would: {kind.remedy}."
    return Proposal(action=None, service=service, summary=said)


async def _rotated(briefing: Briefing, context: DutyContext, service: str) -> Change | None:
    """The last rotation of a secret on record, of the service or of what it uses."""
    known = briefing.catalogue.services
    used = known[service].depends_on if service in known else []
    uses = [name for name in used if name in known and known[name].kind != "provider"]
    read = await asyncio.gather(*(ask(context, infrastructure_state, name) for name in [service, *uses]))
    changes = sorted((c for reading in read for c in changes_of(reading, briefing.now)), key=lambda c: c.at)
    return next((change for change in reversed(changes) if ROTATED.search(change.words)), None)


def _connect_anew(briefing: Briefing, hypothesis: Hypothesis) -> Proposal:
    service = hypothesis.service or hypothesis.component
    text = f"restart, because {service} still holds connections to a copy of its database that takes no writes any more"
    return Proposal(
        action="restart",
        service=service,
        reasons=[
            Claim(text=text, cites=hypothesis.support[0].cites),
            *hypothesis.support[:3],
            *conclusion_as_reason(briefing),
        ],
        risk="Requests in flight on each replica are cut off; if no copy takes writes, nothing changes.",
        undo="None needed: a restart changes no setting.",
        takes_effect_in_minutes=10,
        summary=f"Propose: restart {service}, so that it connects to the copy of its database that takes writes.",
    )


def _read_anew(briefing: Briefing, hypothesis: Hypothesis, rotated: Change) -> Proposal:
    service = hypothesis.service or hypothesis.component
    text = f"restart, because a secret was rotated ({rotated.told}), and {service} may still hold the old one"
    return Proposal(
        action="restart",
        service=service,
        reasons=[
            Claim(text=text, cites=[rotated.ref]),
            *hypothesis.support[:3],
            *conclusion_as_reason(briefing),
        ],
        risk="Requests in flight on each replica are cut off; if it reads the old secret again, nothing changes.",
        undo="None needed: a restart changes no setting.",
        takes_effect_in_minutes=10,
        summary=f"Propose: restart {service}, so that it reads the rotated secret ({short(rotated.words, 100)}).",
    )


async def _refusing(context: DutyContext, service: str, signature: str) -> str:
    """What the service calls, that its error line names and that has a stand-in; empty where there is none."""
    calls = await ask(context, dependencies, service)
    named = (
        call.to
        for call in (calls.value.calls if calls.value else [])
        if call.to in signature and call.fallback is not None and is_degraded(call)
    )
    return next(named, "")
