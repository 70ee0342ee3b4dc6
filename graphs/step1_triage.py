"""Step 1: detection and triage, 0-5 minutes, by the Infrastructure Maintainer."""

import prompts
from agents import infrastructure_maintainer as maintainer
from agents.briefing import Floor
from agents.reports import Scope, Severity
from agents.tools.channel import open_channel
from graphs.case import from_state
from graphs.nodes import Chart, Update
from graphs.runbook import LEVELS, RELEVANT_DEVELOPER, TEAMS, worst
from graphs.severity import demanded
from graphs.transcript import Author
from graphs.visit import Effect, Visit

COMMANDER = "infrastructure_maintainer"


def add_to(chart: Chart) -> None:
    """Acknowledge, assess, classify, activate the team, open the channel."""
    chart.node("s1_acknowledge", acknowledge)
    chart.node("s1_assess_scope", assess_scope)
    chart.node("s1_classify", classify)
    chart.node("s1_activate_team", activate_team)
    chart.node("s1_open_channel", open_incident_channel)
    chart.edge("s1_acknowledge", "s1_assess_scope")
    chart.edge("s1_assess_scope", "s1_classify")
    chart.edge("s1_classify", "s1_activate_team")
    chart.edge("s1_activate_team", "s1_open_channel")
    chart.fork("s1_open_channel", lambda state: state["severity"] == "P3", "s5_add_to_backlog", "s2_investigate")


async def acknowledge(visit: Visit) -> Update:
    """S1.1"""
    report = await visit.perform(maintainer.acknowledge, from_state(visit))
    return {"acknowledgement": report.model_dump(mode="json")}


async def assess_scope(visit: Visit) -> Update:
    """S1.2: how many users, which services, is data at risk; and the severity that the rules demand of it."""
    report = await visit.perform(maintainer.assess_scope, from_state(visit))
    client_side = report.client_side and not report.completely_down
    developer = "frontend_developer" if client_side else "backend_architect"
    return {**known_scope(visit, report, visit.report_event().ref), "relevant_developer": developer}


def known_scope(visit: Visit, scope: Scope, ref: str) -> Update:
    """A scope, the event that holds it, and the severity that the rules demand of it."""
    floor = demanded(scope, from_state(visit))
    return {"scope": scope.model_dump(mode="json"), "scope_ref": ref, "floor": floor.model_dump()}


async def classify(visit: Visit) -> Update:
    """S1.3: the rule sets the floor, the role may only raise it, and facts never lower what was set before."""
    before: Severity = visit.state.get("severity", "P3")
    lowest = Floor.model_validate(visit.state["floor"])
    accepted: Severity = worst(before, visit.state.get("floor_overruled", "P3"))
    if "severity" in visit.state and worst(accepted, lowest.severity) == accepted:
        return {}
    report = await visit.perform(maintainer.classify, from_state(visit), rows=())
    severity = worst(before, lowest.severity, report.severity)
    by_rule = severity == lowest.severity
    visit.write(
        "classification",
        {
            "severity": severity,
            "was": visit.state.get("severity"),
            "level": LEVELS[severity].name,
            "definition": LEVELS[severity].definition,
            "response_time": LEVELS[severity].response_time,
            "floor": lowest.model_dump(),
            "reasons": lowest.reasons if by_rule else [claim.text for claim in report.reasons],
            "cites": [visit.state["scope_ref"]],
            "set_by": "rule" if by_rule else COMMANDER,
        },
        ("S1.3", LEVELS[severity].row),
        Author("main", COMMANDER, "classify"),
    )
    return {"severity": severity}


async def activate_team(visit: Visit) -> Update:
    """S1.4: the team of the level; who was active before stays."""
    severity: Severity = visit.state["severity"]
    members = {
        visit.state["relevant_developer"] if role == RELEVANT_DEVELOPER else role: part
        for role, part in TEAMS[severity].members.items()
    }
    before: list[str] = visit.state.get("team", [])
    joined = [role for role in members if role not in before]
    if not joined:
        return {}
    visit.write(
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
        visit.write("status", {"status": "Investigating", "why": "the team is at work"})
    return {"team": [*before, *joined], "status": "Investigating"} if not before else {"team": [*before, *joined]}


async def open_incident_channel(visit: Visit) -> Update:
    """S1.5"""
    case = from_state(visit)
    report = await visit.perform(maintainer.open_channel, case, rows=())
    team = [prompts.page(role).title for role in visit.state["team"]]
    opening = prompts.render(
        "channel.md", run=case.run, severity=case.severity, service=case.service, text=report.text, team=team
    )
    fields = {"severity": case.severity, "service": case.service, "text": report.text, "team": team}
    arguments = {"name": f"incident-{case.run}", "topic": opening}
    await visit.send(Effect(open_channel, arguments, Author("main", COMMANDER, "open_channel"), ("S1.5",), fields))
    return {}
