"""Step 2: investigation, 5-30 minutes, in parallel; then a conclusion, or a person is asked."""

from typing import Any

from agents.reports.basis import Check, Claim
from agents.reports.investigation import Conclusion, Findings, Hypothesis
from agents.roles import backend_architect, devops_automator, frontend_developer
from agents.roles import infrastructure_maintainer as maintainer
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from graphs.model.instructions import Instruction
from graphs.model.questions import HumanAnswer, Pause, Question
from graphs.model.runbook import (
    DIRECTION_EXPIRES_AFTER,
    FAILED_ATTEMPTS_BEFORE_ASKING,
    INVESTIGATORS,
    RELEVANT_DEVELOPER,
    TREE_ROWS,
)
from graphs.runtime.briefings import from_state
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import Ended, GraphBuilder, Update, question_id, timed
from graphs.steps.triage import activate_team, assess_scope, classify
from graphs.transcript.events import Author

INVESTIGATIONS: dict[str, dict[str, Duty[Any]]] = {
    "infrastructure_maintainer": {"": maintainer.investigate},
    "backend_architect": {"": backend_architect.investigate},
    "devops_automator": {"": devops_automator.investigate},
    "frontend_developer": {"": frontend_developer.investigate},
    RELEVANT_DEVELOPER: {
        "backend_architect": backend_architect.check_system,
        "frontend_developer": frontend_developer.check_system,
    },
}
"""Investigator -> its duty (for the Relevant Developer: by who that is)."""
CONCLUDERS: dict[str, Duty[Conclusion]] = {
    "infrastructure_maintainer": maintainer.conclude,
    "backend_architect": backend_architect.conclude,
    "frontend_developer": frontend_developer.conclude,
}


def add_to(builder: GraphBuilder) -> None:
    """Investigate in parallel, take stock, conclude; ask where the evidence does not reach."""
    looks = [builder.node(f"s2_{investigator}", _investigation(investigator)) for investigator in INVESTIGATIONS]
    builder.node("s2_investigate", begin_round)
    builder.node("s2_assess_scope", assess_scope, joins=True)
    builder.node("s2_classify", classify)
    builder.node("s2_activate_team", activate_team)
    builder.node("s2_conclude", conclude)
    builder.wait("s2_ask_a_person", ask_a_person, take_direction)
    builder.branch("s2_investigate", still_to_look, looks)
    for look in looks:
        builder.edge(look, "s2_assess_scope")
    builder.edge("s2_assess_scope", "s2_classify")
    builder.edge("s2_classify", "s2_activate_team")
    builder.branch("s2_activate_team", lambda state: still_to_look(state) or ["s2_conclude"], [*looks, "s2_conclude"])
    after = ["s2_ask_a_person", "s2_investigate", "s4_verify", *map(entry, TREE_ROWS)]
    builder.branch("s2_conclude", where_next, after)
    builder.branch("s2_ask_a_person", where_next, after)


def entry(cause: str) -> str:
    """The node at which a cause enters the step 3 tree."""
    return f"s3_{cause.replace(' ', '_')}"


def investigators(state: dict[str, Any]) -> list[str]:
    """Who investigates at this level."""
    chosen = [*INVESTIGATORS[state["severity"]]]
    if state["severity"] == "P1" and state["relevant_developer"] == "frontend_developer":
        chosen.append("frontend_developer")
    return chosen


def still_to_look(state: dict[str, Any]) -> list[str]:
    """Investigators of this level who have not looked in this round."""
    looked = [found["investigator"] for found in state.get("findings", []) if found["round"] == state["round"]]
    return [f"s2_{who}" for who in investigators(state) if who not in looked]


def where_next(state: dict[str, Any]) -> str:
    """To a person, back to investigating, to the branch of the cause, or to verification."""
    if state["asks"]:
        return "s2_ask_a_person"
    if state["look_again"]:
        return "s2_investigate"
    conclusion = state["conclusion"]
    return entry(conclusion["cause"]) if conclusion["verdict"] == "cause found" else "s4_verify"


async def begin_round(node: NodeContext) -> Update:
    """Start another round of investigation with what was learned."""
    return {"round": node.state.get("round", 0) + 1, "asks": "", "look_again": False, "passed": None, "fixed_at": None}


def _investigation(investigator: str) -> Any:
    async def investigate(node: NodeContext) -> Update:
        duties = INVESTIGATIONS[investigator]
        duty = duties.get("") or duties[node.state["relevant_developer"]]
        report: Findings = await node.perform(duty, from_state(node))
        written = report.model_dump(mode="json")
        findings = {name: written[name] for name in Findings.model_fields}
        checks = {name: written[name] for name, value in report if isinstance(value, Check)}
        found = {"round": node.state["round"], "investigator": investigator, "role": duty.role}
        return {"findings": [{**found, "findings": findings, "checks": checks}]}

    return investigate


