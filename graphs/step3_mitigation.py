"""Step 3: mitigation, 15-60 minutes: the decision tree, from the cause to what is done about it, in order."""

from collections.abc import Sequence

from agents import backend_architect, devops_automator, evidence_collector, frontend_developer, support_responder
from agents import infrastructure_maintainer as maintainer
from agents.reports import Cause
from graphs.acts import Act
from graphs.looks import Look, Tell
from graphs.nodes import Chart, Update
from graphs.runbook import TREE_ROWS
from graphs.step2_investigation import entry
from graphs.visit import Visit

DECISION_TREE: dict[Cause, list[Act | Look | Tell]] = {
    "recent deployment": [
        Act("roll_back", devops_automator.propose_rollback),
        Look("verify_recovery", maintainer.verify_recovery, again_after=3, shows_recovery=True),
        Look("confirm_fix", evidence_collector.confirm_fix),
    ],
    "infrastructure": [
        Act("scale_restart_or_fail_over", maintainer.propose_infrastructure_change),
        Look("support_change", devops_automator.support_change),
        Look("verify_recovery", maintainer.verify_recovery, again_after=3, shows_recovery=True),
    ],
    "code bug": [
        Act("implement_hotfix", backend_architect.implement_hotfix, frontend_developer.implement_hotfix),
        Look("verify_hotfix", evidence_collector.verify_hotfix),
        Act("deploy_hotfix", devops_automator.propose_deploy),
        Look("verify_recovery", maintainer.verify_recovery, again_after=3, shows_recovery=True),
    ],
    "external dependency": [
        Act("activate_fallback_or_cache", maintainer.activate_fallback, may_do_without=True),
        Tell("tell_users", support_responder.tell_users),
        Look("monitor_external_recovery", maintainer.monitor_external_recovery, again_after=10, shows_recovery=True),
    ],
}


def add_to(chart: Chart) -> None:
    """A branch per cause; each ends in verification, or back in investigation with what was learned."""
    for cause, entries in DECISION_TREE.items():
        chain(chart, entry(cause), TREE_ROWS[cause], entries)


def chain(chart: Chart, prefix: str, row: str, entries: Sequence[Act | Look | Tell]) -> None:
    """Put the entries of a branch one after another; the last leads to verification."""

    async def enter(_: Visit) -> Update:
        return {"proposal": None, "approved": False, "passed": None, "acted_at": None}

    chart.node(prefix, enter)
    chart.edge(prefix, entries[0].first(prefix))
    for present, following in zip(entries, [*entries[1:], None], strict=True):
        present.add_to(chart, prefix, row, following.first(prefix) if following else "s4_verify")
