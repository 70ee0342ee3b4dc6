"""What was tried before, or was not allowed to be."""

from agents.reports.basis import Parameters
from agents.runtime.briefing import Briefing


def already_tried(briefing: Briefing, service: str, action: str | None, parameters: Parameters) -> bool:
    """Whether this very change failed, did not help, or was refused.

    What was refused may be put once more after a person has named a cause since.
    """
    deed = (service, action, parameters)
    same = [a for a in briefing.attempts if (a.proposal.service, a.proposal.action, a.proposal.parameters) == deed]
    named = [said.at for said in briefing.ledger.statements if said.cause]
    refused = [a for a in same if a.outcome == "refused" and not any(moment > a.at for moment in named)]
    return bool(refused) or any(a.outcome in ("did not help", "failed") for a in same)
