"""Releases: the time alone convicts none and acquits none; what ties one to a failure, and what must be read first."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import Dependencies, ErrorLog, InfrastructureState, LogPattern, Refusal
from agents.readings.splits import SplitPart, SplitSignals, split_of
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.hypotheses import diagnose
from agents.rules.diagnosis.release_grounds import is_of_our_code
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, ONSET, Answers, call, golden

NO_ANSWER = Refusal(error="no data", said="error_log(service=checkout, minutes=120): no samples")
NOT_CONNECTED = Refusal(error="not connected", said="error_log of checkout: not connected")


def released(production: Answers, minutes: float = 4, note: str = "", service: str = "checkout") -> None:
    deployment = Deployment(
        service=service,
        version="1.1.0",
        previous="1.0.0",
        at=ONSET - timedelta(minutes=minutes),
        status="succeeded",
        note=note,
    )
    history = DeploymentHistory(service=service, running="1.1.0", deployments=[deployment])
    production.put("deployment_history", service, history)
    production.put("golden_signals", service, golden(service, ONSET, error_rate=0.1))


def pattern(signature: str, *versions: str, **more: Any) -> LogPattern:
    usual = {"service": "checkout", "level": "error", "count": 400, "first_seen": ONSET, "last_seen": NOW}
    return LogPattern.model_validate(
        {**usual, "signature": signature, "sample": signature, "versions": versions, **more}
    )


def wrote(production: Answers, *patterns: LogPattern) -> None:
    production.put("error_log", "checkout", ErrorLog(service="checkout", patterns=list(patterns)))


def by(production: Answers, dimension: Any, *parts: tuple[str, int, int], service: str = "checkout") -> None:
    split = split_of(dimension, [SplitPart(name=name, requests=all_, failed=bad) for name, all_, bad in parts])
    production.put("split_signals", service, SplitSignals(service=service, minutes=10, splits=[split]))


def changed(production: Answers, service: str, event: str) -> None:
    state: dict[str, Any] = {"replicas_wanted": 4, "replicas_ready": 4, "replicas_limit": 10, "restarts_last_hour": 0}
    state |= {"standby": None, "machines": [], "events": [event], "service": service}
    production.put("infrastructure_state", service, InfrastructureState.model_validate(state))


async def release(briefing: Briefing, context: DutyContext) -> Hypothesis:
    found = (await diagnose(briefing, context)).hypotheses
    return next(h for h in found if h.cause == "recent deployment" and h.version == "1.1.0")


async def test_a_fresh_release_with_everything_else_read_and_calm_is_supported_and_not_proved(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production)
    found = await release(briefing, context)
    assert (found.status, found.strength) == ("supported", 2)


@pytest.mark.parametrize(
    ("minutes", "lines", "suspected"),
    [
        (20, [], ["1.1.0"]),
        (200, [], []),
        (5 * 24 * 60, [], []),
        (200, [pattern("KeyError: 'total' at cart/sum.py:<n>", "1.1.0")], ["1.1.0"]),
    ],
    ids=["just before the alert", "hours before", "days before", "hours before, with errors of its own"],
)
async def test_an_old_release_is_not_suspected_for_its_time_where_nobody_sees_since_when_it_fails(
    briefing: Briefing, context: DutyContext, production: Answers, minutes: int, lines: list[LogPattern], suspected: Any
) -> None:
    released(production, minutes)
    production.put("golden_signals", "checkout", golden("checkout", ONSET - timedelta(days=30), error_rate=0.4))
    wrote(production, *lines)
    found = (await diagnose(briefing, context)).hypotheses
    assert [h.version for h in found if h.cause == "recent deployment" and h.status == "open"] == suspected


async def test_a_release_is_no_more_than_open_while_the_error_log_does_not_answer(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production)
    production.put("error_log", "checkout", NO_ANSWER)
    found = await release(briefing, context)
    assert (found.status, found.strength) == ("open", 1)
    assert found.against[-1].text == "the error log of checkout could not be read"


async def test_a_log_that_nobody_has_connected_leaves_a_release_medium_where_all_else_is_seen(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production)
    production.put("error_log", "checkout", NOT_CONNECTED)
    production.put("dependencies", "checkout", NOT_CONNECTED)
    assert (await release(briefing, context)).strength == 2
    production.put("infrastructure_state", "checkout", NOT_CONNECTED)
    assert (await release(briefing, context)).strength == 1


async def test_a_release_is_no_more_than_open_while_a_dependency_cannot_be_seen(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production)
    production.put(
        "dependencies", "checkout", Refusal(error="timeout", said="dependencies(service=checkout): no answer")
    )
    for port in ("golden_signals", "infrastructure_state", "database_health"):
        production.put(port, "orders-db", Refusal(error="no data", said=f"{port}(service=orders-db): no samples"))
    found = await release(briefing, context)
    assert found.strength == 1
    assert "how orders-db and card-gateway does" in found.against[-1].text


@pytest.mark.parametrize(
    ("service", "calls", "strength"),
    [
        ("checkout", "read", 1),
        ("orders-db", "unread", 1),
        ("orders-db", "read", 2),
        ("search", "unread", 2),
    ],
)
async def test_another_change_about_as_near_leaves_a_release_open_unless_calls_show_that_nobody_feels_it(
    briefing: Briefing, context: DutyContext, production: Answers, service: str, calls: str, strength: int
) -> None:
    released(production, minutes=6)
    if calls == "unread":
        production.put("dependencies", "checkout", NOT_CONNECTED)
    changed(production, service, f"{ONSET - timedelta(minutes=3):%H:%M} maintenance: two of six nodes moved")
    assert (await release(briefing, context)).strength == strength


async def test_a_line_by_the_only_version_that_runs_proves_nothing_unless_it_names_our_code_or_what_was_released(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production, note="vouchers in two currencies")
    wrote(production, pattern("order <n> was not accepted, answer 7", "1.1.0"))
    assert (await release(briefing, context)).strength == 2
    wrote(production, pattern("order <n> was not accepted: voucher of <name> is empty", "1.1.0"))
    assert (await release(briefing, context)).strength == 3
    wrote(production, pattern("KeyError: 'total' at checkout/price.py:<n>", "1.1.0"))
    assert (await release(briefing, context)).strength == 3


async def test_a_line_that_the_other_version_beside_it_does_not_write_is_the_release_s_own(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production)
    routine = pattern("slow client", "1.0.0", level="warning", first_seen=NOW - timedelta(hours=2))
    wrote(production, pattern("order <n> was not accepted, answer 7", "1.1.0"), routine)
    assert (await release(briefing, context)).strength == 3


async def test_requests_that_fail_on_the_new_version_alone_prove_the_release_without_a_log(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production)
    production.put("error_log", "checkout", NO_ANSWER)
    by(production, "version", ("1.0.0", 9000, 20), ("1.1.0", 1000, 300))
    found = await release(briefing, context)
    assert found.strength == 3
    assert "300 of 1,000 on version 1.1.0" in found.support[-1].text


async def test_a_release_that_would_be_felt_everywhere_does_not_explain_one_instance(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production)
    by(production, "instance", ("checkout-1", 900, 2), ("checkout-2", 900, 300), ("checkout-3", 900, 1))
    best = (await diagnose(briefing, context)).hypotheses[0]
    assert (best.cause, best.component, best.strength) == ("infrastructure", "checkout", 2)
    assert (await release(briefing, context)).strength == 1


async def test_callers_that_suffer_while_all_below_is_calm_narrow_it_to_a_release_whose_log_is_silent(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production)
    production.put("error_log", "checkout", NO_ANSWER)
    calls = [call("checkout", error_rate=0.1)]
    production.put("dependencies", "shop", Dependencies(service="shop", calls=calls, called_by=[]))
    assert (await release(briefing, context)).strength == 2
    history = production.values["deployment_history", "checkout"]
    assert isinstance(history, DeploymentHistory)
    theirs = [one.model_copy(update={"service": "shop", "version": "9.0.0"}) for one in history.deployments]
    production.put("deployment_history", "shop", DeploymentHistory(service="shop", running="9.0.0", deployments=theirs))
    assert (await release(briefing, context)).strength == 1


async def test_the_shard_of_a_store_that_stands_out_is_a_finding_of_the_store_and_no_work_of_its_callers(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production, minutes=20)
    production.put("golden_signals", "orders-db", golden("orders-db", ONSET, error_rate=0.03))
    calls = [call("orders-db", "database", 0.03), call("card-gateway", "provider")]
    production.put("dependencies", "checkout", Dependencies(service="checkout", calls=calls, called_by=["shop"]))
    routine = pattern("slow client", level="warning", first_seen=NOW - timedelta(hours=2))
    wrote(production, pattern("page of <n> orders took <n> ms", "1.1.0"), routine)
    parts = (("shard-1", 9000, 4), ("shard-2", 9000, 900), ("shard-3", 9000, 3))
    by(production, "instance", *parts, service="orders-db")
    best = (await diagnose(briefing, context)).hypotheses[0]
    assert (best.cause, best.component, best.strength) == ("infrastructure", "orders-db", 2)
    assert "900 of 9,000 on shard-2" in best.support[0].text


@pytest.mark.parametrize(("event", "blamed"), [("", True), ("maintenance: two of six nodes moved", False)])
async def test_an_old_release_is_not_blamed_for_a_new_line_where_a_store_that_it_uses_was_changed_just_before(
    briefing: Briefing, context: DutyContext, production: Answers, event: str, blamed: bool
) -> None:
    released(production, minutes=10 * 60)
    wrote(production, pattern("KeyError: 'state' at checkout/order.py:<n>", "1.1.0"))
    production.put("dependencies", "checkout", NOT_CONNECTED)
    if event:
        changed(production, "orders-db", f"{ONSET - timedelta(minutes=3):%H:%M} {event}")
    found = (await diagnose(briefing, context)).hypotheses
    assert any(h.version == "1.1.0" and h.status == "supported" for h in found) == blamed


@pytest.mark.parametrize(
    ("line", "is_ours"),
    [
        ("KeyError: 'facets' in search_view.py:112", True),
        ("panic: assignment to entry in nil map", True),
        ("RangeError: fraction is not finite at recipes/portions.<n>.js", True),
        ("java.lang.NullPointerException", True),
        ("thread 'worker_<n>' panicked at 'called Option::unwrap() on a None value'", True),
        ("completion failed: http 529 overloaded_error, try again later", False),
        ("acme: urn:ietf:params:acme:error:rateLimited", False),
        ("ConnectionError: peer closed", False),
        ("could not open https://shop.example.pl/cart", False),
        ("Error 1264 Out of range value", False),
    ],
)
def test_a_place_in_our_code_is_a_file_or_an_exception_that_code_raises(line: str, is_ours: bool) -> None:
    assert is_of_our_code(line) == is_ours


async def test_a_line_without_a_place_in_our_code_is_no_code_bug(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.1))
    wrote(production, pattern("cannot take order <n>: invalid state 4", "1.0.0"))
    found = next(h for h in (await diagnose(briefing, context)).hypotheses if h.cause == "code bug")
    assert (found.status, found.strength) == ("open", 1)
