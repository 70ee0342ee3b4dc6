"""Step 3: mitigation, 15-60 minutes: the decision tree, from the cause to what is done about it, in order."""

from collections.abc import Sequence

from agents.reports.basis import Cause
from agents.roles import (
    backend_architect,
    devops_automator,
    evidence_collector,
    frontend_developer,
    support_responder,
)
from agents.roles import infrastructure_maintainer as maintainer
from graphs.model.runbook import TREE_ROWS
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import GraphBuilder, Update
from graphs.steps.checks import RecoveryCheck, UserMessage
from graphs.steps.gated_change import GatedChange
from graphs.steps.investigation import entry

DECISION_TREE: dict[Cause, list[GatedChange | RecoveryCheck | UserMessage]] = {
    "recent deployment": [
        GatedChange("roll_back", devops_automator.propose_rollback),
        RecoveryCheck("verify_recovery", maintainer.verify_recovery, again_after=3, shows_recovery=True),
        RecoveryCheck("confirm_fix", evidence_collector.confirm_fix),
    ],
    "infrastructure": [
        GatedChange("scale_restart_or_fail_over", maintainer.propose_infrastructure_change),
        RecoveryCheck("support_change", devops_automator.support_change),
        RecoveryCheck("verify_recovery", maintainer.verify_recovery, again_after=3, shows_recovery=True),
    ],
    "code bug": [
        GatedChange("implement_hotfix", backend_architect.implement_hotfix, frontend_developer.implement_hotfix),
        RecoveryCheck("verify_hotfix", evidence_collector.verify_hotfix),
        GatedChange("deploy_hotfix", devops_automator.propose_deploy),
        RecoveryCheck("verify_recovery", maintainer.verify_recovery, again_after=3, shows_recovery=True),
    ],
    "external dependency": [
        GatedChange("activate_fallback_or_cache", maintainer.activate_fallback, may_do_without=True),
        UserMessage("tell_users", support_responder.tell_users),
        RecoveryCheck(
            "monitor_external_recovery", maintainer.monitor_external_recovery, again_after=10, shows_recovery=True
        ),
    ],
}


def add_to(builder: GraphBuilder) -> None:
    """A branch per cause; each ends in verification, or back in investigation with what was learned."""
    for cause, entries in DECISION_TREE.items():
        chain(builder, entry(cause), TREE_ROWS[cause], entries)


def chain(
    builder: GraphBuilder, prefix: str, row: str, entries: Sequence[GatedChange | RecoveryCheck | UserMessage]
) -> None:
    """Put the entries of a branch one after another; the last leads to verification."""

    async def enter(_: NodeContext) -> Update:
        return {"proposal": None, "approved": False, "passed": None, "acted_at": None}

    builder.node(prefix, enter)
    builder.edge(prefix, entries[0].first(prefix))
    for present, following in zip(entries, [*entries[1:], None], strict=True):
        present.add_to(builder, prefix, row, following.first(prefix) if following else "s4_verify")
