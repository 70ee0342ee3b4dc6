"""Step 2: investigation, 5-30 minutes, in parallel; then a conclusion, or a person is asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agents.reports.basis import Action, Cause, Claim, Severity
from agents.reports.investigation import Conclusion, Hypothesis
from agents.roles import backend_architect, devops_automator, frontend_developer
from agents.roles import infrastructure_maintainer as maintainer
from agents.rules.diagnosis import outcome
from agents.rules.mitigation.declared_acts import declares_any
from agents.rules.writing.escalation import said_to_be_over
from agents.rules.writing.last_look import is_well_again
from agents.rules.writing.separate import is_of_before
from agents.rules.writing.testimony import blamed, of_a_deed
from agents.rules.writing.wording import at
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.unaided import is_called_unaided
from graphs.model.questions import HumanAnswer, Instruction, Pause, Question, chosen_act
from graphs.model.runbook import (
    ASKED_AGAIN_AT_ONCE,
    DIRECTION_DOUBLES_AT_MOST,
    DIRECTION_EXPIRES_AFTER,
    FAILED_ATTEMPTS_BEFORE_ASKING,
    INVESTIGATORS,
    REASSESS_EVERY,
    RELEVANT_DEVELOPER,
)
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import TAKE_INSTRUCTION, Ended, GraphBuilder, Update, question_id, sleep_until, timed
from graphs.steps.approval import lead_on
from graphs.steps.offered_acts import components_in_question, offered_acts, put_to_the_policy
from graphs.steps.triage import activate, assess_scope, classify
from graphs.transcript.events import Author
from graphs.transcript.facts import Facts

INVESTIGATIONS: dict[str, tuple[str, dict[str, Duty[Any]]]] = {
    "infrastructure_maintainer": ("s2_infrastructure_maintainer", {"": maintainer.investigate}),
    "backend_architect": ("s2_backend_architect", {"": backend_architect.investigate}),
    "devops_automator": ("s2_devops_automator", {"": devops_automator.investigate}),
    "frontend_developer": ("s2_frontend_developer", {"": frontend_developer.investigate}),
    RELEVANT_DEVELOPER: (
        "s2_relevant_developer",
        {
            "backend_architect": backend_architect.check_system,
            "frontend_developer": frontend_developer.check_system,
        },
    ),
}
"""Investigator -> node and duty; the Relevant Developer's duty depends on who that is."""
BRANCHES: dict[Cause, str] = {
    "recent deployment": "s3_recent_deployment",
    "infrastructure": "s3_infrastructure",
    "code bug": "s3_code_bug",
    "external dependency": "s3_external_dependency",
}
"""Cause -> the node at which it enters the decision tree of step 3."""
DECIDES: dict[Action, str] = {
    "rollback": "s3_recent_deployment_roll_back_decide",
    "scale": "s3_infrastructure_scale_restart_or_fail_over_decide",
    "restart": "s3_infrastructure_scale_restart_or_fail_over_decide",
    "failover": "s3_infrastructure_scale_restart_or_fail_over_decide",
    "fallback": "s3_external_dependency_activate_fallback_or_cache_decide",
}
"""Act that a person may ask for -> the node at which it is decided on."""
CONCLUDERS: dict[str, Duty[Conclusion]] = {
    "infrastructure_maintainer": maintainer.conclude,
    "backend_architect": backend_architect.conclude,
    "frontend_developer": frontend_developer.conclude,
}


def add_to(builder: GraphBuilder) -> None:
    """Investigate in parallel, assess the scope again, conclude; ask where the evidence does not reach."""
    looks = [builder.node(name, _investigation(duties)) for name, duties in INVESTIGATIONS.values()]
    builder.node("s2_investigate", begin_round)
    builder.node("s2_assess_scope", assess_scope, joins=True)
    builder.node("s2_classify", classify)
    builder.node("s2_activate_team", activate_team)
    builder.node("s2_conclude", conclude)
    builder.wait("s2_ask_a_person", ask_a_person, take_direction)
    builder.branch("s2_investigate", where_to_look, [*looks, TAKE_INSTRUCTION])
    for look in looks:
        builder.edge(look, "s2_assess_scope")
    builder.edge("s2_assess_scope", "s2_classify")
    builder.edge("s2_classify", "s2_activate_team")
    builder.branch(
        "s2_activate_team", lambda state: state["investigate_next"] or ["s2_conclude"], [*looks, "s2_conclude"]
    )
    after = ["s2_ask_a_person", "s2_investigate", "s4_verify", *BRANCHES.values()]
    builder.branch("s2_conclude", where_next, after)
    builder.branch("s2_ask_a_person", where_next, [*after, *dict.fromkeys(DECIDES.values())])


