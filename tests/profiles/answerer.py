"""A well-behaved scripted model: it looks at a few things with its tools, then hands in what the rules would.

What it is told is only what a model is told. That its reports are sound is seen to before it is asked: the rules write
each report in the same duty, so that its times and its events are those of that very minute.
"""

import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from agents.reports.basis import Report
from agents.runtime import performing
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.duty_context import DutyContext
from agents.runtime.opening import opening
from agents.runtime.tool_loop import by_model
from tests.model_server import Reply, Request, calls
from tests.model_tape import NO_OBJECTION, corrected, is_asked_for_an_objection

HAND_IN = "hand_in"
LOOKS = 2
"""So many tools it uses before its report."""
SERVICE = re.compile(r"- Alerted service: (\S+)\.\n")


class Answerer:
    """Answers requests for chat completions."""

    def __init__(self) -> None:
        self._reports: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def prepare(self, opened: str, report: dict[str, Any]) -> None:
        """Note what is handed in where a conversation was opened so."""
        with self._lock:
            self._reports[opened] = report

    def __call__(self, request: Request) -> Reply:
        briefing = str(request["messages"][1]["content"])
        with self._lock:
            asked = opened_by(request["messages"])
            report = NO_OBJECTION if is_asked_for_an_objection(request) else self._reports[asked]
        alerted = SERVICE.search(briefing)
        if len(request["messages"]) == 2 and alerted:
            tools = [tool["function"] for tool in request["tools"]]
            looks = [tool["name"] for tool in tools if tool["parameters"].get("required") == ["service"]]
            if wanted := [(name, {"service": alerted[1]}) for name in looks if name != HAND_IN][:LOOKS]:
                return calls(*wanted)
        return calls((HAND_IN, corrected(report, request)))


@contextmanager
def preparing(answerer: Answerer) -> Generator[None]:
    """Let the rules write each duty's report before the model is asked, while the block runs."""

    async def prepared(duty: Duty[Any], briefing: Briefing, context: DutyContext) -> Report:
        report = await duty.without_model(briefing, context)
        answerer.prepare(opened_by(opening(duty, briefing)), report.model_dump(mode="json"))
        return await by_model(duty, briefing, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(performing, "by_model", prepared)
        yield


def tool_results(request: Request) -> int:
    """How many letters of tools' answers a conversation holds."""
    messages = cast(list[dict[str, Any]], request["messages"])
    return sum(len(str(message["content"])) for message in messages if message["role"] == "tool")


def opened_by(messages: list[dict[str, Any]]) -> str:
    """What tells one conversation from the others: the role's page, and its briefing."""
    return json.dumps([message["content"] for message in messages[:2]])
