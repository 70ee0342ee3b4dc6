"""Step 1: detection and triage, 0-5 minutes, by the Infrastructure Maintainer."""

import prompts
from agents.reports.basis import Severity
from agents.reports.triage import Scope
from agents.roles import infrastructure_maintainer as maintainer
from agents.runtime.briefing import SeverityFloor
from agents.tools.ports.communication import open_channel
from graphs.model.runbook import LEVELS, RELEVANT_DEVELOPER, TEAMS, worst
from graphs.model.severity import demanded
from graphs.runtime.briefings import from_state
from graphs.runtime.node_context import NodeContext, OutsideEffect
from graphs.runtime.nodes import GraphBuilder, Update
from graphs.transcript.events import Author

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
    builder.fork("s1_open_channel", lambda state: state["severity"] == "P3", "s5_add_to_backlog", "s2_investigate")


async def acknowledge(node: NodeContext) -> Update:
    """S1.1"""
    report = await node.perform(maintainer.acknowledge, from_state(node))
    return {"acknowledgement": report.model_dump(mode="json")}


async def assess_scope(node: NodeContext) -> Update:
    """S1.2: how many users, which services, is data at risk; and the severity that the rules demand of it."""
    report = await node.perform(maintainer.assess_scope, from_state(node))
    client_side = report.client_side and not report.completely_down
    developer = "frontend_developer" if client_side else "backend_architect"
    return {**known_scope(node, report, node.report_event().ref), "relevant_developer": developer}


def known_scope(node: NodeContext, scope: Scope, ref: str) -> Update:
    """A scope, the event that holds it, and the severity that the rules demand of it."""
    floor = demanded(scope, from_state(node))
    return {"scope": scope.model_dump(mode="json"), "scope_ref": ref, "floor": floor.model_dump()}


async def classify(node: NodeContext) -> Update:
    """S1.3: the rule sets the floor, the role may only raise it, and facts never lower what was set before."""
    before: Severity = node.state.get("severity", "P3")
    lowest = SeverityFloor.model_validate(node.state["floor"])
    accepted: Severity = worst(before, node.state.get("floor_overruled", "P3"))
    if "severity" in node.state and worst(accepted, lowest.severity) == accepted:
        return {}
    report = await node.perform(maintainer.classify, from_state(node), rows=())
    severity = worst(before, lowest.severity, report.severity)
    by_rule = severity == lowest.severity
    node.write(
        "classification",
        {
            "severity": severity,
            "was": node.state.get("severity"),
            "level": LEVELS[severity].name,
            "definition": LEVELS[severity].definition,
            "response_time": LEVELS[severity].response_time,
            "floor": lowest.model_dump(),
            "reasons": lowest.reasons if by_rule else [claim.text for claim in report.reasons],
            "cites": [node.state["scope_ref"]],
            "set_by": "rule" if by_rule else COMMANDER,
        },
        ("S1.3", LEVELS[severity].row),
        Author("main", COMMANDER, "classify"),
    )
    return {"severity": severity}


async def activate_team(node: NodeContext) -> Update:
    """S1.4: the team of the level; who was active before stays."""
    severity: Severity = node.state["severity"]
    members = {
        node.state["relevant_developer"] if role == RELEVANT_DEVELOPER else role: part
        for role, part in TEAMS[severity].members.items()
    }
    before: list[str] = node.state.get("team", [])
    joined = [role for role in members if role not in before]
    if not joined:
        return {}
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
    return {"team": [*before, *joined], "status": "Investigating"} if not before else {"team": [*before, *joined]}


async def open_incident_channel(node: NodeContext) -> Update:
    """S1.5"""
    case = from_state(node)
    report = await node.perform(maintainer.open_channel, case, rows=())
    team = [prompts.page(role).title for role in node.state["team"]]
    opening = prompts.render(
        "channel.md", run=case.run, severity=case.severity, service=case.service, text=report.text, team=team
    )
    fields = {"severity": case.severity, "service": case.service, "text": report.text, "team": team}
    arguments = {"name": f"incident-{case.run}", "topic": opening}
    await node.send(
        OutsideEffect(open_channel, arguments, Author("main", COMMANDER, "open_channel"), ("S1.5",), fields)
    )
    return {}
