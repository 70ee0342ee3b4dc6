"""A duty: one task of a role, with the tools it may use and the report it returns."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from agents.reports.basis import Report
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.port import AnyPort

ReportT = TypeVar("ReportT", bound=Report)
WithoutModel = Callable[[Briefing, DutyContext], Awaitable[ReportT]]


@dataclass(frozen=True, kw_only=True)
class Duty(Generic[ReportT]):
    """One task of a role."""

    role: str
    name: str
    """Also the heading of its section on the role's page."""
    does: str
    """One sentence."""
    rows: tuple[str, ...] = ()
    """The runbook rows it fulfils."""
    tools: tuple[AnyPort, ...] = ()
    """Offered to the model while it does the duty."""
    report: type[ReportT]
    without_model: WithoutModel[ReportT]
    """Does the duty by written rules."""

    @property
    def summary(self) -> str:
        """What it does, and the rows that it fulfils."""
        return f"{self.does} ({', '.join(self.rows)})" if self.rows else self.does