def where_next(state: dict[str, Any]) -> str:
    """To a person, back to investigating, to the branch of the cause, or to verification."""
    if state["asks"]:
        return "s2_ask_a_person"
    return "s2_investigate" if state["look_again"] else state["leads_to"]


def leads_to(conclusion: Conclusion) -> str:
    """Where a conclusion leads: to the branch of its cause, or to verification where there is nothing to repair."""
    return BRANCHES[conclusion.cause] if conclusion.verdict == "cause found" and conclusion.cause else "s4_verify"


def where_to_look(state: dict[str, Any]) -> str | list[str]:
    """To the investigators; first to what people have told since the last round, if they say that it is over."""
    return TAKE_INSTRUCTION if state["instruction"] else state["investigate_next"]


async def begin_round(node: NodeContext) -> Update:
    """Begin a round of investigation, with what was learned before."""
    assert node.facts.severity
    begun = {"asks": "", "look_again": False, "passed": None, "recovered": False, "instruction": None}
    taken = node.state.get("instructions_taken", 0)
    told = node.facts.instructions[taken:] if node.facts.conclusion else []
    if any(one.kind in ("handled", "over") for one in told):
        first = told[0].model_dump(mode="json")
        return {**begun, "instruction": first, "instructions_taken": taken + 1, "waiting_at": node.node}
    return {**begun, "investigate_next": still_to_look(node.facts, node.facts.severity)}


def still_to_look(facts: Facts, severity: Severity) -> list[str]:
    """The nodes of a level's investigators that have not run in this round."""
    chosen = [*INVESTIGATORS[severity]]
    if severity == "P1" and facts.relevant_developer == "frontend_developer":
        chosen.append("frontend_developer")
    looked = [] if facts.concluded else [look.node for look in facts.investigations]
    return [name for name, _ in (INVESTIGATIONS[who] for who in chosen) if name not in looked]


async def activate_team(node: NodeContext) -> Update:
    """S1.4 again, where the severity has risen: who joins the team investigates in this round, too."""
    assert node.facts.severity
    activate(node, node.facts.severity)
    return {"investigate_next": still_to_look(node.facts, node.facts.severity)}


def _investigation(duties: Mapping[str, Duty[Any]]) -> Any:
    async def investigate(node: NodeContext) -> Update:
        duty = duties.get("") or duties[node.facts.relevant_developer]
        await node.perform(duty, node.briefing())
        return {}

    return investigate


async def conclude(node: NodeContext) -> Update:
    """The output of step 2: the cause, the component it is narrowed down to, or that the evidence does not reach."""
    lead = node.facts.relevant_developer if node.facts.severity == "P2" else "infrastructure_maintainer"
    briefing = node.briefing()
    found = await node.perform(CONCLUDERS[lead], briefing)
    report = outcome.kept(found, briefing)
    for hypothesis in report.hypotheses:
        node.write("hypothesis", hypothesis.model_dump(mode="json"), author=Author("main", lead, "conclude"))
    by_hand = {"by_hand": True} if of_a_deed(node.facts.ledger) else {}
    payload = {"conclusion": report.model_dump(mode="json"), **by_hand}
    node.write("conclusion", payload, author=Author("main", lead, "conclude"))
    asks = ""
    if found.verdict in outcome.CALM and (going_on := node.facts.ledger.said_to_go_on):
        asks = f"{outcome.said_not_over(going_on)} By what is measured: {found.summary}"
    elif found.verdict == "insufficient evidence" and _may_mitigate(node, report):
        return {"asks": "", "leads_to": BRANCHES["infrastructure"]}
    elif found.verdict == "insufficient evidence":
        asks = f"{outcome.as_told(node.facts.ledger) or known_before(report)} {found.summary}"
    elif node.state.get("failures", 0) >= FAILED_ATTEMPTS_BEFORE_ASKING:
        goes_on = node.state.get("not_over", "") if found.verdict in outcome.CALM else ""
        asks = f"{_not_over(node.facts, goes_on)} This is how it looks now: {report.summary}"
    if found.verdict in outcome.CALM:
        return {"asks": asks, "leads_to": "s4_verify"}
    _identify(node, report)
    return {"asks": asks, "leads_to": leads_to(report)}


def known_before(report: Conclusion) -> str:
    """What is known of the cause where the readings of a round show none: the cause that stands from before, if any."""
    if report.verdict == "cause found":
        return f"As found before: {report.summary} By the readings of this round alone:"
    return "Insufficient evidence for a cause."


