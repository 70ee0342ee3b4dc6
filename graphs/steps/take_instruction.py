"""Instructions: what people, or the run's own reassessment, tell it unasked; carried out at its next wait."""

from typing import Any

from agents.reports.basis import Severity
from agents.reports.triage import Scope
from agents.rules.writing.public_progress import REMOVES
from agents.runtime.ledger import BY_HAND
from graphs.model.questions import Instruction
from graphs.model.runbook import LEVELS
from graphs.model.severity import required_floor
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import FINISH, TAKE_INSTRUCTION, GraphBuilder, Update
from graphs.steps.checks import says_not_over
from graphs.steps.investigation import (
    BRANCHES,
    follow_named_cause,
    take_as_handled,
    take_as_over,
    write_named_cause,
)
from graphs.steps.mitigation import CHECKED_BY, PROPOSED_BY
from graphs.steps.open_harm import is_failing
from graphs.steps.triage import activate, classified
from graphs.transcript.facts import Facts


def add_to(builder: GraphBuilder) -> None:
    """One node that every wait leads to when there is an instruction; from there on as it says."""
    builder.node(TAKE_INSTRUCTION, take_instruction)
    targets = [
        *builder.waits,
        *PROPOSED_BY.values(),
        *CHECKED_BY.values(),
        *BRANCHES.values(),
        "s2_investigate",
        "s4_verify",
        "s5_add_to_backlog",
        FINISH,
    ]
    builder.branch(TAKE_INSTRUCTION, where_to_go_on, targets)


async def take_instruction(node: NodeContext) -> Update:
    """Carry out an instruction, and write down who gave it."""
    instruction = Instruction.model_validate(node.state["instruction"])
    match instruction.kind:
        case "severity":
            assert instruction.severity is not None
            return _set_severity(node, instruction, instruction.severity)
        case "scope":
            return await _take_scope(node, instruction)
        case "cause":
            return _take_cause(node, instruction)
        case "handled" | "over" if awaited := _awaited_check(node):
            return {"vouched": True, "leads_to": awaited}
        case "handled":
            return {**take_as_handled(node, instruction), **_watched_on(node)}
        case "over":
            return {**take_as_over(node, instruction), **_watched_on(node)}
        case "not over":
            return _not_over(node, instruction)
        case "cancel":
            return _cancel(node, instruction)


def where_to_go_on(state: dict[str, Any]) -> str:
    """Where the run goes on after an instruction: back to the wait that it ended, if it says nothing else."""
    match state["instruction"]["kind"]:
        case "cause" | "handled" | "over":
            return state["leads_to"]
        case "not over" if state["waiting_at"] == "s4_watch":
            return "s2_investigate"
        case "cancel":
            return FINISH
        case "scope" if state["waiting_at"] == "s2_ask_a_person":
            return "s2_investigate"  # the evidence did not reach, and there is more of it now
        case "scope" if state["waiting_at"] in PROPOSED_BY and state["leads_to"] != state["waiting_at"]:
            return PROPOSED_BY[state["waiting_at"]]
        case _:
            return "s5_add_to_backlog" if state["backlog_only"] else state["waiting_at"]


def _awaited_check(node: NodeContext) -> str:
    """The check of the run's own change, where that was made and is given time to take effect; else empty.

    Who says then that it is over speaks of that change: it is checked again at once, and keeps its time.
    """
    return CHECKED_BY.get(node.state["waiting_at"], "") if node.facts.carried_out_at else ""


def _take_cause(node: NodeContext, instruction: Instruction) -> Update:
    """Follow the cause; but while recovery is watched, it is written down and the watch goes on, where nothing is left.

    Something is left where harm goes on, or where a release or a bug is named and nothing took it away: it is still in
    production.
    """
    is_watched = node.state["waiting_at"] == "s4_watch"
    if not is_watched or is_failing(node.facts) or _is_still_in_production(node.facts, instruction):
        return follow_named_cause(node, instruction, instruction.ref)
    write_named_cause(node, instruction, instruction.ref)
    return {"leads_to": "s4_watch"}


def _is_still_in_production(facts: Facts, named: Instruction) -> bool:
    """Whether the cause is of a kind that stays until somebody takes it away, and nothing did that so far.

    A restart, more capacity or a substitute ends what it does for a while; what was done by hand is not known.
    """
    stays, takes_away = named.cause in ("recent deployment", "code bug"), {*REMOVES, BY_HAND}
    own = [act for act in facts.ledger.acts if named.component in (act.service, act.component)]
    return stays and not any(act.action in takes_away for act in own)


def _watched_on(node: NodeContext) -> Update:
    """Where recovery was measured, and is watched, who says that it is over changes nothing of that."""
    is_measured = node.state["waiting_at"] == "s4_watch" and not node.facts.is_vouched
    return {"vouched": False, "leads_to": "s4_watch"} if is_measured else {}


def _not_over(node: NodeContext, instruction: Instruction) -> Update:
    """A person says that it still goes on: the watch, which waits for its end, is broken off."""
    if node.state["waiting_at"] != "s4_watch":
        return {}
    why = says_not_over(instruction.by, instruction.comment)
    node.write("status", {"status": "Investigating", "why": why, "said_on": instruction.ref})
    return {"recovered": False, "passed": False, "asks": "", "vouched": False}


def _set_severity(node: NodeContext, instruction: Instruction, severity: Severity) -> Update:
    """A person may raise and lower it; after that only facts that cross a further rule move it again."""
    scope = node.facts.scope
    assert scope
    floor = required_floor(scope, node.facts.service, node.facts.alert_received, node.deps.catalogue)
    node.write(
        "classification",
        {
            "severity": severity,
            "was": node.facts.severity,
            "level": LEVELS[severity].name,
            "definition": LEVELS[severity].definition,
            "response_time": LEVELS[severity].response_time,
            "floor": floor.model_dump(),
            "reasons": [instruction.comment or f"{instruction.by} decided so"],
            "cites": [instruction.ref],
            "set_by": instruction.by,
        },
        ("S1.3", LEVELS[severity].row),
    )
    activate(node, severity)
    return {"backlog_only": severity == "P3"}


async def _take_scope(node: NodeContext, instruction: Instruction) -> Update:
    """S1.3 and S1.4 again, on a scope that has crossed a rule since it was last classified."""
    seen = node.deps.transcripts.cited(node.run, instruction.ref)
    assert seen is not None
    if not seen.is_readable:
        why = f"the severity stays: what it has grown to cannot be read (#{instruction.ref})"
        node.write("degraded", {"why": why})
        return {}
    scope = Scope.model_validate(seen.payload["report"])
    severity = await classified(node, node.facts.snapshot(scope=scope, scope_ref=instruction.ref))
    activate(node, severity)
    return {"scope_ref": instruction.ref, "backlog_only": severity == "P3"}


def _cancel(node: NodeContext, instruction: Instruction) -> Update:
    """End the run; say what was left half done."""
    facts, half_done = node.facts, list[str]()
    if facts.acted_at and facts.public_status != "Resolved":
        summary = facts.proposal.summary if facts.proposal else "a change"
        half_done.append(f"carried out and not verified: {summary}")
    if facts.candidate_version:
        half_done.append(f"built and perhaps not deployed: {facts.candidate_version}")
    payload = {"by": instruction.by, "why": instruction.comment, "half_done": half_done, "cites": [instruction.ref]}
    node.write("cancelled", payload)
    return {}
