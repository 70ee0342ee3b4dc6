"""The second look: right before an approved change is made, whether what it was proposed for still goes on."""

from agents.reports.mitigation import Proposal
from agents.roles import infrastructure_maintainer as maintainer
from agents.rules.writing.wording import at, listed
from graphs.model.runbook import PROPOSAL_IS_READ_AGAIN_AFTER
from graphs.runtime.node_context import NodeContext
from graphs.steps.approval import change_in
from graphs.steps.open_harm import is_measured


def is_read_again(node: NodeContext) -> bool:
    """Whether a look can take the ground from under an approval.

    Not from one that was given to what was read just now, or to what a person asked for, or after people were told that
    it is over; not where a person says that it goes on; nor of harm to data, of which no end is seen. And a hotfix that
    is built changes nothing yet.
    """
    facts = node.facts
    assert facts.proposal
    assert facts.proposed_at
    assert facts.decided_at
    if facts.asked_for_by or facts.asked_though_over or facts.proposal.action == "build_hotfix":
        return False
    was_ill = facts.ledger.was_abnormal and not facts.ledger.data_readings and not facts.ledger.said_to_go_on
    return was_ill and facts.decided_at - facts.proposed_at > PROPOSAL_IS_READ_AGAIN_AFTER * node.deps.minute


async def measured_over(node: NodeContext) -> str:
    """What a look finds of the services in trouble, where they are measured to be well again; else empty."""
    report = await node.perform(maintainer.verify_recovery, node.briefing(), rows=())
    return report.summary if report.state == "recovered" and is_measured(node) else ""


def asked_whether_still(node: NodeContext, proposal: Proposal, found: str) -> str:
    """Why people are asked again about what they approved: what was read before it was made."""
    facts = node.facts
    approved = node.find(facts.approval)
    assert approved
    assert facts.proposed_at
    by = listed(approved.payload.get("approved_by") or [approved.payload["by"]])
    change, read_at = change_in(proposal.model_dump(mode="json")), at(node.report_event().at)
    return (
        f"Asked anew: {by} approved {change} at {at(approved.at)}, and it was not made. It was proposed for what had "
        f"been read at {at(facts.proposed_at)}; when that was read again, at {read_at}, it was over: "
        f"{found.removeprefix('Recovered: ')} Should it be made all the same?"
    )
