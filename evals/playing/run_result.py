"""The result of a played run: its events, what was really done, and where the answers of its tools came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, cast

from evals.playing.play import Played
from evals.scenarios.scenario import Expected, Scenario
from evals.simulation.journal import JournalEntry
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts

NOT_PRODUCTION = ("build_hotfix",)
"""Acts that prepare a change and touch nothing."""


@dataclass(frozen=True, eq=False)
class RunResult:
    """One run of one scenario under one seed."""

    scenario: Scenario
    seed: int
    played: Played

    @property
    def expected(self) -> Expected:
        return self.scenario.expected

    @property
    def facts(self) -> Facts:
        return self.played.facts

    @property
    def events(self) -> list[Event]:
        return self.played.events

    @cached_property
    def by_ref(self) -> dict[str, Event]:
        return {event.ref: event for event in self.events}

    @cached_property
    def acts(self) -> Sequence[JournalEntry]:
        """What was really done outside, by the production's own journal."""
        return list(self.played.production.journal.acts())

    @cached_property
    def changes(self) -> list[JournalEntry]:
        """The acts that changed production."""
        return [act for act in self.acts if act.changes_production and act.port not in NOT_PRODUCTION]

    def of(self, kind: str, duty: str = "") -> list[Event]:
        """Events of a kind, in order."""
        return [event for event in self.events if event.kind == kind and duty in ("", event.duty)]

    def reports(self, *duties: str) -> list[Event]:
        """The finished duties of these names, in order."""
        return [event for event in self.events if event.kind == "duty_finished" and event.duty in duties]

    def sent(self, port: str) -> list[Event]:
        """Words that went out through a port, by the transcript."""
        return [event for event in self.of("outbound") if event.payload["port"] == port]

    def minute(self, moment: Event | datetime) -> float:
        """Minutes of the runbook since the alert."""
        at = moment.at if isinstance(moment, Event) else moment
        return (at - self.events[0].at) / self.facts.minute

    def shown(self, moment: Event | datetime) -> str:
        """A minute, in words."""
        return f"minute {self.minute(moment):.1f}"

    def trouble(self, service: str, at: datetime) -> float:
        """How much of a fault the requests of a service really feel, 0 to 1, whatever anybody says."""
        scene = self.played.production.scene
        faults = [id(fault.effect) for fault in self.scenario.world.faults]
        felt = scene.felt(service, scene.minute(at)) if service in scene.services else []
        return max((one.harm for one in felt if id(one.effect) in faults), default=0.0)

    @property
    def changed_at(self) -> datetime | None:
        """When production was last changed."""
        return max((act.at for act in self.changes), default=None)

    @property
    def levels(self) -> list[str]:
        """Every severity that the run had, in order."""
        return [event.payload["severity"] for event in self.of("classification")]


def cites_in(value: Any) -> Iterator[str]:
    """Every ref that is cited somewhere in a payload."""
    if isinstance(value, dict):
        written = cast(dict[str, Any], value)
        yield from cast(list[str], written.get("cites") or [])
        for inner in written.values():
            yield from cites_in(inner)
    elif isinstance(value, list):
        for inner in cast(list[Any], value):
            if isinstance(inner, dict | list):  # a series of numbers cites nothing
                yield from cites_in(inner)


def claims_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every claim or check with its words and its cites in a payload."""
    if isinstance(value, dict):
        written = cast(dict[str, Any], value)
        if "text" in written and "cites" in written:
            yield written
        for inner in written.values():
            yield from claims_in(inner)
    elif isinstance(value, list):
        for inner in cast(list[Any], value):
            yield from claims_in(inner)


Provenance = Literal["exact", "equivalent", "derived", "missing"]
UNSEEN = frozenset({"no data", "failed", "not connected"})


def provenance_of(result: RunResult, event: Event) -> Provenance:
    """Where a tool result came from; a recorded one says so itself."""
    recorded: Provenance | None = event.payload.get("provenance")
    if recorded:
        return recorded
    refusal = event.payload.get("refusal")
    if refusal is None or refusal["error"] not in UNSEEN or _is_part_of_the_world(result, event):
        return "derived"
    return "missing"


def _is_part_of_the_world(result: RunResult, event: Event) -> bool:
    """A gap that the scenario wrote down, or a question that nobody could answer about such a thing."""
    arguments = event.payload["arguments"]
    service = str(arguments.get("service") or arguments.get("provider") or "")
    declared = any(
        gap.port == event.payload["tool"] and gap.service in ("", service) for gap in result.scenario.world.gaps
    )
    return declared or (service in result.scenario.world.services and event.payload["refusal"]["error"] != "no data")


def count_by_provenance(result: RunResult) -> dict[Provenance, int]:
    """How many tool results came from where."""
    counts: dict[Provenance, int] = {"exact": 0, "equivalent": 0, "derived": 0, "missing": 0}
    for event in result.of("tool_result"):
        counts[provenance_of(result, event)] += 1
    return counts


def missing_evidence(result: RunResult) -> list[str]:
    """What severity, cause and action rest on and could not be had; or what kept a run from concluding."""
    decisive = [*result.of("classification"), *result.of("proposal"), *result.of("conclusion")]
    rests_on = _reached(result, [ref for event in decisive for ref in cites_in(event.payload)])
    if result.facts.conclusion and result.facts.conclusion.verdict == "insufficient evidence":
        rests_on |= {event.ref for event in result.of("tool_result")}
    return [
        f"{event.payload['tool']} of {_asked_of(event)}: missing"
        for event in result.of("tool_result")
        if event.ref in rests_on and provenance_of(result, event) == "missing"
    ]


def _asked_of(event: Event) -> str:
    return ", ".join(f"{name}={value}" for name, value in event.payload["arguments"].items())


def _reached(result: RunResult, refs: list[str]) -> set[str]:
    """All that is cited, and what that cites in turn."""
    reached: set[str] = set()
    while refs:
        ref = refs.pop()
        if ref in reached or ref not in result.by_ref:
            continue
        reached.add(ref)
        refs += cites_in(result.by_ref[ref].payload)
    return reached
