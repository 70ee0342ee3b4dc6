"""What the payload of an event must show for each row of the runbook that it claims."""

from collections.abc import Callable
from typing import Any

from agents.io.act_kinds import ACT_KINDS
from agents.reports.basis import Severity
from graphs.model.runbook import MATRIX, RELEVANT_DEVELOPER, TEAMS
from graphs.transcript.event import Event

Shows = Callable[[Event], bool]


def has_words(value: Any) -> bool:
    """Words are there."""
    return isinstance(value, str) and len(value.strip()) >= 2


def checks(report: dict[str, Any], *names: str) -> bool:
    """Each check has a verdict and words; and what is not unknown cites events."""
    looked = [report[name] for name in names]
    return all(has_words(check["text"]) and (check["cites"] or check["verdict"] == "unknown") for check in looked)


def report(*names: str, **rules: Callable[[Any], bool]) -> Shows:
    """A finished duty whose report has these checks, and fields that satisfy these rules."""

    def shows(event: Event) -> bool:
        if event.kind != "duty_finished":
            return False
        written: dict[str, Any] = event.payload["report"]
        if not set(names) | set(rules) <= set(written):
            return False
        return checks(written, *names) and all(rule(written[name]) for name, rule in rules.items())

    return shows


def claim(value: Any) -> bool:
    return has_words(value["text"])


def outbound(port: str, *fields: str) -> Shows:
    """Words that left the building, with every field of their template filled and in the text as sent."""

    def shows(event: Event) -> bool:
        if event.kind != "outbound" or event.payload["port"] != port:
            return False
        text = " ".join(str(value) for value in event.payload["arguments"].values())
        given = event.payload["fields"]
        return all(has_words(given[name]) and (name == "service_name" or given[name] in text) for name in fields)

    return shows


def classified(severity: Severity) -> Shows:
    def shows(event: Event) -> bool:
        payload = event.payload
        return (
            event.kind == "classification"
            and payload["severity"] == severity
            and bool(payload["reasons"] and payload["cites"])
        )

    return shows


def activated(severity: Severity) -> Shows:
    def shows(event: Event) -> bool:
        if event.kind != "activation":
            return event.kind in ("backlog", "outbound")
        roles = [member["role"] for member in event.payload["members"]]
        wanted = [role for role in TEAMS[severity].members if role != RELEVANT_DEVELOPER]
        parts = all(has_words(member["part"]) for member in event.payload["members"])
        return set(wanted) <= set(roles) and len(roles) == len(TEAMS[severity].members) and parts

    return shows


def escalated(row: str) -> Shows:
    def shows(event: Event) -> bool:
        if event.kind == "outbound":
            return event.payload["port"] == "notify" and event.payload["done"]
        payload = event.payload
        return (
            event.kind == "escalation"
            and payload["row"] == row
            and MATRIX[row].action == payload["action"]
            and bool(payload["report"])
        )

    return shows


def acted(*ports: str) -> Shows:
    """A change that was proposed, decided and carried out."""

    def shows(event: Event) -> bool:
        if event.kind == "result":
            return event.payload["port"] in ports and has_words(event.payload["detail"])
        if event.kind == "proposal":
            proposal = event.payload["proposal"]
            return (
                proposal["action"] in ports
                and has_words(proposal["risk"])
                and has_words(proposal["undo"])
                and bool(proposal["reasons"])
            )
        return event.kind in ("duty_finished", "outbound")

    return shows


def one_of(*shows: Shows) -> Shows:
    return lambda event: any(show(event) for show in shows)


TEMPLATE_STATUS = ("at", "service_name", "status", "impact", "current_action", "next_update")
TEMPLATE_EXEC = ("at", "situation", "cause", "action", "eta", "impact", "next_update")
FOUR_CHECKS = ("cpu", "memory", "network", "disk", "error_logs", "recent_deployments", "external_dependencies")

CONTENT: dict[str, Shows] = {
    "SEV-P0": classified("P0"),
    "SEV-P1": classified("P1"),
    "SEV-P2": classified("P2"),
    "SEV-P3": classified("P3"),
    "TEAM-P0": activated("P0"),
    "TEAM-P1": activated("P1"),
    "TEAM-P2": activated("P2"),
    "TEAM-P3": activated("P3"),
    "S1.1": report(understood=has_words),
    "S1.2": report(
        users_affected=lambda users: users is None or users >= 0,
        services=lambda services: isinstance(services, list),
        data_at_risk=lambda risk: risk in ("no", "yes", "unknown"),
        summary=has_words,
    ),
    "S1.3": lambda event: event.kind == "classification" and has_words(event.payload["definition"]),
    "S1.4": lambda event: event.kind == "activation" and bool(event.payload["team"]),
    "S1.5": outbound("open_channel", "severity", "service", "text"),
    "S2.1": report(*FOUR_CHECKS),
    "S2.2": report("database_health", "api_error_rates", "service_to_service", "failing_component"),
    "S2.3": report("deployment_history", "pipeline_status", "rollback_prepared", "infrastructure_state"),
    "S2.4": report("client_side"),
    "S3.1": acted("rollback", *ACT_KINDS),
    "S3.2": acted("scale", "restart", "failover", *ACT_KINDS),
    "S3.3": acted("build_hotfix", "deploy"),
    "S3.4": acted("fallback"),
    "S3.5": outbound("publish_status", *TEMPLATE_STATUS),
    "S3.6": outbound("send_brief", *TEMPLATE_EXEC),
    "TPL-STATUS": outbound("publish_status", *TEMPLATE_STATUS),
    "TPL-EXEC": outbound("send_brief", *TEMPLATE_EXEC),
    "S4.1": report("resolves_the_issue", "screenshot", "no_new_issue"),
    "S4.2": report("metrics", "cascading_failures"),
    "S4.3": report("response_times", "error_rates", endpoints=bool),
    "S5.1": report(
        detected_at=has_words, resolved_at=has_words, entries=bool, introduced_at=lambda at: at is None or has_words(at)
    ),
    "S5.2": report(what_failed=claim, why=claim, why_not_caught=claim, five_whys=lambda whys: all(map(claim, whys))),
    "S5.3": report(users=claim, revenue=claim, reputation=claim, data=claim),
    "S5.4": report(monitoring=has_words, testing=has_words, process=has_words, infrastructure=has_words),
    "S5.5": report(
        items=lambda items: all(
            has_words(i["action"]) and has_words(i["owner"]) and has_words(i["deadline"]) for i in items
        )
    ),
    "S5.6": one_of(
        outbound("add_to_backlog", "title", "owner", "deadline"),
        lambda event: event.kind == "backlog" and all(entry["added"] for entry in event.payload["entries"]),
    ),
    **{row: escalated(row) for row in MATRIX},
}


def rows_shown(events: list[Event]) -> set[str]:
    """Rows that occur with their content."""
    return {row for event in events for row in event.rows if CONTENT[row](event)}
