"""A duty: one thing a role does, with the tools it may use and the report it hands back."""

import inspect
import re
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
    """One thing a role does. Its body is the duty done by the book."""

    role: str
    name: str
    tools: tuple[AnyPort, ...]
    report: type[ReportT]
    rows: tuple[str, ...]
    """The runbook rows it fulfils, from its docstring."""
    body: Body[ReportT]

    @property
    def heading(self) -> str:
        """The heading of its section on the role's page."""
        return self.name

    @property
    def summary(self) -> str:
        """Its docstring's first line."""
        return (inspect.getdoc(self.body) or self.name).partition("\n")[0]


DUTIES: dict[str, dict[str, Duty[Any]]] = {}
"""Role -> duty name -> duty."""


def duty(tools: Sequence[AnyPort] = ()) -> Callable[[Body[ReportT]], Duty[ReportT]]:
    """Make a role's function a duty: its module names the role, its docstring the rows, its annotation the report."""

    def declare(body: Body[ReportT]) -> Duty[ReportT]:
        role = body.__module__.rpartition(".")[2]
        named = re.search(r"\(([^()]*)\)\s*$", inspect.getdoc(body) or "")
        rows = tuple(re.split(r",\s*", named.group(1))) if named else ()
        made = Duty(role, body.__name__, tuple(tools), get_type_hints(body)["return"], rows, body)
        DUTIES.setdefault(role, {})[made.name] = made
        return made

    return declare
