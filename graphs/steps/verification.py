"""Step 4: resolution verification, after the fix: confirm, regress, compare metrics, then watch for 30 minutes."""

from datetime import datetime
from typing import Any

from agents.reports.basis import Check
from agents.reports.mitigation import FixConfirmation, MetricsVerification, Regression
from agents.roles import api_tester, evidence_collector
from agents.roles import infrastructure_maintainer as maintainer
from agents.rules.diagnosis.outcome import said_not_over
from agents.rules.writing.wording import at
from agents.runtime.briefing import WATCH_AFTER_FIX
from agents.runtime.ledger import Statement
from graphs.model.questions import Pause
from graphs.model.runbook import POST_MORTEM_WITHIN, WATCH_LOOKS_EVERY
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import Ended, GraphBuilder, Update, sleep_until, timed
from graphs.steps.checks import did_not_help, said_to_go_on, says_not_over
from graphs.steps.open_harm import is_measured, open_harm

LOOKS_IN_VAIN = 2
"""Looks after the watch's end at metrics that are unknown, before it is verified anew, which asks people."""


def add_to(builder: GraphBuilder) -> None:
    """First S4.1 and S4.3, then S4.2 with its 30-minute watch; a relapse leads back to investigation."""
    builder.node("s4_verify", begin)
    builder.node("s4_confirm_fix", confirm_fix)
    builder.node("s4_run_regression", run_regression)
    builder.node("s4_verify_metrics", verify_metrics, joins=True)
    builder.wait("s4_watch", watch, watched)
    builder.node("s4_look_again", look_again)
    builder.node("s4_resolve", resolve)
    checks = ["s4_confirm_fix", "s4_run_regression"]
    builder.branch("s4_verify", lambda state: checks if state["regression_wanted"] else checks[:1], checks)
    for check in checks:
        builder.edge(check, "s4_verify_metrics")
    builder.branch("s4_verify_metrics", after_verification, ("s4_watch", "s2_investigate", "s2_ask_a_person"))
    builder.edge("s4_watch", "s4_look_again")
    builder.branch("s4_look_again", after_look, ("s4_watch", "s4_resolve", "s4_verify", "s2_investigate"))
    builder.edge("s4_resolve", "s5_reconstruct_timeline")


async def begin(node: NodeContext) -> Update:
    """Begin a verification: the reports of an earlier one no longer count."""
    scope = node.facts.scope
    begun = {"fix_confirmation_ref": "", "regression_ref": "", "passed": None, "asks": ""}
    return {**begun, "regression_wanted": scope is not None and scope.api_related}


async def confirm_fix(node: NodeContext) -> Update:
    """S4.1: confirm that the fix resolves the issue, and brings no new one."""
    await node.perform(evidence_collector.confirm_fix, node.briefing(), rows=("S4.1",))
    return {"fix_confirmation_ref": node.report_event().ref}


async def run_regression(node: NodeContext) -> Update:
    """S4.3: run the regression tests of the API."""
    await node.perform(api_tester.run_regression, node.briefing())
    return {"regression_ref": node.report_event().ref}


async def verify_metrics(node: NodeContext) -> Update:
    """S4.2: all metrics returning to normal, no cascading failure; with S4.1 and S4.3 it opens the watch."""
    report = await node.perform(maintainer.verify_metrics, node.briefing())
    confirmation, regression = node.facts.fix_confirmation, node.facts.regression
    assert confirmation
    checks = _checks(report, confirmation, regression)
    harm = open_harm(node)
    if harm.going_on:
        return _fall_back(node, harm.going_on)
    unseen = not any(check.verdict == "abnormal" for check in checks)
    is_well = report.normal and confirmation.confirmed and (regression is None or regression.passed)
    if (is_well or unseen) and harm.not_seen_to_end and not _was_told_of_it(node):
        asks = f"What was found of the data cannot show that it is over: {harm.not_seen_to_end}. Is it over?"
        return {"passed": False, "asks": asks, "asked_of_data": True}
    if (is_well or unseen) and (going_on := said_to_go_on(node)):
        return _ask_whether_it_goes_on(node, going_on, report)
    if is_well:
        if is_measured(node):
            return _open_watch(node, report)
        if node.state.get("vouched"):
            return _open_watch(node, report, is_vouched=True)
        asks = f"Nothing that is read here measures what the alert says. {report.summary} Is it over?"
        return {"passed": False, "asks": asks}
    if unseen and node.state.get("vouched"):
        return _open_watch(node, report, is_vouched=True)
    if unseen:
        return {"passed": False, "asks": f"Recovery cannot be measured: {report.summary} Is it over?"}
    return _fall_back(node, _what_is_wrong(report, checks))


def _ask_whether_it_goes_on(node: NodeContext, going_on: Statement, report: MetricsVerification) -> Update:
    """Nothing that is measured speaks against recovery, and a person does: people decide, and nobody is told so."""
    if node.facts.public_status == "Monitoring":
        why = says_not_over(going_on.by, going_on.words)
        node.write("status", {"status": "Investigating", "why": why, "said_on": going_on.cite})
    asks = f"{said_not_over(going_on)} By what is measured: {report.summary} Is it over?"
    return {"recovered": False, "passed": False, "asks": asks, "vouched": False}


def _was_told_of_it(node: NodeContext) -> bool:
    """Whether a person says that it is over who was asked about the data itself: one word of before is not enough."""
    return bool(node.state.get("vouched") and node.state.get("asked_of_data"))


