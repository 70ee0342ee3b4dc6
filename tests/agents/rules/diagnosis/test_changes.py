"""Changes that are no release: what counts as one in a service's record, and what ties it to the errors."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import ErrorLog, InfrastructureState, LogPattern, Refusal
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.change_causes import floods
from agents.rules.diagnosis.changes import changes_of
from agents.rules.diagnosis.hypotheses import diagnose
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from tests.agents.conftest import NOW, ONSET, Answers, golden


def record(service: str, *events: str) -> InfrastructureState:
    return InfrastructureState(
        service=service,
        replicas_wanted=4,
        replicas_ready=4,
        replicas_limit=10,
        restarts_last_hour=0,
        standby=None,
        machines=[],
        events=list(events),
    )


def line(signature: str, versions: list[str], minutes_after: float = 0) -> LogPattern:
    since = ONSET + timedelta(minutes=minutes_after)
    return LogPattern(
        service="checkout",
        signature=signature,
        level="error",
        count=400,
        first_seen=since,
        last_seen=NOW,
        sample=signature,
        versions=versions,
    )


def fails_after(production: Answers, minutes: float, *events: str, **more: Any) -> None:
    """Checkout fails; a version was deployed so many minutes before, and its record holds these events."""
    release = Deployment(
        service="checkout",
        version="1.1.0",
        previous="1.0.0",
        at=ONSET - timedelta(minutes=minutes),
        status="succeeded",
    )
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.04))
    history = DeploymentHistory(service="checkout", running="1.1.0", deployments=[release])
    production.put("deployment_history", "checkout", history)
    production.put("infrastructure_state", "checkout", record("checkout", *events))
    for port, answer in more.items():
        production.put(port, "checkout", answer)


def before(minutes: float, words: str) -> str:
    return f"{ONSET - timedelta(minutes=minutes):%H:%M} {words}"


async def supported(briefing: Briefing, context: DutyContext) -> list[Hypothesis]:
    found = (await diagnose(briefing, context)).hypotheses
    return [h for h in found if h.status != "ruled out" and h.strength >= 2]


@pytest.mark.parametrize(
    "words",
    [
        "time-out of outgoing calls from 30 s to 5 s",
        "flag quick-pay on for 10 % of visitors",
        "password of user shop rotated",
        "migration 88 begun",
        "nodes of zone b moved to new machines",
    ],
)
def test_what_was_done_to_a_service_is_a_change(words: str) -> None:
    reading = Reading(value=record("checkout", f"14:02 {words}"), ref="00000001", refusal=None)
    assert [change.words for change in changes_of(reading, NOW)] == [words]


@pytest.mark.parametrize(
    "words",
    [
        "pod killed: out of memory",
        "node b-7 stopped reporting",
        "replica could not be placed",
        "log rotation finished",
        "evictions above 40 per second",
        "restart: shop-1 was started again",
        "exit: shop-1 is gone",
        "checkout-1: BackOff: Back-off restarting failed container",
    ],
)
def test_what_befell_a_service_is_no_change(words: str) -> None:
    reading = Reading(value=record("checkout", f"14:02 {words}"), ref="00000001", refusal=None)
    assert changes_of(reading, NOW) == []


def test_a_time_of_day_is_the_latest_one_that_has_been_and_old_changes_are_forgotten() -> None:
    events = ["23:50 limit raised from 5 to 6", "2026-02-28 08:00 limit raised", "2026-01-02 08:00 limit raised"]
    reading = Reading(value=record("checkout", *events), ref="00000001", refusal=None)
    assert [f"{change.at:%m-%d %H:%M}" for change in changes_of(reading, NOW)] == ["02-28 08:00", "03-01 23:50"]


def found(*events: str, others: tuple[InfrastructureState, ...] = ()) -> list[str]:
    reading = Reading(value=record("checkout", *events), ref="00000001", refusal=None)
    around = [Reading(value=other, ref="00000002", refusal=None) for other in others]
    return [change.words for change in changes_of(reading, NOW, around)]


def test_what_is_done_again_and_again_on_a_component_is_routine() -> None:
    assert found(*(f"{hour}:02 certificate renewed" for hour in (1, 5, 9))) == []
    assert found(*(f"{hour}:02 price list {hour} loaded" for hour in (1, 5, 9))) == []
    assert len(found("01:02 certificate renewed", "05:02 certificate renewed")) == 2


def test_the_steps_of_one_piece_of_work_are_no_routine() -> None:
    assert len(found(*(f"13:0{batch} batch {batch} of 3 rebooted" for batch in (1, 2, 3)))) == 3
    assert len(found(*(f"{hour}:02 flag quick-pay from {hour} % to {hour + 3} %" for hour in (1, 5, 9)))) == 3


def test_what_every_component_does_at_its_own_time_is_routine_and_what_all_get_at_once_is_not() -> None:
    def elsewhere(*times: str) -> tuple[InfrastructureState, ...]:
        return tuple(record(f"service-{time}", f"{time} rules reloaded") for time in times)

    assert found("09:02 rules reloaded", others=elsewhere("01:07", "05:40")) == []
    assert found("09:02 rules reloaded", others=elsewhere("09:03", "09:04")) == ["rules reloaded"]


async def test_a_version_and_a_setting_of_the_same_minutes_leave_it_undecided(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    fails_after(production, 6, before(4, "time-out of outgoing calls from 30 s to 5 s"))
    assert await supported(briefing, context) == []


async def test_a_version_whose_own_code_fails_is_the_cause_beside_a_setting_of_the_same_minutes(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    log = ErrorLog(service="checkout", patterns=[line("KeyError: 'unit' at cart/price.py:<n>", ["1.1.0"])])
    fails_after(production, 6, before(4, "time-out of outgoing calls from 30 s to 5 s"), error_log=log)
    best = (await supported(briefing, context))[0]
    assert (best.cause, best.version, best.strength) == ("recent deployment", "1.1.0", 3)


async def test_the_time_alone_does_not_convict_where_neither_log_nor_record_can_be_seen(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    unseen = Refusal(error="failed", said="internal error")
    fails_after(production, 6, error_log=unseen, infrastructure_state=unseen)
    assert await supported(briefing, context) == []


async def test_a_setting_that_the_error_lines_name_is_the_cause_hours_later(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    log = ErrorLog(service="checkout", patterns=[line("no row for region <n> in table v12", [])])
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.04))
    production.put("infrastructure_state", "checkout", record("checkout", before(200, "tax table v12 loaded")))
    production.put("error_log", "checkout", log)
    best = (await supported(briefing, context))[0]
    assert (best.cause, best.component, best.version) == ("recent deployment", "checkout", "")
    assert "tax table v12 loaded" in best.statement


async def test_a_refused_certificate_needs_no_version_that_was_deployed_just_before(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    refused = line("tls: certificate of tax-office has expired", ["1.1.0"])
    fails_after(production, 6, error_log=ErrorLog(service="checkout", patterns=[refused]))
    assert [(h.cause, h.strength) for h in await supported(briefing, context)] == [("infrastructure", 3)]


@pytest.mark.parametrize(
    ("signature", "is_flood"),
    [
        ("report of all orders since 2019 begun", True),
        ("connection to server at * failed: Connection refused", False),
        ("FATAL: sorry, too many clients already", False),
        ("orders-db did something odd", False),
        ("read of bucket <n> gave up after <n> ms", False),
    ],
)
def test_a_caller_floods_a_store_by_work_of_its_own_and_not_by_complaining_of_it(
    signature: str, is_flood: bool
) -> None:
    release = Deployment(
        service="checkout", version="1.1.0", previous="1.0.0", at=ONSET - timedelta(hours=5), status="succeeded"
    )
    log = [line("an old complaint", ["1.1.0"], -90), line(signature, ["1.1.0"])]
    assert (floods("orders-db", log, [release], ONSET, 180.0) is not None) == is_flood
