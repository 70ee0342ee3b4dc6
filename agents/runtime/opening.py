"""The opening of a conversation: what a model is told before it looks at anything.

House rules, catalogue and alert come first, in the same bytes for every duty of a run, then the role's page, and the
clock last: endpoints keep what requests have in common at their beginning, and charge less for it.
"""

from typing import Any

import prompts
from agents.llm.gateway import HAND_IN
from agents.reports.basis import Report
from agents.reports.communication import Brief, Escalation, Notification, RegulatoryAssessment, StatusUpdate
from agents.reports.investigation import Conclusion, Findings
from agents.reports.mitigation import FixConfirmation, MetricsVerification, Proposal, Regression
from agents.reports.post_mortem import Impact, RootCause, Timeline
from agents.reports.triage import Classification, Message, Scope
from agents.runtime.briefing import Briefing, RoleFindings
from agents.runtime.duty import Duty
from agents.runtime.offered_tools import ports_of

WRITTEN = (StatusUpdate, Brief, Message, Escalation, RegulatoryAssessment, Notification)
"""Reports that tell others how it stands."""
NEEDED_BY: dict[str, tuple[type[Report], ...]] = {
    "findings": (Findings, Conclusion, RootCause),
    "hypotheses": (Findings, Conclusion, Proposal, RootCause),
    "damage": (Findings, Conclusion, Scope, *WRITTEN, Timeline, Impact),
    "verification": (FixConfirmation, Regression, MetricsVerification, RootCause),
    "history": (*WRITTEN, Timeline, RootCause),
    "measurements": (Findings, Conclusion, Scope, Classification, *WRITTEN, Timeline, Impact),
}
"""The long parts of a briefing, and the reports that are written from them. Where a duty is not told one, its tools
find it in the transcript; the conclusion that came of the findings is told to all."""


def opening(duty: Duty[Any], briefing: Briefing) -> list[dict[str, Any]]:
    """The house rules, and what is known, with the role's page for this duty."""
    page = prompts.page(duty.role)
    looking = prompts.looking([port.name for port in ports_of(duty, briefing)])
    parts = [f"# {page.title}", page.introduction, looking, f"## {duty.name}", page.duties[duty.name]]
    closing = f"Now do {duty.name}, and hand in with `{HAND_IN}`."
    return opened_with("\n\n".join(filter(None, parts)), duty, briefing, closing)


def opened_with(task: str, duty: Duty[Any], briefing: Briefing, closing: str) -> list[dict[str, Any]]:
    """The house rules, and what is known, with words before it that say what to do, and words at the end."""
    facts = needed_parts(duty.report, briefing).facts()
    return [
        {"role": "system", "content": prompts.everyone()},
        {"role": "user", "content": prompts.render("briefing.md", duty=duty.name, task=task, closing=closing, **facts)},
    ]


def needed_parts(report: type[Report], briefing: Briefing) -> Briefing:
    """A briefing without the long parts that a report is not written from."""
    left_out = [part for part, reports in NEEDED_BY.items() if not issubclass(report, reports)]
    changed: dict[str, Any] = {}
    if "findings" in left_out:
        changed["findings"] = []
    elif issubclass(report, RootCause):
        changed["findings"] = [_checked(found) for found in briefing.findings]
    if "hypotheses" in left_out and briefing.conclusion is not None:
        changed["conclusion"] = briefing.conclusion.model_copy(update={"hypotheses": []})
    if "damage" in left_out:
        changed["ledger"] = briefing.ledger.model_copy(update={"damage": []})
    if "verification" in left_out:
        changed |= {"fix_confirmation": None, "regression": None}
    if "history" in left_out:
        changed["history"] = []
    if "measurements" in left_out and briefing.scope is not None:
        changed["scope"] = briefing.scope.model_copy(update={"claims": []})
    if "hypotheses" in left_out and briefing.proposal is not None:
        changed["proposal"] = briefing.proposal.model_copy(update={"reasons": []})
    return briefing.model_copy(update=changed)


def _checked(found: RoleFindings) -> RoleFindings:
    """A role's findings as they were checked one by one: what they suspected stands in the conclusion."""
    return found.model_copy(update={"findings": found.findings.model_copy(update={"claims": [], "hypotheses": []})})
