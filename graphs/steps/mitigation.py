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
from graphs.steps.investigation import BRANCHES

Entry = GatedChange | RecoveryCheck | UserMessage

DECISION_TREE: dict[Cause, list[Entry]] = {
    "recent deployment": [
        GatedChange(
            propose="s3_recent_deployment_roll_back_propose",
            decide="s3_recent_deployment_roll_back_decide",
            check_again="s3_recent_deployment_roll_back_check_again",
            carry_out="s3_recent_deployment_roll_back_carry_out",
            ask_whether_done="s3_recent_deployment_roll_back_ask_whether_done",
            duty=devops_automator.propose_rollback,
        ),
        RecoveryCheck(
            "s3_recent_deployment_verify_recovery",
            maintainer.verify_recovery,
            wait="s3_recent_deployment_verify_recovery_again_later",
            again_after=3,
            shows_recovery=True,
        ),
        RecoveryCheck(
            "s3_recent_deployment_confirm_fix",
            evidence_collector.confirm_fix,
        ),
    ],
    "infrastructure": [
        GatedChange(
            propose="s3_infrastructure_scale_restart_or_fail_over_propose",
            decide="s3_infrastructure_scale_restart_or_fail_over_decide",
            check_again="s3_infrastructure_scale_restart_or_fail_over_check_again",
            carry_out="s3_infrastructure_scale_restart_or_fail_over_carry_out",
            ask_whether_done="s3_infrastructure_scale_restart_or_fail_over_ask_whether_done",
            duty=maintainer.propose_infrastructure_change,
        ),
        RecoveryCheck(
            "s3_infrastructure_support_change",
            devops_automator.support_change,
        ),
        RecoveryCheck(
            "s3_infrastructure_verify_recovery",
            maintainer.verify_recovery,
            wait="s3_infrastructure_verify_recovery_again_later",
            again_after=3,
            shows_recovery=True,
        ),
    ],
    "code bug": [
        GatedChange(
            propose="s3_code_bug_implement_hotfix_propose",
            decide="s3_code_bug_implement_hotfix_decide",
            check_again="s3_code_bug_implement_hotfix_check_again",
            carry_out="s3_code_bug_implement_hotfix_carry_out",
            ask_whether_done="s3_code_bug_implement_hotfix_ask_whether_done",
            duty=backend_architect.implement_hotfix,
            by_frontend=frontend_developer.implement_hotfix,
        ),
        RecoveryCheck(
            "s3_code_bug_verify_hotfix",
            evidence_collector.verify_hotfix,
        ),
        GatedChange(
            propose="s3_code_bug_deploy_hotfix_propose",
            decide="s3_code_bug_deploy_hotfix_decide",
            check_again="s3_code_bug_deploy_hotfix_check_again",
            carry_out="s3_code_bug_deploy_hotfix_carry_out",
            ask_whether_done="s3_code_bug_deploy_hotfix_ask_whether_done",
            duty=devops_automator.propose_deploy,
        ),
        RecoveryCheck(
            "s3_code_bug_verify_recovery",
            maintainer.verify_recovery,
            wait="s3_code_bug_verify_recovery_again_later",
            again_after=3,
            shows_recovery=True,
        ),
    ],
    "external dependency": [
        GatedChange(
            propose="s3_external_dependency_activate_fallback_or_cache_propose",
            decide="s3_external_dependency_activate_fallback_or_cache_decide",
            check_again="s3_external_dependency_activate_fallback_or_cache_check_again",
            carry_out="s3_external_dependency_activate_fallback_or_cache_carry_out",
            ask_whether_done="s3_external_dependency_activate_fallback_or_cache_ask_whether_done",
            duty=maintainer.activate_fallback,
            may_do_without=True,
        ),
        UserMessage("s3_external_dependency_tell_users", support_responder.tell_users),
        RecoveryCheck(
            "s3_external_dependency_monitor_external_recovery",
            maintainer.monitor_external_recovery,
            wait="s3_external_dependency_monitor_external_recovery_again_later",
            again_after=10,
            shows_recovery=True,
        ),
    ],
}
"""Cause -> what is done about it, in order, each with the names of its nodes."""
PROPOSED_BY = {
    change.decide: change.propose
    for branch in DECISION_TREE.values()
    for change in branch
    if isinstance(change, GatedChange)
}
"""Node that waits for a decision -> node that proposes what is decided on."""
CHECKED_BY = {
    check.wait: check.node
    for branch in DECISION_TREE.values()
    for check in branch
    if isinstance(check, RecoveryCheck) and check.wait
}
"""Node that waits for a change to take effect -> node that checks whether it has."""


def add_to(builder: GraphBuilder) -> None:
    """A branch per cause; each ends in verification, or back in investigation with what was learned."""
    for cause, entries in DECISION_TREE.items():
        _add_branch(builder, BRANCHES[cause], TREE_ROWS[cause], entries)


def _add_branch(builder: GraphBuilder, enter: str, row: str, entries: Sequence[Entry]) -> None:
    """Put the entries of a branch one after another; the last leads to verification."""
    builder.node(enter, _enter)
    builder.edge(enter, entries[0].first)
    for present, following in zip(entries, [*entries[1:], None], strict=True):
        present.add_to(builder, row, following.first if following else "s4_verify")


async def _enter(_: NodeContext) -> Update:
    """Enter a branch: what was proposed and done in an earlier one is laid aside."""
    return {"proposal_ref": "", "approved": False, "passed": None, "acted": False}
