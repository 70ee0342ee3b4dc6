"""The check of a declared act: whether what called for it is gone."""

from agents.io.act_kinds import ACT_KINDS, in_words
from agents.reports.basis import Check
from agents.rules.diagnosis.act_evidence import ActEvidence, read_for
from agents.rules.diagnosis.act_mechanisms import SHOWS_THAT_IT_WORKED, called_for
from agents.rules.writing.last_look import SETTLING
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext

LAST = 5
"""Minutes over which requests are counted after an act, at most."""


async def check_of_act(briefing: Briefing, context: DutyContext) -> list[Check]:
    """Whether the declared act that was made is still called for; nothing where its kind cannot be checked like that.

    Requests are counted after the act only: what failed before it says nothing.
    """
    proposal, acted_at = briefing.proposal, briefing.acted_at
    if proposal is None or acted_at is None or proposal.action not in SHOWS_THAT_IT_WORKED:
        return []
    since = int((briefing.now - acted_at) / briefing.minute)
    recent = max(1, min(LAST, since - SETTLING))
    asked = ActEvidence(proposal.service, briefing, None)
    evidence = await read_for([proposal.action], asked, context, recent)
    if proposal.action == "drain_instance" and evidence.split("instance") is None:
        return []  # it is out of the traffic, and as ill as before
    refs = [reading.ref for reading in evidence.readings.values()]
    does = in_words(ACT_KINDS[proposal.action].noun, proposal.service, proposal.parameters)
    if not any(reading.value is not None for reading in evidence.readings.values()):
        return [Check(verdict="unknown", text=f"what the {does} did cannot be seen", cites=refs)]
    same = [one for one in called_for(proposal.action, evidence) if one.parameters == proposal.parameters]
    if same:
        return [Check(verdict="abnormal", text=f"after the {does}: {same[0].because.text}", cites=refs)]
    text = f"what called for the {does} is not seen any more"
    return [Check(verdict="normal", text=text, cites=refs)]
