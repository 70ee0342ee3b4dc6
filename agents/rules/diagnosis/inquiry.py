"""An inquiry: asking tools, once more where they ran out of time, and keeping count of what stayed unseen."""

import re
from collections.abc import Iterable
from typing import Any, ParamSpec, TypeVar

from pydantic import BaseModel

from agents.rules.writing.wording import short
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.port import Port

Asked = ParamSpec("Asked")
Value = TypeVar("Value", bound=BaseModel)


QUERY = re.compile(r" for .+; answered: ", re.DOTALL)
"""In what a backend refused: the query, which says nothing to people and leaves no room for the answer."""


async def ask(
    context: DutyContext, port: Port[Asked, Value], *args: Asked.args, **kwargs: Asked.kwargs
) -> Reading[Value]:
    """Ask a reading port; a tool that ran out of time is asked a second time."""
    reading = await context.use(port, *args, **kwargs)
    if reading.refusal is not None and reading.refusal.error == "timeout":
        return await context.use(port, *args, **kwargs)
    return reading


def unseen(readings: Iterable[Reading[Any] | None]) -> list[str]:
    """Say what was asked for and could not be seen, each once."""
    return list(dict.fromkeys(short(_why_unseen(r), 160) for r in readings if r is not None and r.value is None))


def _why_unseen(reading: Reading[Any]) -> str:
    """Where a backend has nothing about it, its address and query say nothing to people."""
    if reading.refusal and reading.refusal.error == "no data" and QUERY.search(reading.said):
        return f"{reading.asked}: no data"
    return QUERY.sub(", which answered: ", reading.said)


def refs(readings: Iterable[Reading[Any] | None]) -> list[str]:
    """The transcript events of these readings, answered or refused, to cite."""
    return list(dict.fromkeys(r.ref for r in readings if r is not None))
