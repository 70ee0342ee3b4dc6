"""Step 1: detection and triage, 0-5 minutes, by the Infrastructure Maintainer."""

import prompts
from agents.reports.basis import Severity
from agents.roles import infrastructure_maintainer as maintainer
from agents.tools.ports import open_channel
from graphs.model.runbook import LEVELS, RELEVANT_DEVELOPER, TEAMS, worst
from graphs.model.severity import required_floor
from graphs.runtime.node_context import NodeContext, OutsideEffect
from graphs.runtime.nodes import GraphBuilder, Update
from graphs.transcript.events import Author
from graphs.transcript.facts import Facts

COMMANDER = "infrastructure_maintainer"


def add_to(builder: GraphBuilder) -> None:
    """Acknowledge, assess, classify, activate the team, open the channel."""
    builder.node("s1_acknowledge", acknowledge)
    builder.node("s1_assess_scope", assess_scope)
    builder.node("s1_classify", classify)
    builder.node("s1_activate_team", activate_team)
    builder.node("s1_open_channel", open_incident_channel)
    builder.edge("s1_acknowledge", "s1_assess_scope")
    builder.edge("s1_assess_scope", "s1_classify")
    builder.edge("s1_classify", "s1_activate_team")
    builder.edge("s1_activate_team", "s1_open_channel")
    builder.fork("s1_open_channel", lambda state: state["backlog_only"], "s5_add_to_backlog", "s2_investigate")


async def acknowledge(node: NodeContext) -> Update:
    """S1.1: acknowledge the alert, with its symptom."""
    await node.perform(maintainer.acknowledge, node.briefing())
    return {}


async def assess_scope(node: NodeContext) -> Update:
    """S1.2: how many users, which services, is data at risk."""
    await node.perform(maintainer.assess_scope, node.briefing())
    return {"scope_ref": node.report_event().ref}


async def classify(node: NodeContext) -> Update:
    """S1.3: classify the severity on the scope in hand."""
    await classified(node, node.facts)
    return {}


async def classified(node: NodeContext, facts: Facts) -> Severity:
    """The severity on a scope: the written rules set the floor, the role may only raise it.

    Facts never lower what was set before, and do not raise it again to a level that a person knew of when lowering it.
    """
    assert facts.scope
    lowest = required_floor(facts.scope, facts.service, facts.alert_received, node.deps.catalogue)
    if facts.severity and facts.accepted and worst(facts.accepted, lowest.severity) == facts.accepted:
        return facts.severity
    report = await node.perform(maintainer.classify, node.briefing(facts), rows=())
    severity = worst(facts.severity or "P3", lowest.severity, report.severity)
    by_rule = severity == lowest.severity
    node.write(
        "classification",
        {
            "severity": severity,
            "was": facts.severity,
            "level": LEVELS[severity].name,
            "definition": LEVELS[severity].definition,
            "response_time": LEVELS[severity].response_time,
            "floor": lowest.model_dump(),
            "reasons": lowest.reasons if by_rule else [claim.text for claim in report.reasons],
            "cites": [facts.scope_ref],
            "set_by": "rule" if by_rule else COMMANDER,
        },
        ("S1.3", LEVELS[severity].row),
        Author("main", COMMANDER, "classify"),
    )
    return severity


async def activate_team(node: NodeContext) -> Update:
    """S1.4: activate the team of the level."""
    assert node.facts.severity
    activate(node, node.facts.severity)
    return {}


def activate(node: NodeContext, severity: Severity) -> None:
    """Activate those of a level's team who are not active yet; who was active before stays."""
    members = {
        node.facts.relevant_developer if role == RELEVANT_DEVELOPER else role: part
        for role, part in TEAMS[severity].members.items()
    }
    before = node.facts.team
    joined = [role for role in members if role not in before]
    if not joined:
        return
    node.write(
        "activation",
        {
            "severity": severity,
            "team": [*before, *joined],
            "joined": joined,
            "members": [
                {"role": role, "title": prompts.page(role).title, "part": part} for role, part in members.items()
            ],
        },
        ("S1.4", TEAMS[severity].row),
        Author("main", COMMANDER, "activate_team"),
    )
    if not before and severity != "P3":
        node.write("status", {"status": "Investigating", "why": "the team is at work"})


async def open_incident_channel(node: NodeContext) -> Update:
    """S1.5: open the incident's channel, with who is in it and what it is about."""
    briefing = node.briefing()
    report = await node.perform(maintainer.open_channel, briefing, rows=())
    team = [prompts.page(role).title for role in node.facts.team]
    fields = {"severity": briefing.severity, "service": briefing.service, "text": report.text, "team": team}
    arguments = {
        "name": f"incident-{briefing.run}",
        "topic": prompts.render("channel.md", run=briefing.run, **fields),
    }
    await node.send(
        OutsideEffect(open_channel, arguments, Author("main", COMMANDER, "open_channel"), ("S1.5",), fields)
    )
    return {"backlog_only": briefing.severity == "P3"}
