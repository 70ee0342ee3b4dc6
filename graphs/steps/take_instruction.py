"""What a run is told beside the answers to its questions, by people or by its own looks; taken up at its next wait."""

from dataclasses import replace
from typing import Any

from agents.reports.basis import Severity
from agents.reports.triage import Scope
from graphs.model.instructions import Instruction
from graphs.model.runbook import LEVELS, TREE_ROWS
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import FINISH, PEOPLE, GraphBuilder, Update
from graphs.steps.gated_change import DECIDE, PROPOSE
from graphs.steps.investigation import entry, follow_named_cause, take_as_handled
from graphs.steps.triage import activate_team, classify, known_scope


def add_to(builder: GraphBuilder) -> None:
    """One node that every wait leads to when something was said; from there on as was said."""
    builder.node(PEOPLE, take_instruction)
    proposals = [f"{wait.removesuffix(DECIDE)}{PROPOSE}" for wait in builder.waits if wait.endswith(DECIDE)]
    targets = [
        *builder.waits,
        *proposals,
        *map(entry, TREE_ROWS),
        "s2_investigate",
        "s4_verify",
        "s5_add_to_backlog",
        FINISH,
    ]
    builder.branch(PEOPLE, where_they_say, targets)


async def take_instruction(node: NodeContext) -> Update:
    """Do as was said, and write down who said it."""
    told = Instruction.model_validate(node.state["instruction"])
    match told.kind:
        case "severity":
            assert told.severity is not None
            return await _set_severity(node, told, told.severity)
        case "scope":
            return await _take_scope(node, told)
        case "cause":
            assert told.cause is not None
            return follow_named_cause(node, told, told.ref)
        case "handled":
            return take_as_handled(node, told)
        case "cancel":
            return _cancel(node, told)


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


async def _set_severity(node: NodeContext, told: Instruction, severity: Severity) -> Update:
    """A person may raise and lower; only facts that cross a further rule move it again."""
    node.write(
        "classification",
        {
            "severity": severity,
            "was": node.state["severity"],
            "level": LEVELS[severity].name,
            "definition": LEVELS[severity].definition,
            "response_time": LEVELS[severity].response_time,
            "floor": node.state["floor"],
            "reasons": [told.comment or f"{told.by} decided so"],
            "cites": [told.ref],
            "set_by": told.by,
        },
        ("S1.3", LEVELS[severity].row),
    )
    raised = replace(node, state={**node.state, "severity": severity})
    team = await activate_team(raised)
    return {"severity": severity, "floor_overruled": node.state["floor"]["severity"], **team}


async def _take_scope(node: NodeContext, told: Instruction) -> Update:
    """S1.3 and S1.4 again, on a scope that has crossed a rule since it was last classified."""
    seen = node.deps.transcripts.cited(node.run, told.ref)
    assert seen is not None
    if not seen.is_readable:
        node.write("degraded", {"why": f"the severity stays: what it has grown to cannot be read (#{told.ref})"})
        return {}
    known = known_scope(node, Scope.model_validate(seen.payload["report"]), told.ref)
    known |= await classify(replace(node, state={**node.state, **known}))
    return {**known, **await activate_team(replace(node, state={**node.state, **known}))}


def _cancel(node: NodeContext, told: Instruction) -> Update:
    """End the run; say what was left half done."""
    half_done: list[str] = []
    if node.state.get("acted_at") and node.state["status"] != "Resolved":
        proposal = node.state.get("proposal") or {"summary": "a change"}
        half_done.append(f"carried out and not verified: {proposal['summary']}")
    if node.state.get("candidate_version"):
        half_done.append(f"built and perhaps not deployed: {node.state['candidate_version']}")
    node.write("cancelled", {"by": told.by, "why": told.comment, "half_done": half_done, "cites": [told.ref]})
    return {}
