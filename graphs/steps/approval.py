"""Approval: what is put to people about one change, exactly as it was shown, and which approvals of it count."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agents.reports.mitigation import Proposal
from agents.rules.diagnosis import earlier_incidents
from agents.runtime.briefing import Briefing, tried_before
from agents.tools.change import Change, UnfitChange
from graphs.model.policy import ASK, Approval, PolicyRule, valid_approvals
from graphs.model.questions import Question
from graphs.transcript.facts import Facts

Fields = dict[str, Any]
NO_COMMENT = "no comment"


class Decision(NamedTuple):
    """What was decided about a proposal, by whom and why."""

    decision: str
    """approved | refused | expired"""
    by: str
    why: str
    proposal: Fields
    """As it was decided on: a person may have changed its parameters."""
    digest: str
    """Of exactly that change; empty where it is none that could be made."""


def not_proposable(report: Proposal, briefing: Briefing) -> str:
    """Why a proposal cannot be put to anyone; empty where it can. Targets and parameters must be real."""
    if report.action is None:
        return report.summary
    try:
        Change(report.action, report.service, report.parameters).listed_in(briefing.catalogue)
    except UnfitChange as unfit:
        return str(unfit)
    if tried := tried_before(briefing, report.service, report.action, report.parameters):
        return f"{report.action} of {report.service} was tried or refused before: {tried.said}"
    return ""


def change_in(proposal: Mapping[str, Any]) -> Change | None:
    """The change that a proposal is about; None where it is none, as in a record of an older Warroom."""
    try:
        return Change.of(proposal)
    except UnfitChange:
        return None


def digest_of(proposal: Mapping[str, Any]) -> str:
    """The digest of the change that a proposal is about; empty where it is none."""
    change = change_in(proposal)
    return change.digest if change else ""


def lead_on(facts: Facts, proposal: Mapping[str, Any]) -> str:
    """What an earlier incident like this one says of the change that is asked about; empty where there is none."""
    if facts.past_incidents is None or facts.alert is None:
        return ""
    deed = (str(proposal.get("action") or ""), str(proposal.get("service") or ""))
    return earlier_incidents.lead(facts.past_incidents, facts.alert, facts.conclusion, deed)


def in_words(proposal: Mapping[str, Any], asked_anew: str = "", approvals: str = "", lead: str = "") -> str:
    """What a person is asked to approve. First the change in words of our own: the summary may be a model's."""
    exactly = str(change_in(proposal) or "")
    change = f"{exactly[:1].upper()}{exactly[1:]}." if exactly else ""
    sentences = [change, asked_anew, approvals, lead, proposal["summary"]]
    return " ".join(filter(None, sentences))


def approvals_in_words(rule: PolicyRule, approvals: Sequence[Approval]) -> str:
    """Who has approved a change that needs several approvals, and how many are missing; empty where one is enough."""
    if rule.approvals == 1:
        return ""
    given = [
        f"{one.by} approved this{f': {one.comment}' if one.comment else ''}".rstrip(".") + "." for one in approvals
    ]
    missing = rule.approvals - len(approvals)
    needed = "One more person has" if missing == 1 else f"{missing} different people have"
    return " ".join([*given, f"{needed} to approve."])


def still_stands(approved: Mapping[str, Any], shown: str, report: Proposal) -> bool:
    """Whether a late yes holds: what would be proposed now is what was shown then, or what was approved instead."""
    now = digest_of(report.model_dump())
    return bool(now) and now in (shown, digest_of(approved))


def asked_anew(approved: Mapping[str, Any], report: Proposal) -> str:
    """Why a person is asked again about what was approved late."""
    same = (report.action, report.service) == (approved["action"], approved["service"])
    now = "it would be done with other parameters" if same else "something else would be done"
    return f"Asked anew: {change_in(approved)} was approved late, and by now {now}."


def approvals_with(asked: Question, rule: PolicyRule, before: Sequence[Approval], decision: Decision) -> list[Approval]:
    """The approvals that count for a change once the decision, a person's yes, is added to those before it.

    A yes to a question that another rule asked does not count: the policy was changed meanwhile.
    """
    asked_by = (asked.rule or ASK.record).text
    comment = "" if decision.why == NO_COMMENT else decision.why
    yes = Approval(by=decision.by, comment=comment, digest=decision.digest, rule=asked_by)
    return valid_approvals([*before, yes], rule, decision.digest)
