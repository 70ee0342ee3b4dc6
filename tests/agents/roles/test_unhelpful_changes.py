"""Changes that help nothing: where the mechanism that was read is not answered by a restart or by more replicas."""

from typing import Any

import pytest

from agents.readings.production import DatabaseHealth, Machine, Refusal
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.roles import infrastructure_maintainer as maintainer
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import ONSET, Answers, golden, system
from tests.agents.roles.test_mitigation import concluded, estate


def told(briefing: Briefing, text: str, *others: Hypothesis) -> Briefing:
    """What was concluded, with one more claim for it and other hypotheses beside it."""
    found = concluded(briefing)
    assert found.conclusion is not None
    found.conclusion.hypotheses[0].support.append(Claim(text=text, cites=["00000003"]))
    found.conclusion.hypotheses.extend(others)
    return found


def setting(component: str = "checkout") -> Hypothesis:
    return Hypothesis(
        cause="recent deployment",
        component=component,
        statement=f"“rule set 12 published” of {component} at 2026-03-02 14:16 UTC made {component} fail",
        change="rule set 12 published",
        status="open",
        strength=1,
        onset=ONSET,
    )


async def proposed(briefing: Briefing, context: DutyContext) -> tuple[Any, str]:
    proposal = await maintainer.propose_infrastructure_change.without_model(briefing, context)
    return proposal.action, proposal.summary


async def test_no_space_left_is_answered_by_space_and_by_nothing_else(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    full = told(briefing, "checkout logs “open /spool/<n>: no space left on device” 900 times")
    action, summary = await proposed(full, context)
    assert action is None
    assert "free space on its volume" in summary


@pytest.mark.parametrize(("component", "action"), [("checkout", None), ("orders-db", "restart")])
async def test_a_setting_that_was_just_pushed_would_be_read_again_after_a_restart(
    briefing: Briefing, context: DutyContext, production: Answers, component: str, action: str | None
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    production.put("system_metrics", "checkout", system("checkout", cpu=0.99))
    found, summary = await proposed(told(briefing, "CPU 99 %", setting(component)), context)
    assert found == action
    assert (action is not None) or "undo “rule set 12 published”" in summary


async def test_memory_that_is_used_up_is_given_back_by_a_restart_whatever_was_pushed(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    production.put("system_metrics", "checkout", system("checkout", memory=0.98))
    assert (await proposed(told(briefing, "memory 98 %", setting()), context))[0] == "restart"


@pytest.mark.parametrize(
    ("reason", "action"),
    [("watchdog: BUG: soft lockup - CPU#3 stuck for 23s", None), ("1024 of 1024 file handles in use", "restart")],
)
async def test_the_ill_machine_of_one_instance_is_not_mended_by_a_restart_of_all(
    briefing: Briefing, context: DutyContext, production: Answers, reason: str, action: str | None
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    estate(
        production, replicas_wanted=8, replicas_ready=8, machines=[Machine(name="relay-3", ready=True, reason=reason)]
    )
    found, summary = await proposed(concluded(briefing), context)
    assert found == action
    assert (action is not None) or "take relay-3 out of service" in summary


@pytest.mark.parametrize("is_seen", [True, False])
@pytest.mark.parametrize(("component", "action"), [("checkout", "restart"), ("orders-db", None)])
async def test_the_one_instance_that_fails_is_mended_by_a_restart_unless_it_keeps_data(
    briefing: Briefing, context: DutyContext, production: Answers, is_seen: bool, component: str, action: str | None
) -> None:
    production.put("golden_signals", component, golden(component, error_rate=0.2))
    estate(production)
    state = production.values["infrastructure_state", "checkout"].model_copy(update={"service": component})
    unseen = Refusal(error="no data", said="no samples")
    production.put("infrastructure_state", component, state if is_seen else unseen)
    found, summary = await proposed(concluded(briefing, component=component, instances=["relay-3"]), context)
    assert found == action
    assert (action is not None) or not is_seen or "take relay-3 out of service" in summary


@pytest.mark.parametrize(
    ("line", "action"),
    [("GET /search without a token from <ip>, 38k addresses", None), ("GET /search took <n> ms", "scale")],
)
async def test_traffic_that_nobody_wants_is_limited_and_not_given_more_replicas(
    briefing: Briefing, context: DutyContext, production: Answers, line: str, action: str | None
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", traffic=200, error_rate=0.2, saturation=0.99))
    found, summary = await proposed(told(briefing, f"checkout logs “{line}” 9000 times"), context)
    assert found == action
    assert (action is not None) or "limit or block the traffic" in summary


@pytest.mark.parametrize(("text", "action"), [("checksum mismatch in block 7", "failover"), ("8100 wrong sums", None)])
async def test_a_standby_has_the_same_wrong_values_and_not_the_same_bad_disk(
    briefing: Briefing, context: DutyContext, production: Answers, text: str, action: str | None
) -> None:
    estate(production, standby="checkout-2")
    usual: dict[str, Any] = {"connections_used": 5, "connections_limit": 90, "slow_queries_per_minute": 1}
    health = DatabaseHealth(service="checkout", database="checkout", integrity_errors=8100, **usual)
    production.put("database_health", "checkout", health)
    assert (await proposed(told(briefing, text), context))[0] == action


async def test_damage_that_one_claim_tells_of_is_seen_whatever_another_says(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    lines = "checkout logs “duplicate key” 90 times", "checkout logs “index is corrupt: bad magic” 70 times"
    found, summary = await proposed(told(told(briefing, lines[0]), lines[1]), context)
    assert found is None
    assert "restore what was there before" in summary


@pytest.mark.parametrize(("reason", "action"), [("OOMKilled, restarting", None), ("NotReady", "restart")])
async def test_what_keeps_data_is_not_restarted_while_a_part_of_it_is_started_again_by_itself(
    briefing: Briefing, context: DutyContext, production: Answers, reason: str, action: str | None
) -> None:
    estate(production, service="orders-db", machines=[Machine(name="orders-db-0", ready=False, reason=reason)])
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.2))
    production.put("system_metrics", "orders-db", system("orders-db", memory=0.99))
    found, _ = await proposed(concluded(briefing, component="orders-db"), context)
    assert found == action