def _not_over(facts: Facts, goes_on: str) -> str:
    """A recovery that was only waited for is no attempt. What goes on is named where the newest round shows nothing."""
    made = sum(attempt.outcome in ("did not help", "helped for a time") for attempt in facts.attempts)
    count = f" after {made} attempt{'s' if made > 1 else ''}" if made else ""
    return f"It is still not over{count}{': ' if goes_on else ''}{goes_on.rstrip('.')}."


def _may_mitigate(node: NodeContext, report: Conclusion) -> bool:
    """Whether an act that is declared may be called for before the cause is known; a person is asked where none is."""
    tried_enough = node.state.get("failures", 0) >= FAILED_ATTEMPTS_BEFORE_ASKING
    is_open = report.verdict == "insufficient evidence"  # and no cause stands from before
    return is_open and not tried_enough and declares_any(node.briefing().model_copy(update={"conclusion": report}))


def _identify(node: NodeContext, report: Conclusion) -> None:
    """Say on the status page that the cause is found, where it does not say so already; not that of what was over."""
    is_found = report.verdict == "cause found" and not is_of_before(node.briefing())
    if is_found and node.facts.public_status != "Identified":
        node.write("status", {"status": "Identified", "why": report.summary})


def ask_a_person(node: NodeContext) -> Pause:
    """Ask for a direction, with what is known."""
    # The node runs again when it resumes, later: what the question says may differ then, but it is not asked anew.
    if (until := _not_asked_before(node)) and until > node.deps.clock.now():
        return sleep_until(node, until, "it goes on, and people have said that it is over")
    unanswered = sum(question.kind == "direction" for question in node.facts.unanswered)
    patience = DIRECTION_EXPIRES_AFTER * 2 ** min(unanswered, DIRECTION_DOUBLES_AT_MOST)
    expires = node.deps.clock.now() + patience * node.deps.minute
    acts = offered_acts(node)
    question = Question(
        id=question_id(node),
        kind="direction",
        text=_in_words(node),
        options=["look again", *(["act"] if acts else []), "cause", "handled", "over"],
        acts=acts,
        components=components_in_question(node),
        expires_at=expires,
    )
    return Pause(occurrence=node.occurrence, why="a direction is asked for", until=expires, question=question)


def _in_words(node: NodeContext) -> str:
    """What led to the question, and at the end what is asked."""
    asks, lead = node.state["asks"], lead_on(node.facts, {})
    briefing = node.briefing(node.facts.by_newest_look())
    sentences = [lead, asks] if asks.endswith("?") else [asks, lead, what_to_decide(briefing)]
    return " ".join(filter(None, sentences))


def what_to_decide(briefing: Briefing) -> str:
    """Whether it is over, where all is measured to be well by now or a person said so; else what should be done."""
    told: list[str] = []
    if is_well_again(briefing) and briefing.scope and briefing.scope_at:
        told.append(f"The look of {at(briefing.scope_at)} found: {briefing.scope.summary}")
    if said := said_to_be_over(briefing):
        told.append(f"{said.by} said at {at(said.at)} that it {'was handled' if said.is_by_hand else 'is over'}.")
    is_over = bool(told) and not briefing.ledger.said_to_go_on
    return " ".join([*told, "Is it over?"]) if is_over else "What should be done?"


def _not_asked_before(node: NodeContext) -> datetime | None:
    """Where people keep saying that it is over, and it goes on, they are not asked in the same breath each time.

    What is said within a few minutes counts as one word: none of it was looked into before the rest was said. What they
    have to tell meanwhile, they tell as an instruction: it ends the wait.
    """
    said: list[datetime] = []
    for one in node.facts.ledger.statements:
        if one.is_over and not (said and one.at - said[-1] < REASSESS_EVERY * node.deps.minute):
            said.append(one.at)
    beyond = len(said) - ASKED_AGAIN_AT_ONCE
    if beyond < 1 or node.state.get("vouched"):
        return None
    return said[-1] + DIRECTION_EXPIRES_AFTER * 2 ** min(beyond - 1, DIRECTION_DOUBLES_AT_MOST) * node.deps.minute


def take_direction(node: NodeContext, ended: Ended) -> Update:
    """Look again, put the act to the policy that a person asks for, follow the cause that they name, or verify."""
    if ended["ended_by"] != "answer":
        was_asked = node.find(f"question/{question_id(node)}") is not None
        timed(node, ended, "nobody gave a direction; looking again" if was_asked else "time to look again")
        return {"look_again": True, "asks": ""}
    answer = HumanAnswer.model_validate(ended["answer"])
    answered = node.find(f"answer/{question_id(node)}")
    assert answered is not None
    if answer.answer == "cause":
        return follow_named_cause(node, answer, answered.ref)
    if answer.answer == "act":
        asked = node.find(f"question/{question_id(node)}")
        assert asked is not None
        act = chosen_act(Question.model_validate(asked.payload["question"]), answer)
        return {"look_again": False, "leads_to": DECIDES[act.action], **put_to_the_policy(node, act, answer)}
    if answer.answer == "handled":
        return take_as_handled(node, answer)
    if answer.answer == "over":
        return take_as_over(node, answer)
    return {"look_again": True, "asks": "", "failures": 0}


