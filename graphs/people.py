"""What a run is told beside the answers to its questions, by people or by its own looks; taken up at its next wait."""

from dataclasses import replace
from typing import Any

from agents.reports import Scope, Severity
from graphs.acts import DECIDE, PROPOSE
from graphs.instructions import Instruction
from graphs.nodes import FINISH, PEOPLE, Chart, Update
from graphs.runbook import LEVELS, TREE_ROWS
from graphs.step1_triage import activate_team, classify, known_scope
from graphs.step2_investigation import entry, follow_named_cause, take_as_handled
from graphs.visit import Visit


def add_to(chart: Chart) -> None:
    """One node that every wait leads to when something was said; from there on as was said."""
    chart.node(PEOPLE, take_instruction)
    proposals = [f"{wait.removesuffix(DECIDE)}{PROPOSE}" for wait in chart.waits if wait.endswith(DECIDE)]
    targets = [
        *chart.waits,
        *proposals,
        *map(entry, TREE_ROWS),
        "s2_investigate",
        "s4_verify",
        "s5_add_to_backlog",
        FINISH,
    ]
    chart.branch(PEOPLE, where_they_say, targets)


async def take_instruction(visit: Visit) -> Update:
    """Do as was said, and write down who said it."""
    told = Instruction.model_validate(visit.state["instruction"])
    match told.kind:
        case "severity":
            assert told.severity is not None
            return await _set_severity(visit, told, told.severity)
        case "scope":
            return await _take_scope(visit, told)
        case "cause":
            assert told.cause is not None
            return follow_named_cause(visit, told, told.ref)
        case "handled":
            return take_as_handled(visit, told)
        case "cancel":
            return _cancel(visit, told)


def where_they_say(state: dict[str, Any]) -> str:
    """Where the run goes on."""
    match state["instruction"]["kind"]:
        case "cause":
            return entry(state["conclusion"]["cause"])
        case "handled":
            return "s4_verify"
        case "cancel":
            return FINISH
        case "scope" if state["waiting_at"] == "s2_ask_a_person":
            return "s2_investigate"  # the evidence did not reach, and there is more of it now
        case "scope" if state["waiting_at"].endswith(DECIDE):
            return f"{state['waiting_at'].removesuffix(DECIDE)}{PROPOSE}"
        case _:
            return "s5_add_to_backlog" if state["severity"] == "P3" else state["waiting_at"]


async def _set_severity(visit: Visit, told: Instruction, severity: Severity) -> Update:
    """A person may raise and lower; only facts that cross a further rule move it again."""
    visit.write(
        "classification",
        {
            "severity": severity,
            "was": visit.state["severity"],
            "level": LEVELS[severity].name,
            "definition": LEVELS[severity].definition,
            "response_time": LEVELS[severity].response_time,
            "floor": visit.state["floor"],
            "reasons": [told.comment or f"{told.by} decided so"],
            "cites": [told.ref],
            "set_by": told.by,
        },
        ("S1.3", LEVELS[severity].row),
    )
    raised = replace(visit, state={**visit.state, "severity": severity})
    team = await activate_team(raised)
    return {"severity": severity, "floor_overruled": visit.state["floor"]["severity"], **team}


async def _take_scope(visit: Visit, told: Instruction) -> Update:
    """S1.3 and S1.4 again, on a scope that has crossed a rule since it was last classified."""
    seen = visit.room.transcripts.cited(visit.run, told.ref)
    assert seen is not None
    known = known_scope(visit, Scope.model_validate(seen.payload["report"]), told.ref)
    known |= await classify(replace(visit, state={**visit.state, **known}))
    return {**known, **await activate_team(replace(visit, state={**visit.state, **known}))}


def _cancel(visit: Visit, told: Instruction) -> Update:
    """End the run; say what was left half done."""
    half_done: list[str] = []
    if visit.state.get("acted_at") and visit.state["status"] != "Resolved":
        proposal = visit.state.get("proposal") or {"summary": "a change"}
        half_done.append(f"carried out and not verified: {proposal['summary']}")
    if visit.state.get("candidate_version"):
        half_done.append(f"built and perhaps not deployed: {visit.state['candidate_version']}")
    visit.write("cancelled", {"by": told.by, "why": told.comment, "half_done": half_done, "cites": [told.ref]})
    return {}