async def conclude(node: NodeContext) -> Update:
    """The output of step 2: the cause, the component it is narrowed down to, or that the evidence does not reach."""
    lead = node.state["relevant_developer"] if node.state["severity"] == "P2" else "infrastructure_maintainer"
    briefing = from_state(node)
    report = _keep_cause(await node.perform(CONCLUDERS[lead], briefing), briefing)
    for hypothesis in report.hypotheses:
        node.write("hypothesis", hypothesis.model_dump(mode="json"), author=Author("main", lead, "conclude"))
    event = node.write(
        "conclusion", {"conclusion": report.model_dump(mode="json")}, author=Author("main", lead, "conclude")
    )
    asks = ""
    if report.verdict == "insufficient evidence":
        asks = f"Insufficient evidence for a cause. {report.summary}"
    elif node.state.get("failures", 0) >= FAILED_ATTEMPTS_BEFORE_ASKING:
        asks = (
            f"{node.state['failures']} attempts have ended without recovery. Now it looks like this: {report.summary}"
        )
    status = _identify(node, report)
    return {"conclusion": report.model_dump(mode="json"), "conclusion_ref": event.ref, "asks": asks, **status}


def _keep_cause(report: Conclusion, briefing: Briefing) -> Conclusion:
    """What recovers by itself keeps the cause that an earlier round had found, unless a mitigation spoke against it."""
    before = briefing.conclusion
    if report.verdict != "recovered by itself" or report.cause or before is None or before.cause is None:
        return report
    disproved = any(a.cause == before.cause and a.outcome in ("did not help", "failed") for a in briefing.attempts)
    kept = {"cause": before.cause, "component": before.component, "introduced_at": before.introduced_at}
    return report if disproved else report.model_copy(update=kept)


def _identify(node: NodeContext, report: Conclusion) -> Update:
    if report.verdict != "cause found" or node.state["status"] == "Identified":
        return {}
    node.write("status", {"status": "Identified", "why": report.summary})
    return {"status": "Identified"}


def ask_a_person(node: NodeContext) -> Pause:
    """Ask for a direction, with what is known."""
    # The node runs again when it resumes, later: what the question says may differ then, but it is not asked anew.
    expires = node.deps.clock.now() + DIRECTION_EXPIRES_AFTER * node.deps.minute
    question = Question(
        id=question_id(node),
        kind="direction",
        text=f"{node.state['asks']} What should be done?",
        options=["look again", "cause", "handled"],
        expires_at=expires,
    )
    return Pause(occurrence=node.occurrence, why="a direction is asked for", until=expires, question=question)


def take_direction(node: NodeContext, ended: Ended) -> Update:
    """Look again, follow the cause that a person names, or verify what a person did."""
    if ended["ended_by"] != "answer":
        timed(node, ended, "nobody gave a direction; looking again")
        return {"look_again": True, "asks": ""}
    answer = HumanAnswer.model_validate(ended["answer"])
    answered = node.find(f"answer/{question_id(node)}")
    assert answered is not None
    if answer.answer == "cause":
        return follow_named_cause(node, answer, answered.ref)
    if answer.answer == "handled":
        return take_as_handled(node, answer)
    return {"look_again": True, "asks": "", "failures": 0}


def take_as_handled(node: NodeContext, said: HumanAnswer | Instruction) -> Update:
    """A person did it: verify it; where nothing can be measured, their word counts."""
    told = Conclusion(verdict="recovered by itself", summary=f"{said.by} says that it is handled. {said.comment}")
    known = _keep_cause(told, from_state(node)).model_dump(mode="json")
    event = node.write("conclusion", {"conclusion": known, "named_by": said.by})
    handled = {"conclusion": known, "conclusion_ref": event.ref, "vouched": True, "acted_at": event.at.isoformat()}
    return {**handled, "asks": "", "look_again": False, "failures": 0}


def follow_named_cause(node: NodeContext, answer: HumanAnswer | Instruction, ref: str) -> Update:
    """A person names the cause: the tree follows it; what was refused before may be proposed again."""
    assert answer.cause is not None
    known = Conclusion.model_validate(
        node.state.get("conclusion") or {"verdict": "insufficient evidence", "summary": ""}
    )
    said = Claim(text=f"{answer.by} names the cause. {answer.comment}".strip(), cites=[ref])
    same = [h for h in known.hypotheses if (h.cause, h.component) == (answer.cause, answer.component)]
    fresh = Hypothesis(cause=answer.cause, component=answer.component, statement=said.text, status="open")
    named = next(iter(same), fresh)
    named = named.model_copy(update={"status": "supported", "strength": 3, "support": [*named.support, said]})
    told = Conclusion(
        verdict="cause found",
        cause=answer.cause,
        component=answer.component,
        confidence="high",
        summary=f"{answer.by} names {answer.cause} of {answer.component} as the cause.",
        hypotheses=[named, *(h for h in known.hypotheses if h not in same)],
        introduced_at=named.onset,
    )
    event = node.write("conclusion", {"conclusion": told.model_dump(mode="json"), "named_by": answer.by})
    direction = {"asks": "", "look_again": False, "failures": 0, "directed_at": event.at.isoformat()}
    concluded = {"conclusion": told.model_dump(mode="json"), "conclusion_ref": event.ref}
    return {**concluded, **direction, **_identify(node, told)}
