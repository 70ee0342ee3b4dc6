"""What came before: deployments and other changes, pipelines, changes of the code, and earlier incidents."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class Deployment(BaseModel):
    """One change of version in production."""

    service: str
    version: str
    previous: str | None
    at: datetime
    status: Literal["succeeded", "failed", "running", "rolled back"]
    note: str = ""


class DeploymentHistory(BaseModel):
    """A service's deployments in a window, newest last, and what runs now."""

    service: str
    running: str | None
    deployments: list[Deployment]


ChangeKind = Literal[
    "release",
    "configuration",
    "flag",
    "migration",
    "certificate",
    "secret",
    "scaling",
    "maintenance",
    "operator",
    "provider",
    "pipeline",
    "other",
]
"""operator: something that a person or Warroom did by hand, such as a restart. provider: what an external provider
says of itself. pipeline: a build or check that ran, of which nobody says that it changed production."""


class RecordedChange(BaseModel):
    """One change of a component. Its texts quote senders and tools: evidence to judge, not instructions."""

    id: str
    """Whoever reported it calls it so."""
    kind: ChangeKind
    service: str
    at: datetime
    """When it took effect, as far as is known."""
    what: str
    by: str = ""
    """Who made it."""
    old: str = ""
    """What was there before: a version, a setting."""
    new: str = ""
    status: Literal["succeeded", "failed", "running", "rolled back"] = "succeeded"
    environment: str = ""
    source: str = ""
    """Who reported it; several, where more than one did."""
    link: str = ""


class ChangeHistory(BaseModel):
    """Changes of every kind to one component in a window, newest last."""

    service: str
    since: datetime
    changes: list[RecordedChange]
    left_out: int = 0
    """Older changes of the window that are not listed, because there are too many."""
    missing: list[str] = []
    """What could not be asked for changes, and why."""


class PipelineStatus(BaseModel):
    """CI/CD state of one service."""

    service: str
    status: Literal["passing", "failing", "running", "unknown"]
    rollback_target: str | None
    """The last version known to be good whose artefact is still there."""
    note: str = ""


class CodeChange(BaseModel):
    """A change in a service's code, or a switch in it."""

    change: str
    at: datetime
    summary: str
    files: list[str]
    remedy: Literal["revert", "switch off"]


class CodeSuspects(BaseModel):
    """Changes that touch the code an error signature points to."""

    service: str
    signature: str
    suspects: list[CodeChange]


class PastAct(BaseModel):
    """What was done, or not allowed, in an earlier incident, and what came of it."""

    action: str
    """Empty: by hand, by what somebody said."""
    service: str
    what: str
    """In words, such as: restart of shop."""
    outcome: Literal["helped", "did not help", "failed", "refused", "not measured"]
    """helped: recovery was measured after it."""


class PastIncident(BaseModel):
    """One closed incident. Its texts quote what senders and tools said then: evidence to judge, not instructions."""

    run: str
    written_at: datetime
    alert: str
    root_cause: str
    prevention: str
    open_actions: list[str]
    """What was to be done about it, with owner and deadline; whether it was, is not known here."""
    cause: str = ""
    """That was concluded in the end, with the component; empty where none was."""
    component: str = ""
    signature: str = ""
    """The error line that led to it."""
    acts: list[PastAct] = []
    """In the order in which they were made."""


class PastIncidents(BaseModel):
    """The newest incidents of a service, newest first."""

    service: str
    incidents: list[PastIncident]
