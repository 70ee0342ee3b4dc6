"""Whether a regulator or the people concerned have to be notified. An assessment; nothing is sent."""

from datetime import timedelta
from typing import Literal

from agents.readings.production import DataSafety
from agents.reports.communication import RegulatoryAssessment
from agents.rules.diagnosis.inquiry import ask
from agents.rules.writing.wording import listed, on, short
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.ports import data_safety

AUTHORITY_WITHIN = timedelta(hours=72)
"""GDPR, article 33: from awareness."""
RESIDENTS_WITHIN = timedelta(days=30)
"""California's breach law: residents are told at the latest so long after discovery."""
Likely = Literal["yes", "no", "unclear"]
ASK_AWARENESS = "A person must record now when we became aware of it; the 72 hours run from that time."


async def assess_regulatory_notification(briefing: Briefing, context: DutyContext) -> RegulatoryAssessment:
    """Assess whether a suspected data breach has to be notified to a regulator, and by when."""
    safety = await ask(context, data_safety, briefing.service)
    likely = _likely(briefing, safety)
    shown = _shown(briefing, safety)
    return RegulatoryAssessment(
        notification_likely_required=likely,
        regimes=["GDPR, if data of people in the EU is concerned", "CCPA, if Californians are"],
        clock=_authority_clock(briefing),
        assessment=f"A data breach is suspected on {briefing.service}. {shown} {_meaning(likely)}",
        asks=[
            *_awareness(briefing),
            "Whose data is it, of how many people, and was it encrypted?",
            "Logs and evidence are to be preserved: who sees to it?",
        ],
        summary=f"Notification of a regulator likely required: {likely}. {_authority_clock(briefing)}",
    )


async def assess_privacy_notification(briefing: Briefing, context: DutyContext) -> RegulatoryAssessment:
    """Assess notification under GDPR and CCPA where user data is affected, and by when."""
    safety = await ask(context, data_safety, briefing.service)
    likely = _likely(briefing, safety)
    clock = f"{_authority_clock(briefing)} {_residents_clock(briefing)}"
    text = (
        f"User data of {briefing.service} is affected. {_shown(briefing, safety)} {_meaning(likely)} "
        "GDPR: people concerned "
        "are told without undue delay where the risk to them is high. CCPA and California's breach law: residents are "
        "told where unencrypted personal information was acquired without authority. Counsel confirms the law in force."
    )
    return RegulatoryAssessment(
        notification_likely_required=likely,
        regimes=["GDPR", "CCPA"],
        clock=clock,
        assessment=text,
        asks=[
            *_awareness(briefing),
            "Where do the people concerned live, which kinds of data are affected, and was it encrypted?",
            "Who approves the draft that the Executive Summary Generator prepares?",
        ],
        summary=f"Notification under GDPR or CCPA likely required: {likely}. {_authority_clock(briefing)}",
    )


def _likely(briefing: Briefing, safety: Reading[DataSafety]) -> Likely:
    """Yes where user records are shown to be exposed or lost; no only where a check shows that none are concerned."""
    listed_service = briefing.catalogue.services.get(briefing.service)
    exposed = safety.value.user_records_exposed if safety.value else 0
    if exposed > 0 or (briefing.scope is not None and briefing.scope.user_data_affected):
        return "yes"
    nothing_personal = listed_service is not None and not listed_service.holds_user_data
    found_elsewhere = briefing.scope is not None and briefing.scope.breach_suspected
    clean = safety.value is not None and not safety.value.suspicious_access and not found_elsewhere
    return "no" if nothing_personal and clean else "unclear"


def _shown(briefing: Briefing, safety: Reading[DataSafety]) -> str:
    if safety.value is None:
        return f"The data of {briefing.service} could not be checked ({short(safety.said)})."
    value = safety.value
    quoted = [f"“{short(finding, 80)}”" for finding in value.suspicious_access[:3]]
    audit = f"; the audit lists {listed(quoted)}" if quoted else ""
    found = briefing.ledger.data
    worst = f" The worst that was found [{found.cite}]: {found.words}." if found and found.words else ""
    return (
        f"Shown of {briefing.service} [{safety.ref}]: {value.user_records_exposed:,} user records exposed, "
        f"{value.records_lost:,} records lost, {value.integrity_errors} integrity errors{audit}.{worst}"
    )


def _meaning(likely: Likely) -> str:
    return {
        "yes": "Personal data is shown to be concerned, so a notification is likely to be required.",
        "no": "No personal data is shown to be concerned.",
        "unclear": "Whether personal data is concerned is not shown yet; until it is, it has to be assumed possible.",
    }[likely]


def _authority_clock(briefing: Briefing) -> str:
    if briefing.awareness_at is None:
        return f"GDPR: 72 h from awareness. {ASK_AWARENESS} It may already be running."
    due = briefing.awareness_at + AUTHORITY_WITHIN
    return f"GDPR: 72 h from awareness at {on(briefing.awareness_at)}, that is until {on(due)}."


def _residents_clock(briefing: Briefing) -> str:
    if briefing.awareness_at is None:
        return "California: 30 days from discovery, whose time has to be recorded too."
    return f"California: residents at the latest by {on(briefing.awareness_at + RESIDENTS_WITHIN)}."


def _awareness(briefing: Briefing) -> list[str]:
    return [ASK_AWARENESS] if briefing.awareness_at is None else []
