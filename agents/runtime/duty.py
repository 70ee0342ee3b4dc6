"""A duty: one thing a role does, with the tools it may use and the report it hands back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_type_hints

from agents.reports.basis import Report
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.port import AnyPort

ReportT = TypeVar("ReportT", bound=Report)
Body = Callable[[Briefing, DutyContext], Awaitable[ReportT]]


@dataclass(frozen=True)
class Duty(Generic[ReportT]):
    """One thing a role does. Its body is the duty done by the rules, without a model."""

    role: str
    name: str
    """Also the heading of its section on the role's page."""
    does: str
    """One sentence."""
    rows: tuple[str, ...]
    """The runbook rows it fulfils."""
    tools: tuple[AnyPort, ...]
    report: type[ReportT]
    body: Body[ReportT]

    @property
    def summary(self) -> str:
        """What it does, and the rows that it fulfils."""
        return f"{self.does} ({', '.join(self.rows)})" if self.rows else self.does


DUTIES: dict[str, dict[str, Duty[Any]]] = {}
"""Role -> duty name -> duty."""


def duty(
    does: str, rows: Sequence[str] = (), tools: Sequence[AnyPort] = ()
) -> Callable[[Body[ReportT]], Duty[ReportT]]:
    """Make a role's function a duty: its module names the role, its annotation the report."""

    def declare(body: Body[ReportT]) -> Duty[ReportT]:
        role = body.__module__.rpartition(".")[2]
        made = Duty(role, body.__name__, does, tuple(rows), tuple(tools), get_type_hints(body)["return"], body)
        DUTIES.setdefault(role, {})[made.name] = made
        return made

    return declare
