"""Every row of the runbook, in the transcripts of played runs: that it is there, what it shows, and at which minute.

A row's name is no proof: a row whose payload lacks what the runbook asks for counts as absent.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

import pytest

from agents.reports import Severity
from agents.role import DUTIES
from evals.play import EPOCH, Played, play
from evals.scenarios import load, names
from graphs.runbook import MATRIX, RELEVANT_DEVELOPER, TEAMS
from graphs.transcript import Event

Shows = Callable[[Event], bool]


@cache
def played(name: str) -> Played:
    return play(load(name))


def said(value: Any) -> bool:
    """Words are there."""
    return isinstance(value, str) and len(value.strip()) >= 2


def checks(report: dict[str, Any], *names: str) -> bool:
    """Each check has a verdict and words; and what is not unknown cites events."""
    looked = [report[name] for name in names]
    return all(said(check["text"]) and (check["cites"] or check["verdict"] == "unknown") for check in looked)


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
    return said(value["text"])


def outbound(port: str, *fields: str) -> Shows:
    """Words that left the building, with every field of their template filled and in the text as sent."""

    def shows(event: Event) -> bool:
        if event.kind != "outbound" or event.payload["port"] != port:
            return False
        text = " ".join(str(value) for value in event.payload["arguments"].values())
        given = event.payload["fields"]
        return all(said(given[name]) and (name == "service_name" or given[name] in text) for name in fields)

    return shows


def classified(severity: Severity) -> Shows:
    def shows(event: Event) -> bool:
        told = event.payload
        return (
            event.kind == "classification" and told["severity"] == severity and bool(told["reasons"] and told["cites"])
        )

    return shows


def activated(severity: Severity) -> Shows:
    def shows(event: Event) -> bool:
        if event.kind != "activation":
            return event.kind in ("backlog", "outbound")
        roles = [member["role"] for member in event.payload["members"]]
        wanted = [role for role in TEAMS[severity].members if role != RELEVANT_DEVELOPER]
        parts = all(said(member["part"]) for member in event.payload["members"])
        return set(wanted) <= set(roles) and len(roles) == len(TEAMS[severity].members) and parts

    return shows


def escalated(row: str) -> Shows:
    def shows(event: Event) -> bool:
        if event.kind == "outbound":
            return event.payload["port"] == "notify" and event.payload["done"]
        told = event.payload
        return (
            event.kind == "escalation"
            and told["row"] == row
            and MATRIX[row].action == told["action"]
            and bool(told["report"])
        )

    return shows


def acted(*ports: str) -> Shows:
    """A change that was proposed, decided and carried out."""

    def shows(event: Event) -> bool:
        if event.kind == "result":
            return event.payload["port"] in ports and said(event.payload["detail"])
        if event.kind == "proposal":
            proposal = event.payload["proposal"]
            return (
                proposal["action"] in ports
                and said(proposal["risk"])
                and said(proposal["undo"])
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
    "S1.1": report(understood=said),
    "S1.2": report(
        users_affected=lambda users: users is None or users >= 0,
        services=lambda services: isinstance(services, list),
        data_at_risk=lambda risk: risk in ("no", "yes", "unknown"),
        summary=said,
    ),
    "S1.3": lambda event: event.kind == "classification" and said(event.payload["definition"]),
    "S1.4": lambda event: event.kind == "activation" and bool(event.payload["team"]),
    "S1.5": outbound("open_channel", "severity", "service", "text"),
    "S2.1": report(*FOUR_CHECKS),
    "S2.2": report("database_health", "api_error_rates", "service_to_service", "failing_component"),
    "S2.3": report("deployment_history", "pipeline_status", "rollback_prepared", "infrastructure_state"),
    "S2.4": report("client_side"),
    "S3.1": acted("rollback"),
    "S3.2": acted("scale", "restart", "failover"),
    "S3.3": acted("build_hotfix", "deploy"),
    "S3.4": acted("fallback"),
    "S3.5": outbound("publish_status", *TEMPLATE_STATUS),
    "S3.6": outbound("send_brief", *TEMPLATE_EXEC),
    "TPL-STATUS": outbound("publish_status", *TEMPLATE_STATUS),
    "TPL-EXEC": outbound("send_brief", *TEMPLATE_EXEC),
    "S4.1": report("resolves_the_issue", "screenshot", "no_new_issue"),
    "S4.2": report("metrics", "cascading_failures"),
    "S4.3": report("response_times", "error_rates", endpoints=bool),
    "S5.1": report(detected_at=said, resolved_at=said, entries=bool, introduced_at=lambda at: at is None or said(at)),
    "S5.2": report(what_failed=claim, why=claim, why_not_caught=claim, five_whys=lambda whys: all(map(claim, whys))),
    "S5.3": report(users=claim, revenue=claim, reputation=claim, data=claim),
    "S5.4": report(monitoring=said, testing=said, process=said, infrastructure=said),
    "S5.5": report(
        items=lambda items: all(said(i["action"]) and said(i["owner"]) and said(i["deadline"]) for i in items)
    ),
    "S5.6": one_of(
        outbound("add_to_backlog", "title", "owner", "deadline"),
        lambda event: event.kind == "backlog" and all(entry["added"] for entry in event.payload["entries"]),
    ),
    **{row: escalated(row) for row in MATRIX},
}


def test_a_scope_in_trouble_names_its_services() -> None:
    for name in names():
        for event in played(name).events:
            if event.kind == "duty_finished" and event.duty == "assess_scope":
                assert bool(event.payload["report"]["services"]) == event.payload["report"]["abnormal"]


def rows_shown(events: list[Event]) -> set[str]:
    """Rows that occur with their content."""
    return {row for event in events for row in event.rows if CONTENT[row](event)}


def minute(event: Event) -> float:
    return (event.at - EPOCH).total_seconds() / 60


@pytest.mark.parametrize("name", names())
def test_no_event_claims_a_row_that_it_does_not_show(name: str) -> None:
    empty = [
        (event.seq, event.kind, row) for event in played(name).events for row in event.rows if not CONTENT[row](event)
    ]
    assert not empty


@pytest.mark.parametrize("name", names())
def test_the_rows_that_must_occur_do_and_no_others_that_must_not(name: str) -> None:
    expected, shown = load(name).expected, rows_shown(played(name).events)
    assert set(expected.rows_must) - shown == set()
    assert set(expected.rows_must_not) & shown == set()


@pytest.mark.parametrize("name", names())
def test_a_timed_row_occurs_at_its_minute(name: str) -> None:
    for row, due in load(name).expected.timed.items():
        first = min((minute(event) for event in played(name).events if row in event.rows), default=None)
        assert first is not None, f"{row} does not occur"
        assert due <= first <= due + 1, f"{row} is due at minute {due} and occurs at {first:.1f}"


@pytest.mark.parametrize("name", names())
def test_status_updates_keep_their_quarter_of_an_hour(name: str) -> None:
    events = played(name).events
    facts = played(name).facts
    if facts.severity not in ("P0", "P1"):
        pytest.skip("not on the clock at this level")
    raised = next(minute(e) for e in events if e.kind == "classification" and e.payload["severity"] in ("P0", "P1"))
    activated_at = max(raised, next(minute(e) for e in events if e.kind == "activation"))
    sent = [minute(event) for event in events if "TPL-STATUS" in event.rows]
    resolved = next(minute(event) for event in events if event.kind == "resolved")
    assert sent, "no update at all"
    assert sent[0] <= activated_at + 1
    gaps = [later - earlier for earlier, later in zip(sent, [*sent[1:], resolved], strict=True)]
    assert max(gaps) <= 16


@pytest.mark.parametrize("name", names())
def test_the_run_ends_as_it_must(name: str) -> None:
    facts, expected = played(name).facts, load(name).expected
    assert facts.status == expected.ends
    assert facts.severity == expected.severity
    assert (facts.resolved_at is not None) == expected.resolved
    assert not [event.payload for event in played(name).events if event.kind == "error"]


@pytest.mark.parametrize("name", names())
def test_no_wrong_action_is_taken_on_production(name: str) -> None:
    expected = load(name).expected
    fine = {(act.action, act.service) for act in [*expected.required_actions, *expected.allowed_actions]}
    needed = {(act.action, act.service) for act in expected.required_actions}
    done = {
        (event.payload["port"], event.payload["arguments"]["service"])
        for event in played(name).events
        if event.kind == "result" and event.payload["done"]
    }
    assert done - fine == set()
    assert needed - done == set()


@pytest.mark.parametrize("name", names())
def test_every_action_was_allowed_by_a_person_or_a_rule(name: str) -> None:
    allowed = 0
    for event in played(name).events:
        if event.kind == "decision" and event.payload["decision"] == "approved":
            assert event.payload["by"] == "on-call" or event.payload["proposal"]["action"] == "build_hotfix"
            allowed += 1
        if event.kind == "intent" and event.payload["port"] in (
            "rollback",
            "scale",
            "restart",
            "failover",
            "fallback",
            "deploy",
        ):
            allowed -= 1
            assert allowed >= 0, "an act without a decision"


@pytest.mark.parametrize("name", names())
def test_nothing_is_called_resolved_before_step_4_passed(name: str) -> None:
    events = played(name).events
    resolved = [event for event in events if event.kind == "resolved"]
    if not resolved:
        return
    before = [event for event in events if event.seq < resolved[0].seq]
    confirmation = [event for event in before if event.duty == "confirm_fix" and event.kind == "duty_finished"][-1]
    assert confirmation.payload["report"]["confirmed"]
    looks = [event for event in before if event.duty == "verify_metrics" and event.kind == "duty_finished"]
    assert looks[-1].payload["report"]["normal"]
    monitoring = [event for event in before if event.kind == "status" and event.payload["status"] == "Monitoring"][-1]
    assert minute(resolved[0]) - minute(monitoring) >= 30
    told = [
        e.payload["fields"]["status"] for e in before if e.kind == "outbound" and e.payload["port"] == "publish_status"
    ]
    assert "Resolved" not in told


@pytest.mark.parametrize("name", names())
def test_the_conclusion_is_the_right_one_or_a_person_was_asked(name: str) -> None:
    expected, facts = load(name).expected, played(name).facts
    if expected.verdict is None:
        assert facts.conclusion is None
        return
    assert facts.conclusion is not None
    if expected.cause:
        assert (facts.conclusion.cause, facts.conclusion.component) == (expected.cause, expected.component)
    asked = any(e.kind == "question" and e.payload["question"]["kind"] == "direction" for e in played(name).events)
    assert expected.asks in (None, asked)


@pytest.mark.parametrize("name", names())
def test_every_claim_cites_events_of_the_transcript(name: str) -> None:
    events = played(name).events
    refs = {event.ref for event in events}

    def cites(value: Any) -> list[str]:
        if isinstance(value, dict):
            written = cast(dict[str, Any], value)
            return [*written.get("cites", []), *(ref for inner in written.values() for ref in cites(inner))]
        return [ref for inner in cast(list[Any], value) for ref in cites(inner)] if isinstance(value, list) else []

    unknown = {ref for event in events for ref in cites(event.payload)} - refs
    assert not unknown


@pytest.mark.parametrize("name", names())
def test_a_duty_uses_only_the_tools_that_it_declares(name: str) -> None:
    for event in played(name).events:
        if event.kind == "tool_call":
            declared = {port.name for port in DUTIES[event.role][event.duty].tools}
            assert event.payload["tool"] in declared, (event.role, event.duty)


def test_at_p2_one_developer_looks_and_nobody_is_briefed() -> None:
    for name in names():
        if [load(name).expected.first_severity or load(name).expected.severity, played(name).facts.severity] != [
            "P2",
            "P2",
        ]:
            continue
        shown = rows_shown(played(name).events)
        lookers = {
            e.role
            for e in played(name).events
            if e.kind == "duty_finished" and e.key.startswith("main/s2_") and e.duty in ("investigate", "check_system")
        }
        assert not shown & {"S2.2", "S2.3", "S2.4", "S3.6", "TPL-EXEC"}
        assert len(lookers) == 1


def test_every_row_of_the_runbook_is_shown_by_some_scenario() -> None:
    shown = {row for name in names() for row in rows_shown(played(name).events)}
    assert set(CONTENT) - shown == set()
