"""A duty: one thing a role does, with the tools it may use and the report it hands back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_type_hints

from agents.reports.basis import Report
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.port import AnyPort

ReportT = TypeVar("ReportT", bound=Report)
WithoutModel = Callable[[Briefing, DutyContext], Awaitable[ReportT]]


@dataclass(frozen=True, kw_only=True)
class Duty(Generic[ReportT]):
    """One thing a role does."""

    role: str
    name: str
    """Also the heading of its section on the role's page."""
    does: str
    """One sentence."""
    rows: tuple[str, ...] = ()
    """The runbook rows it fulfils."""
    tools: tuple[AnyPort, ...] = ()
    """What a model may ask while it does the duty."""
    report: type[ReportT]
    without_model: WithoutModel[ReportT]
    """Does the duty by written rules."""

    @property
    def summary(self) -> str:
        """What it does, and the rows that it fulfils."""
        return f"{self.does} ({', '.join(self.rows)})" if self.rows else self.does


DUTIES: dict[str, dict[str, Duty[Any]]] = {}
"""Role -> duty name -> duty."""


def duty(
    does: str, rows: Sequence[str] = (), tools: Sequence[AnyPort] = ()
) -> Callable[[WithoutModel[ReportT]], Duty[ReportT]]:
    """Make a role's function a duty: its module names the role, its annotation the report."""

    def declare(body: WithoutModel[ReportT]) -> Duty[ReportT]:
        role = body.__module__.rpartition(".")[2]
        made = Duty(
            role=role,
            name=body.__name__,
            does=does,
            rows=tuple(rows),
            tools=tuple(tools),
            report=get_type_hints(body)["return"],
            without_model=body,
        )
        DUTIES.setdefault(role, {})[made.name] = made
        return made

    return declare