def take_as_handled(node: NodeContext, answer: HumanAnswer | Instruction) -> Update:
    """A person did it: verify it. What is known of the cause stays; their words say nothing against it.

    Who says in their words that nobody did anything is taken at them.
    """
    if is_called_unaided(answer.comment):
        return take_as_over(node, answer)
    before = outcome.handled(node.facts.conclusion, node.facts.ledger, node.facts.attempts)
    words = f"{answer.by} says that it is handled{f': “{answer.comment}”' if answer.comment else ''}."
    is_known = before.verdict != "insufficient evidence"
    summary = f"{words} {before.summary if is_known else 'No reading shows its cause.'}"
    report = before.model_copy(update={"summary": summary})
    payload = {"conclusion": report.model_dump(mode="json"), "named_by": answer.by, "handled": True}
    node.write("conclusion", payload)
    direction = {"asks": "", "look_again": False, "failures": 0}
    return {**direction, **_lay_aside(node), "vouched": True, "acted": True, "leads_to": "s4_verify"}


def _lay_aside(node: NodeContext) -> Update:
    """Lay aside a change that was proposed and never made: what is verified now is not its effect."""
    return {} if node.facts.carried_out_at else {"proposal_ref": "", "approved": False}


def take_as_over(node: NodeContext, answer: HumanAnswer | Instruction) -> Update:
    """A person says that it is over and that nobody did anything: verify it."""
    words = f"{answer.by} says that it is over, and that nobody did anything"
    words = f"{words}{f': “{answer.comment}”' if answer.comment else ''}."
    report = outcome.over(words, node.briefing())
    node.write("conclusion", {"conclusion": report.model_dump(mode="json"), "named_by": answer.by, "over": True})
    direction = {"asks": "", "look_again": False, "failures": 0}
    return {**direction, **_lay_aside(node), "vouched": True, "acted": False, "leads_to": "s4_verify"}


def follow_named_cause(node: NodeContext, answer: HumanAnswer | Instruction, ref: str) -> Update:
    """A person names the cause: the tree follows it; what was refused before may be proposed again.

    `ref` is the event that holds what they said.
    """
    report = write_named_cause(node, answer, ref)
    _identify(node, report)
    return {"asks": "", "look_again": False, "failures": 0, "leads_to": leads_to(report)}


def write_named_cause(node: NodeContext, answer: HumanAnswer | Instruction, ref: str) -> Conclusion:
    """Write down the conclusion that a person has drawn."""
    report = _named_cause(node.facts.conclusion, answer, ref)
    node.write("conclusion", {"conclusion": report.model_dump(mode="json"), "named_by": answer.by})
    return report


def _named_cause(before: Conclusion | None, answer: HumanAnswer | Instruction, ref: str) -> Conclusion:
    """The conclusion that a person has drawn; the hypotheses that were considered before are kept behind theirs."""
    assert answer.cause is not None
    considered = before.hypotheses if before else []
    claim = Claim(text=f"{answer.by} names the cause. {answer.comment}".strip(), cites=[ref])
    same = [h for h in considered if (h.cause, h.component) == (answer.cause, answer.component)]
    words = f"{answer.by} names {blamed(answer.cause, answer.component)} as the cause"
    fresh = Hypothesis(cause=answer.cause, component=answer.component, statement=words, status="open")
    named = next(iter(same), fresh)
    named = named.model_copy(update={"status": "supported", "strength": 3, "support": [*named.support, claim]})
    return Conclusion(
        verdict="cause found",
        cause=answer.cause,
        component=answer.component,
        confidence="high",
        summary=f"{words}.",
        hypotheses=[named, *(h for h in considered if h not in same)],
        introduced_at=_introduced_at(named, before),
    )


def _introduced_at(named: Hypothesis, before: Conclusion | None) -> datetime | None:
    """When a cause that a person names came in: as it was found before, else with its deployment or its first sign."""
    is_found = before is not None and (before.cause, before.component) == (named.cause, named.component)
    found = before.introduced_at if before is not None and is_found else None
    deployed = named.changed_at if named.cause == "recent deployment" else None
    return found or deployed or named.onset
