"""Triage: acknowledging an alert, classifying it, opening the channel, and putting a P3 into the backlog."""

from agents.reports.basis import Claim, Severity
from agents.reports.post_mortem import BacklogEntries, BacklogEntry
from agents.reports.triage import Acknowledgement, Classification, Message
from agents.rules.writing.wording import listed, on, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.symptoms import symptom

TEAM_WORDS: dict[Severity, str] = {
    "P0": "All hands: Infrastructure Maintainer commands; DevOps Automator, Backend Architect, Frontend Developer, "
    "Support Responder and Executive Summary Generator are in.",
    "P1": "Infrastructure Maintainer commands; DevOps Automator, the Relevant Developer and Support Responder are in.",
    "P2": "The Relevant Developer and the Evidence Collector are in.",
    "P3": "The Sprint Prioritizer puts it into the backlog.",
}


async def acknowledge(briefing: Briefing, context: DutyContext) -> Acknowledgement:
    """Say in plain words what the alert claims."""
    alert = briefing.alert
    service = briefing.service or "no service"
    listed_there = "" if briefing.service in briefing.catalogue.services else ", which the catalogue does not list"
    since = f", since {on(alert.starts_at)}" if alert.starts_at else ""
    says = short(alert.title if not alert.description else f"{alert.title} — {alert.description}", 300)
    understood = f"{alert.source} says of {service}{listed_there}{since}: “{says}”"
    return Acknowledgement(
        summary=f"The alert on {service} is acknowledged.", understood=understood, symptom=symptom(alert)
    )


async def classify(briefing: Briefing, context: DutyContext) -> Classification:
    """Take the lowest severity that the written rules allow, with the rules that say so."""
    severity: Severity = briefing.floor.severity if briefing.floor else briefing.severity or "P2"
    words = briefing.floor.reasons if briefing.floor else ["no rule could be applied"]
    cites = [briefing.scope_ref] if briefing.scope_ref else []
    reasons = [Claim(text=word, cites=cites) for word in words]
    reasons += [Claim(text=briefing.scope.summary, cites=cites)] if briefing.scope else []
    return Classification(summary=f"{severity}: {listed(words)}.", severity=severity, reasons=reasons)


async def open_channel(briefing: Briefing, context: DutyContext) -> Message:
    """Write the first message of the incident channel: what is known, what is not, and what comes next."""
    known = briefing.scope.summary if briefing.scope else "The scope has not been seen yet."
    reason = f" because {listed(briefing.floor.reasons)}" if briefing.floor else ""
    lines = [
        f"{briefing.service or 'unknown service'}: {short(briefing.alert.title)} "
        f"(alert received {on(briefing.started_at)})",
        f"Severity {briefing.severity or 'not set yet'}{reason}.",
        known,
        f"Not known yet: the cause. {_team(briefing)}",
        "Next: investigation, 5-30 minutes.",
    ]
    return Message(summary=f"The channel for {briefing.service} is open.", text="\n".join(lines))


def _team(briefing: Briefing) -> str:
    return TEAM_WORDS[briefing.severity] if briefing.severity else "The team follows the severity."


async def add_to_backlog(briefing: Briefing, context: DutyContext) -> BacklogEntries:
    """Make one entry for the backlog out of the alert."""
    listed = briefing.catalogue.services.get(briefing.service)
    noticed = briefing.scope.summary if briefing.scope else "Who notices it is not known."
    entry = BacklogEntry(
        title=short(briefing.alert.title, 100),
        owner=(listed.owner if listed else "") or "triage",
        deadline="next sprint",
        why=f"{noticed} Details: run {briefing.run}.",
    )
    return BacklogEntries(entries=[entry], summary=f"One entry for the backlog: {entry.title}.")
