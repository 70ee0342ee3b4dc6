"""Readings: what the ports answer. Every driver answers in these shapes."""

from agents.readings.checks import Candidate, DataSafety, EndpointCheck, EndpointChecks, Screenshot, Usage
from agents.readings.delivery import CodeChange, CodeSuspects, Deployment, DeploymentHistory, PipelineStatus
from agents.readings.estate import Call, DatabaseHealth, Dependencies, InfrastructureState, Machine, ProviderStatus
from agents.readings.outcomes import ActionResult, Refusal
from agents.readings.past import PastIncident, PastIncidents
from agents.readings.signals import ClientSignals, ErrorLog, GoldenSignals, LogPattern, Series, SystemMetrics

__all__ = [
    "ActionResult",
    "Call",
    "Candidate",
    "ClientSignals",
    "CodeChange",
    "CodeSuspects",
    "DataSafety",
    "DatabaseHealth",
    "Dependencies",
    "Deployment",
    "DeploymentHistory",
    "EndpointCheck",
    "EndpointChecks",
    "ErrorLog",
    "GoldenSignals",
    "InfrastructureState",
    "LogPattern",
    "Machine",
    "PastIncident",
    "PastIncidents",
    "PipelineStatus",
    "ProviderStatus",
    "Refusal",
    "Screenshot",
    "Series",
    "SystemMetrics",
    "Usage",
]
