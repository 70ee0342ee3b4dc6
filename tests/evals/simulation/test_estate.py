"""The estate: what was done to a service, instances that ail, locks, and what a provider's page says."""

from typing import Any

import pytest

from evals.simulation.estate import ALWAYS_SEEN, ROUTINE_TOLD
from tests.agents.tools.small_world import SERVICES, Play

DONE = [
    {"kind": "configuration", "at": -90, "says": "limit from 5 to 4"},
    {"kind": "secret", "at": "-3d", "says": "password changed"},
    {"kind": "flag", "at": 20, "says": "flag on"},
]


def services(name: str, **more: Any) -> dict[str, Any]:
    return {**SERVICES, name: {**SERVICES[name], **more}}


def asked(play: Play, port: str, service: str = "door", **arguments: Any) -> Any:
    return play.run(lambda: play.ask(port, service, **arguments))


def test_what_was_done_to_a_service_is_among_its_events_with_the_date_where_it_is_old() -> None:
    events = asked(Play(services=services("store", operations=DONE)), "infrastructure_state", "store").events
    told = [event for event in events if "limit" in event or "password" in event or "flag" in event]
    assert told == ["2026-03-01 13:20 password changed", "11:50 limit from 5 to 4"]


def test_what_a_provider_announced_is_on_its_page() -> None:
    notice = [{"kind": "notice", "at": "-7d", "says": "Planned work on Wednesday"}]
    status = asked(Play(services=services("carrier", operations=notice)), "provider_status", "carrier")
    assert status.status == "operational"
    assert status.message == "All systems operational. 2026-02-25 13:20 Planned work on Wednesday"


def test_an_instance_that_ails_is_named_and_still_ready() -> None:
    fault = {"component": "door", "onset": -10, "effect": {"ailing_instances": ["too many open files"]}}
    state = asked(Play(fault), "infrastructure_state")
    assert state.replicas_ready == state.replicas_wanted
    assert [(m.name, m.ready, m.reason) for m in state.machines] == [("door-0", True, "too many open files")]


def test_locks_are_told_where_the_monitoring_counts_them() -> None:
    fault = {"kind": "locked", "component": "store", "onset": -30, "jitter": 0}
    blind = asked(Play(fault), "database_health", "store")
    seen = asked(Play(fault, services=services("store", shows_locks=True)), "database_health", "store")
    assert (blind.waiting_for_locks, blind.longest_transaction_seconds) == (None, None)
    assert seen.waiting_for_locks == 46
    assert seen.longest_transaction_seconds == pytest.approx(1400, rel=0.01)


def test_a_request_that_meets_no_answer_has_no_status() -> None:
    fault = {"kind": "certificate refused", "component": "door", "onset": -10}
    checks = asked(Play(fault), "check_endpoints").checks
    assert {(check.ok, check.status, check.error) for check in checks} == {
        (False, None, "tls: certificate has expired")
    }


def test_a_caller_meets_an_answer_with_a_status_all_the_same() -> None:
    fault = {"kind": "certificate refused", "component": "store", "onset": -10}
    failed = [check for check in asked(Play(fault), "check_endpoints").checks if not check.ok]
    assert {check.status for check in failed} <= {500, 503}


def test_a_line_names_the_releases_that_write_it() -> None:
    line = {"signature": "no such key", "versions": ["1.2"]}
    fault = {"component": "door", "onset": -60, "effect": {"error_rate": 0.1}, "logs": [line]}
    patterns = asked(Play(fault), "error_log").patterns
    assert next(p.versions for p in patterns if p.signature == "no such key") == ["1.2"]


def test_a_hole_in_a_series_has_no_samples_and_the_rest_is_as_it_was() -> None:
    hole = {"port": "golden_signals", "service": "door", "answer": "no samples", "since": -20, "until": -10}
    whole = asked(Play(), "golden_signals").error_rate
    holed = asked(Play(gaps=[hole]), "golden_signals").error_rate
    missing = [number for number, value in enumerate(holed.values) if value is None]
    assert [whole.at(n).strftime("%H:%M") for n in missing] == [f"13:{minute:02}" for minute in range(0, 10)]
    assert [v for v in holed.values if v is not None] == [v for n, v in enumerate(whole.values) if n not in missing]
    assert None not in asked(Play(gaps=[hole]), "golden_signals", "hall").error_rate.values


def test_few_requests_fail_by_whole_ones() -> None:
    few = services("door", traffic=0.1, error_rate=0.05, counts_requests=True)
    rates = asked(Play(services=few), "golden_signals").error_rate.values
    assert 0 in rates
    assert max(rates) >= 0.1
    assert len(set(rates)) < 12


def test_routine_comes_at_its_own_fixed_times_whenever_one_looks() -> None:
    play = Play()

    async def looked() -> list[str]:
        await play.at(1)
        first = (await play.ask("infrastructure_state", "store")).events
        await play.at(9)
        second = (await play.ask("infrastructure_state", "store")).events
        return [event for event in first if event in second and event.endswith(tuple(ALWAYS_SEEN))]

    assert len(play.run(looked)) == ROUTINE_TOLD