def _who_said_so(node: NodeContext) -> tuple[str, str]:
    """The person who said last that it is over, and what they said of it: that it is over, or that they handled it."""
    said = node.facts.ledger.said_over
    return (said.by if said else "a person"), ("handled" if said and said.is_by_hand else "over")


def _what_is_wrong(report: MetricsVerification, checks: list[Check]) -> str:
    """What speaks against recovery: the metrics; where these do not, the checks that do, which name their services."""
    if report.metrics.verdict == "abnormal":
        return report.summary
    return "; ".join(dict.fromkeys(check.text for check in checks if check.verdict == "abnormal"))


def _checks(report: MetricsVerification, fix: FixConfirmation, regression: Regression | None) -> list[Check]:
    seen = [report.metrics, report.cascading_failures, fix.resolves_the_issue, fix.no_new_issue]
    return [*seen, *([*regression.endpoints, regression.response_times, regression.error_rates] if regression else [])]


def _open_watch(node: NodeContext, report: MetricsVerification, is_vouched: bool = False) -> Update:
    """The watch counts from the recovery that step 3 has seen, where it has; else from now.

    Where it cannot be measured any more, it counts from the word of the person who says that it is over.
    """
    is_by_word_now = is_vouched and not node.facts.is_vouched
    if node.facts.public_status != "Monitoring" or not node.facts.fixed_at or is_by_word_now:
        who, what = _who_said_so(node)
        why = f"{who} says that it is {what}. {report.summary}" if is_vouched else report.summary
        by_word = {"is_vouched": True, "by": who} if is_vouched else {}
        node.write("status", {"status": "Monitoring", "why": why, **by_word})
    return {"recovered": True, "passed": True}


def _fall_back(node: NodeContext, why: str) -> Update:
    """Back to investigation: what was done did not help, or for a time. A recovery that did not come counts as well."""
    undone: Update = {"recovered": False, "passed": False, "asks": "", "vouched": False, "asked_of_data": False}
    fixed_at, well_at = node.facts.fixed_at, node.facts.ledger.measured_well_at
    if fixed_at is None or well_at is None or well_at <= fixed_at:
        node.write("status", {"status": "Investigating", "why": f"not recovered: {why}"})
        return {**undone, **did_not_help(node, why, node.report_event())}
    came_back = f"it was well at {at(well_at)}, and has come back: {why}"
    node.write("status", {"status": "Investigating", "why": came_back})
    return {**undone, **did_not_help(node, came_back, node.report_event(), "helped for a time")}


def after_verification(state: dict[str, Any]) -> str:
    """To the watch; to a person, where recovery cannot be measured; or back to investigation."""
    if state["passed"]:
        return "s4_watch"
    return "s2_ask_a_person" if state["asks"] else "s2_investigate"


def watch(node: NodeContext) -> Pause:
    """S4.2: monitor for 30 minutes after the fix."""
    end = _end_of_watch(node)
    now, step = node.deps.clock.now(), WATCH_LOOKS_EVERY * node.deps.minute
    until = min(end, now + step) if now < end else now + step
    return sleep_until(node, until, f"watching until {end:%H:%M:%S} UTC")


def _end_of_watch(node: NodeContext) -> datetime:
    assert node.facts.fixed_at
    return node.facts.fixed_at + WATCH_AFTER_FIX * node.deps.minute


def watched(node: NodeContext, ended: Ended) -> Update:
    """Look at the metrics again: time alone decides nothing."""
    timed(node, ended, "time to look at the metrics again")
    return {}


async def look_again(node: NodeContext) -> Update:
    """S4.2: the metrics once more, during the watch; it does not end on metrics that are unknown."""
    report = await node.perform(maintainer.verify_metrics, node.briefing())
    harm = open_harm(node)
    checks = [report.metrics, report.cascading_failures]
    if any(check.verdict == "abnormal" for check in checks):
        return _fall_back(node, _what_is_wrong(report, checks))
    if harm.going_on and node.report_event().at >= _end_of_watch(node) + WATCH_LOOKS_EVERY * node.deps.minute:
        return _fall_back(node, harm.going_on)
    if report.normal and node.facts.is_vouched and is_measured(node):  # what a person said has been measured by now
        node.write("status", {"status": "Monitoring", "why": report.summary})
    end, at = _end_of_watch(node), node.report_event().at
    if at >= end and not report.normal and not node.facts.is_vouched:
        is_long = at >= end + LOOKS_IN_VAIN * WATCH_LOOKS_EVERY * node.deps.minute
        return {"passed": None if is_long else True, "watched": False}
    is_told_more = len(node.deps.facts(node.run).instructions) > node.state.get("instructions_taken", 0)
    is_at_its_end = at >= end and not harm.going_on
    return {"passed": True, "watched": is_at_its_end and not is_told_more}  # what people have said is taken up first


def after_look(state: dict[str, Any]) -> str:
    """Watch on, or resolve when the 30 minutes are over, or verify anew what is unknown, or go back after a relapse."""
    if state["passed"] is None:
        return "s4_verify"
    if not state["passed"]:
        return "s2_investigate"
    return "s4_resolve" if state["watched"] else "s4_watch"


async def resolve(node: NodeContext) -> Update:
    """Output of step 4: the incident is resolved, and how that is known; the post-mortem is due within 48 hours."""
    by_word = f"over by what {_who_said_so(node)[0]} says, not measured;"
    shown = by_word if node.facts.is_vouched else "verified, and"
    over = node.write("status", {"status": "Resolved", "why": f"{shown} watched for 30 minutes"})
    due = over.at + POST_MORTEM_WITHIN * node.deps.minute
    node.write("resolved", {"post_mortem_due": due.isoformat()})
    return {}
