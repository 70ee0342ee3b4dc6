"""Every row of the runbook, in the transcripts of played runs: that it is there, what it shows, and at which minute.

A row's name is no proof: a row whose payload lacks what the runbook asks for counts as absent.
"""

from functools import cache
from typing import Any, cast

import pytest

from agents.roster import DUTIES
from evals.playing.play import EPOCH, Played, play
from evals.scenarios.loading import load
from evals.scorers.row_payloads import CONTENT, rows_shown
from graphs.transcript.event import Event

SHOWN = [
    "blue_tern",
    "broken_reed",
    "deep_current",
    "first_light",
    "low_cloud",
    "north_wind",
    "open_gate",
    "passing_cloud",
    "salt_marsh",
    "silver_birch",
    "still_pond",
    "white_fog",
    "wry_neck",
]
"""The fewest scenarios that show every cause, level, row and verdict between them."""
MORE = [
    "amber_pike",
    "crossed_oars",
    "dry_well",
    "grey_heron",
    "lost_ferry",
    "marsh_harrier",
    "night_train",
    "paper_lantern",
    "quiet_otter",
    "red_kite",
    "slow_tide",
    "stone_curlew",
    "tall_reed",
    "twin_storms",
]
"""More of them, which `make long` plays. `warroom eval run` plays every scenario there is."""
PLAYED = [*SHOWN, *(pytest.param(name, marks=pytest.mark.long) for name in MORE)]


@cache
def played(name: str) -> Played:
    return play(load(name))


def test_a_scope_in_trouble_names_its_services() -> None:
    for name in SHOWN:
        for event in played(name).events:
            if event.kind == "duty_finished" and event.duty == "assess_scope":
                assert bool(event.payload["report"]["services"]) == event.payload["report"]["abnormal"]


def minute(event: Event) -> float:
    return (event.at - EPOCH).total_seconds() / 60


@pytest.mark.parametrize("name", PLAYED)
def test_no_event_claims_a_row_that_it_does_not_show(name: str) -> None:
    empty = [
        (event.seq, event.kind, row) for event in played(name).events for row in event.rows if not CONTENT[row](event)
    ]
    assert not empty


@pytest.mark.parametrize("name", PLAYED)
def test_the_rows_that_must_occur_do_and_no_others_that_must_not(name: str) -> None:
    expected, shown = load(name).expected, rows_shown(played(name).events)
    assert set(expected.rows_must) - shown == set()
    assert set(expected.rows_must_not) & shown == set()


@pytest.mark.parametrize("name", PLAYED)
def test_a_timed_row_occurs_at_its_minute(name: str) -> None:
    for row, due in load(name).expected.timed.items():
        first = min((minute(event) for event in played(name).events if row in event.rows), default=None)
        assert first is not None, f"{row} does not occur"
        assert due <= first <= due + 1, f"{row} is due at minute {due} and occurs at {first:.1f}"


@pytest.mark.parametrize("name", PLAYED)
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


@pytest.mark.parametrize("name", PLAYED)
def test_the_run_ends_as_it_must(name: str) -> None:
    facts, expected = played(name).facts, load(name).expected
    assert facts.status == expected.ends
    assert facts.severity == expected.severity
    assert (facts.resolved_at is not None) == expected.resolved
    assert not [event.payload for event in played(name).events if event.kind == "error"]


@pytest.mark.parametrize("name", PLAYED)
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


@pytest.mark.parametrize("name", PLAYED)
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


@pytest.mark.parametrize("name", PLAYED)
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


@pytest.mark.parametrize("name", PLAYED)
def test_the_conclusion_is_the_right_one_or_a_person_was_asked(name: str) -> None:
    expected, facts = load(name).expected, played(name).facts
    if expected.verdict is None:
        assert facts.conclusion is None
        return
    assert facts.conclusion is not None
    if expected.cause:
        assert expected.is_right(facts.conclusion.cause, facts.conclusion.component)
    asked = any(e.kind == "question" and e.payload["question"]["kind"] == "direction" for e in played(name).events)
    assert expected.asks in (None, asked)


@pytest.mark.parametrize("name", PLAYED)
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


@pytest.mark.parametrize("name", PLAYED)
def test_a_duty_uses_only_the_tools_that_it_declares(name: str) -> None:
    for event in played(name).events:
        if event.kind == "tool_call":
            declared = {port.name for port in DUTIES[event.role][event.duty].tools}
            assert event.payload["tool"] in declared, (event.role, event.duty)


def test_at_p2_one_developer_looks_and_nobody_is_briefed() -> None:
    for name in SHOWN:
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
    shown = {row for name in SHOWN for row in rows_shown(played(name).events)}
    assert set(CONTENT) - shown == set()
