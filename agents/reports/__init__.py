"""Reports: what roles hand back, step by step. Every claim cites the transcript events it rests on."""

from agents.reports.basis import Action, Calculation, Cause, Check, Cites, Claim, Report, Severity, Status
from agents.reports.communication import Brief, StatusUpdate
from agents.reports.escalation import Escalation, Notification, RegulatoryAssessment
from agents.reports.investigation import (
    BackendFindings,
    ClientFindings,
    Conclusion,
    DeliveryFindings,
    Findings,
    Hypothesis,
    SystemFindings,
)
from agents.reports.mitigation import ExternalRecovery, HotfixCheck, Proposal, Recovery, Support
from agents.reports.post_mortem import (
    ActionItem,
    ActionItems,
    BacklogEntries,
    BacklogEntry,
    Impact,
    Prevention,
    RootCause,
    Timeline,
    TimelineEntry,
)
from agents.reports.triage import Acknowledgement, Classification, Message, Scope
from agents.reports.verification import FixConfirmation, MetricsVerification, Regression

__all__ = [
    "Acknowledgement",
    "Action",
    "ActionItem",
    "ActionItems",
    "BackendFindings",
    "BacklogEntries",
    "BacklogEntry",
    "Brief",
    "Calculation",
    "Cause",
    "Check",
    "Cites",
    "Claim",
    "Classification",
    "ClientFindings",
    "Conclusion",
    "DeliveryFindings",
    "Escalation",
    "ExternalRecovery",
    "Findings",
    "FixConfirmation",
    "HotfixCheck",
    "Hypothesis",
    "Impact",
    "Message",
    "MetricsVerification",
    "Notification",
    "Prevention",
    "Proposal",
    "Recovery",
    "Regression",
    "RegulatoryAssessment",
    "Report",
    "RootCause",
    "Scope",
    "Severity",
    "Status",
    "StatusUpdate",
    "Support",
    "SystemFindings",
    "Timeline",
    "TimelineEntry",
]
