"""Provenance: where each tool result of a run came from, and whether what decided the run was there at all."""

from typing import Literal

from evals.playing.run_result import RunResult, cites_in
from graphs.transcript.event import Event

Provenance = Literal["exact", "equivalent", "derived", "missing"]
UNSEEN = frozenset({"no data", "failed", "not connected"})


def of_result(result: RunResult, event: Event) -> Provenance:
    """Where a tool result came from; a recorded one says so itself."""
    said: Provenance | None = event.payload.get("provenance")
    if said:
        return said
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


def counted(result: RunResult) -> dict[Provenance, int]:
    """How many tool results came from where."""
    counts: dict[Provenance, int] = {"exact": 0, "equivalent": 0, "derived": 0, "missing": 0}
    for event in result.of("tool_result"):
        counts[of_result(result, event)] += 1
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
        if event.ref in rests_on and of_result(result, event) == "missing"
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
