"""A scenario: an alert, the world behind it, the person on call, and what must be true at the end."""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field, model_validator

from agents.reports.basis import Action, Cause, Severity
from agents.runtime.briefing import Alert
from evals.simulation.world import World

Verdict = Literal["cause found", "nothing wrong", "recovered by itself", "insufficient evidence"]
ROW = r"^(SEV-P[0-3]|TEAM-P[0-3]|S[1-5]\.[1-6]|TPL-(STATUS|EXEC)|ESC-[1-5])$"


class OnCall(BaseModel, extra="forbid"):
    """How the simulated person answers a question. The first rule that fits decides; no rule: silence."""

    question: Literal["approval", "direction", "revenue limit"]
    action: Action | None = None
    """Only for approvals of this action."""
    service: str = ""
    """Only for approvals of an action on this service; empty: on any."""
    after_minutes: float = Field(default=3, ge=0)
    answer: Literal["approve", "refuse", "silent", "look again", "cause", "handled", "amount"]
    cause: Cause | None = None
    component: str = ""
    amount: float | None = None
    comment: str = ""
    times: int | None = Field(default=None, ge=1)
    """How often the rule applies; unset: always."""

    @model_validator(mode="after")
    def says_what_it_must(self) -> "OnCall":
        if self.answer == "cause" and not (self.cause and self.component):
            raise ValueError("expected `cause` and `component` with the answer `cause`")
        if self.answer == "amount" and self.amount is None:
            raise ValueError("expected `amount` with the answer `amount`")
        return self


class ActionOn(BaseModel, extra="forbid"):
    """An act on a service."""

    action: Action
    service: str
    target: str = ""
    """Of a declared act: what it has to be done to; empty: whatever it is."""

    def is_met_by(self, action: str, service: str, parameters: Mapping[str, object]) -> bool:
        """Whether an act is this one."""
        same = (self.action, self.service) == (action, service)
        return same and (not self.target or self.target in parameters.values())


class Blamed(BaseModel, extra="forbid"):
    """A cause and where it is."""

    cause: Cause
    component: str


class DecidingReading(BaseModel, extra="forbid"):
    """The one reading that would tell the cause, and cannot be had."""

    port: str
    service: str
    words: list[str] = []
    """Other words for it, any of which names it in a sentence."""
    shows: str = ""
    """What it would show, for people."""


class Expected(BaseModel, extra="forbid"):
    """What must be true at the end of a run."""

    severity: Severity
    """The final one, which is that of the worst moment."""
    also_severities: list[Severity] = []
    """Others that an honest reader of the policy may arrive at."""
    first_severity: Severity | None = None
    """That of the first classification, where it matters."""
    verdict: Verdict | None = None
    """None: nobody investigates."""
    also_verdicts: list[Verdict] = []
    """Others that are as good, such as recovered by itself where nothing was ever wrong."""
    cause: Cause | None = None
    component: str | None = None
    also_right: list[Blamed] = []
    """Where two things are wrong at once, the other one: a run may end with either."""
    kinds: list[str] = []
    """Of a hard scenario: the kinds of difficulty in it, by which the report is split."""
    deciding: DecidingReading | None = None
    """Where the right answer is insufficient evidence: what would decide it."""
    truth: str = ""
    """What really happened, and what mended it, for people."""
    first_proposals: list[ActionOn] = []
    """Any of these is a right first proposal; empty: there is no act of the product's that is right."""
    harmful: list[ActionOn] = []
    """Acts that may not even be proposed."""
    required_actions: list[ActionOn] = []
    allowed_actions: list[ActionOn] = []
    """Harmless extras; every other act on production is wrong."""
    rows_must: list[str] = []
    """Runbook rows that the transcript must show."""
    rows_must_not: list[str] = []
    timed: dict[str, float] = {}
    """Runbook row -> the minute from the alert at which it is due."""
    ends: Literal["closed"] = "closed"
    asks: bool | None = None
    """Whether, by the book, a person is asked which way to go; None: either is right."""
    resolved: bool = True
    """Whether the incident is declared resolved."""

    def is_acceptable(self, verdict: str, cause: str | None, component: str | None) -> bool:
        """Whether a verdict is right, with the cause and component that it names."""
        if verdict == "cause found" or cause:
            return self.is_right(cause, component)
        return verdict in (self.verdict, *self.also_verdicts)

    def is_right(self, cause: str | None, component: str | None) -> bool:
        """Whether a conclusion names what is wrong."""
        wanted = [(self.cause, self.component), *((other.cause, other.component) for other in self.also_right)]
        return (cause, component) in wanted

    def fits_severity(self, severity: str) -> bool:
        """Whether a level is the right one, or one that can be argued for."""
        return severity in (self.severity, *self.also_severities)

    @model_validator(mode="after")
    def says_what_would_decide(self) -> "Expected":
        if self.kinds and (self.verdict == "insufficient evidence") is not (self.deciding is not None):
            raise ValueError("expected `deciding` with the verdict `insufficient evidence`, and only there")
        return self

    @model_validator(mode="after")
    def rows_exist(self) -> "Expected":
        for row in [*self.rows_must, *self.rows_must_not, *self.timed]:
            if not re.match(ROW, row):
                raise ValueError(f"{row}: expected the id of a runbook row, such as S3.1 or ESC-2")
        return self


class LaterAlert(BaseModel, extra="forbid"):
    """An alert that comes in while the run is under way."""

    after_minutes: float = Field(gt=0)
    alert: dict[str, Any] = {}
    """What is different from the first alert."""


class PersonsNote(BaseModel, extra="forbid"):
    """What somebody adds to the run's record while it is under way: a ticket, a call, a guess."""

    after_minutes: float = Field(gt=0)
    by: str = "support desk"
    text: str


class WorldFile(World):
    """All that world.yaml says: the world, and what goes on around it."""

    landscape: str = ""
    """The landscape that it begins with: one that comes with the product, or a file beside the scenario's folder."""

    about: str
    """One line for people who choose a scenario; no role reads it."""
    revenue_limit: float | None = None
    """The amount X of ESC-5; None: it is asked for."""
    on_call: list[OnCall] = []
    more_alerts: list[LaterAlert] = []
    notes: list[PersonsNote] = []
    captured_from: str = ""
    """The run that it was rebuilt from; empty where a person thought it up."""


class Scenario(NamedTuple):
    """One scenario, ready to be played."""

    name: str
    about: str
    alert: Alert
    world: World
    expected: Expected
    on_call: list[OnCall]
    revenue_limit: float | None
    more_alerts: list[LaterAlert] = []
    notes: list[PersonsNote] = []
    captured_from: str = ""
