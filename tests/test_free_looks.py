"""Looking freely in a whole run: a model asks every such tool that it is offered, and the run is played again."""

from collections.abc import Mapping
from typing import Any

import pytest

from agents.io.mcp_server import McpServer
from agents.readings.mcp import McpResult
from agents.tools import offered
from agents.tools.port import AnyPort, Connections, Driver, Lookup
from evals.playing.play import Played, play
from evals.scenarios.loading import load
from graphs.replay.replay import replay
from graphs.runtime.dependencies import Dependencies
from tests.model_plays import LEVELS, through
from tests.model_server import Reply, Request, calls
from tests.model_tape import Tape

QUESTIONS: dict[str, dict[str, Any]] = {
    "search_logs": {"level": "warning", "minutes": 60},
    "query_metric": {"metric": "error_rate", "by": "instance"},
    "change_diff": {"change": "none"},
    "source_lines": {"signature": "none.py"},
    "configuration": {},
    "traced_requests": {},
    "describe_workload": {},
    "team_notes": {"text": "pool"},
    "search_transcript": {"text": "error"},
    "read_event": {"ref": "no such ref"},
}
"""What is asked of each; of the service that the briefing is about, where it takes one."""


class Curious:
    """Answers as the recorded run did, but at the start of a duty asks every tool for looking freely, too."""

    def __init__(self, tape: Tape, service: str, questions: Mapping[str, dict[str, Any]] = QUESTIONS) -> None:
        self._tape, self._service, self._questions = tape, service, questions

    def __call__(self, request: Request) -> Reply:
        forms = {form["function"]["name"]: form["function"]["parameters"] for form in request.get("tools", [])}
        asked = [
            (name, {**question, **({"service": self._service} if "service" in forms[name]["properties"] else {})})
            for name, question in self._questions.items()
            if name in forms
        ]
        was_asked = any(name in str(message) for message in request["messages"][2:] for name, _ in asked)
        if asked and not was_asked and len(request["messages"]) <= 4:
            return calls(*asked)
        return self._tape(request)


@pytest.fixture(scope="module")
def played() -> Played:
    scenario = load(LEVELS["P2"])
    book = play(scenario)
    return through(scenario, Curious(Tape(book.events), scenario.alert.service))


class Desk:
    """Connections of a play with further tools beside it, which notes for whom they are used."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.roles: list[str] = []

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        return self._use if port.name == "use_mcp_tool" else self._connections.driver(port, service)

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        return self._connections.lookup(port, service)

    async def _use(self, role: str, **asked: Any) -> McpResult:
        self.roles.append(role)
        return McpResult(server=asked["server"], tool=asked["tool"], text="17 tickets speak of it")


def test_further_tools_are_used_by_the_roles_that_may_and_the_run_is_played_again_without_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario, desks = load(LEVELS["P3"]), list[Desk]()
    server = {
        "command": ["tickets", "--as", "somebody"],
        "environment": {"DESK": "env:DESK_TOKEN"},
        "read_only": {"infrastructure_maintainer": ["count"]},
    }
    monkeypatch.setenv("DESK_TOKEN", "correcthorsebatterystaple")
    book, make = play(scenario), Dependencies.__init__

    def with_desk(deps: Dependencies, **given: Any) -> None:
        desks.append(Desk(given["connections"]))
        listed = given["catalogue"].model_copy(update={"mcp": {"desk": McpServer.model_validate(server)}})
        changed: dict[str, Any] = {**given, "connections": desks[-1], "catalogue": listed}
        make(deps, **changed)

    with monkeypatch.context() as patched:
        patched.setattr(Dependencies, "__init__", with_desk)
        question: dict[str, dict[str, Any]] = {"use_mcp_tool": {"server": "desk", "tool": "count", "arguments": {}}}
        played = through(scenario, Curious(Tape(book.events), scenario.alert.service, question))
    assert desks[-1].roles
    assert set(desks[-1].roles) == {"infrastructure_maintainer"}
    kept = str(played.events[0].payload["surroundings"]["catalogue"]["mcp"])
    assert "somebody" not in kept
    assert "DESK_TOKEN" not in kept
    again = replay(played.events)
    assert again.identical, again.difference


def answers(played: Played, tool: str) -> list[dict[str, Any]]:
    return [e.payload for e in played.events if e.kind == "tool_result" and e.payload["tool"] == tool]


def test_every_tool_for_looking_freely_is_asked_here() -> None:
    assert {port.name for port in offered.INVESTIGATION} == set(QUESTIONS)


@pytest.mark.parametrize(
    "tool", ["search_logs", "query_metric", "configuration", "traced_requests", "search_transcript"]
)
def test_each_is_answered(played: Played, tool: str) -> None:
    found = answers(played, tool)
    assert found
    assert [answer["refusal"] for answer in found if "refusal" in answer] == []


def test_the_post_mortem_looks_into_the_record(played: Played) -> None:
    found = [e for e in played.events if e.kind == "tool_result" and e.role == "workflow_optimizer"]
    assert {event.payload["tool"] for event in found} >= {"search_transcript", "read_event"}
    assert any(event.payload["value"]["events"] for event in found if event.payload["tool"] == "search_transcript")


def test_a_run_that_looked_freely_is_played_again_exactly(played: Played) -> None:
    again = replay(played.events)
    assert again.identical, again.difference
    assert again.tool_calls > 50
