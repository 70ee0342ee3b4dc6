"""Declared acts: the narrowest that is called for, with what the declaration says; never without a declaration."""

from typing import Any

import pytest

from agents.io.act_kinds import ACT_KINDS
from agents.io.catalogue import Catalogue
from agents.readings.production import DatabaseHealth, Machine
from agents.readings.splits import SplitPart, SplitSignals, split_of
from agents.reports.investigation import Conclusion
from agents.reports.mitigation import Proposal
from agents.roles import infrastructure_maintainer as maintainer
from agents.rules.mitigation.declared_acts import IN_ORDER, LAST_RESORT, declares_any
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import CATALOGUE, NOW, Answers, golden, system
from tests.agents.roles.test_mitigation import concluded, estate

SAID: dict[str, Any] = {
    "driver": "command",
    "command": ["x"],
    "risk": "Less room.",
    "undo": "Put it back.",
    "check": "it gets no requests",
    "takes_effect_in_minutes": 4,
}
ON_INSTANCES = ("drain_instance", "restart_instance", "replace_instance")
UNKNOWN = Conclusion(verdict="insufficient evidence", component="checkout", summary="Nothing that was read says why.")


def declaring(briefing: Briefing, *actions: str, service: str = "checkout", **more: Any) -> Briefing:
    written = CATALOGUE.model_dump(mode="json")
    written["services"][service]["act"] = {action: {**SAID, **more} for action in actions}
    return briefing.model_copy(update={"catalogue": Catalogue.model_validate(written)})


def one_bad(production: Answers, instances: int = 4) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    parts = [SplitPart(name=f"checkout-{n}", requests=100, failed=60 if n == 2 else 1) for n in range(instances)]
    splits = SplitSignals(service="checkout", minutes=10, splits=[split_of("instance", parts)])
    production.put("split_signals", "checkout", splits)


async def propose(briefing: Briefing, context: DutyContext) -> Proposal:
    return await maintainer.propose_infrastructure_change.without_model(briefing, context)


async def test_one_bad_instance_is_taken_out_and_the_others_are_left_alone(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    one_bad(production)
    proposal = await propose(concluded(declaring(briefing, *ON_INSTANCES)), context)
    assert (proposal.action, proposal.parameters) == ("drain_instance", {"instance": "checkout-2"})
    assert (proposal.risk, proposal.undo, proposal.takes_effect_in_minutes) == ("Less room.", "Put it back.", 4)
    assert any("60 of 100 on checkout-2" in reason.text for reason in proposal.reasons)
    assert any(reason.text == "It has worked when: it gets no requests" for reason in proposal.reasons)
    assert all(reason.cites for reason in proposal.reasons)


async def test_without_a_declaration_the_same_readings_lead_to_the_usual_change(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    one_bad(production)
    assert (await propose(concluded(briefing), context)).action == "restart"
    assert ("split_signals", "checkout") not in production.asked


async def test_where_too_few_would_stay_in_the_traffic_the_instance_is_restarted(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    one_bad(production, instances=3)
    told = concluded(declaring(briefing, "drain_instance", "restart_instance"))
    assert (await propose(told, context)).action == "drain_instance"
    ill = Machine(name="checkout-1", ready=True, reason="clock is 40 s behind")
    estate(production, machines=[ill], replicas_wanted=3, replicas_ready=2)
    del production.values["split_signals", "checkout"]
    assert (await propose(told, context)).action == "restart_instance"


async def test_an_instance_whose_machine_is_gone_is_replaced(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    gone = Machine(name="checkout-3", ready=False, reason="node stopped reporting")
    estate(production, machines=[gone], replicas_ready=3)
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.2))
    proposal = await propose(concluded(declaring(briefing, *ON_INSTANCES)), context)
    assert (proposal.action, proposal.parameters) == ("replace_instance", {"instance": "checkout-3"})


async def test_a_mitigation_before_the_cause_is_known_is_called_that(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    one_bad(production)
    told = declaring(briefing, "drain_instance").model_copy(update={"conclusion": UNKNOWN})
    proposal = await propose(told, context)
    assert proposal.action == "drain_instance"
    assert "as a mitigation before the cause is known" in proposal.summary
    known = await propose(concluded(declaring(briefing, "drain_instance")), context)
    assert "mitigation" not in known.summary


async def test_while_the_cause_is_not_known_nothing_that_is_not_called_for_is_proposed(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    told = declaring(briefing, *ON_INSTANCES).model_copy(update={"conclusion": UNKNOWN})
    proposal = await propose(told, context)
    assert proposal.action is None
    assert UNKNOWN.summary in proposal.summary
    assert "drain instance of checkout (one instance of several fails, is slow or is reported ill)" in proposal.summary


@pytest.mark.parametrize("outcome", ["refused", "did not help", "helped for a time", "failed"])
async def test_what_was_tried_or_refused_gives_way_to_the_next(
    briefing: Briefing, context: DutyContext, production: Answers, outcome: Any
) -> None:
    one_bad(production)
    drained = Proposal(action="drain_instance", service="checkout", parameters={"instance": "checkout-2"}, summary="")
    tried = Attempt(cause="", component="checkout", proposal=drained, outcome=outcome, at=NOW)
    told = concluded(declaring(briefing, *ON_INSTANCES)).model_copy(update={"attempts": [tried]})
    assert (await propose(told, context)).action == "restart_instance"


async def test_an_instance_that_the_declaration_does_not_list_is_not_touched(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    one_bad(production)
    proposal = await propose(concluded(declaring(briefing, "drain_instance", targets=["canary-*"])), context)
    assert proposal.action == "restart"


async def test_no_single_instance_of_what_keeps_data_is_touched(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    gone = Machine(name="orders-db-3", ready=False, reason="node stopped reporting")
    estate(production, service="orders-db", machines=[gone], replicas_ready=3)
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.2))
    told = concluded(declaring(briefing, *ON_INSTANCES, service="orders-db"), component="orders-db")
    assert (await propose(told, context)).action is None


async def test_the_session_that_holds_a_lock_is_ended_before_anything_wider(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    read = {"service": "orders-db", "database": "orders-db", "waiting_for_locks": 9, "blocking_session": "pid 12"}
    production.put("database_health", "orders-db", DatabaseHealth.model_validate(read))
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.2))
    production.put("system_metrics", "orders-db", system("orders-db", disk=0.97))
    acts = declaring(briefing, "free_disk", "end_session", service="orders-db", targets=["*", "/data"])
    proposal = await propose(concluded(acts, component="orders-db"), context)
    assert (proposal.action, proposal.parameters) == ("end_session", {"session": "pid 12"})


async def test_what_touches_less_comes_before_what_fits_an_instance(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    one_bad(production)
    production.put("system_metrics", "checkout", system("checkout", disk=0.97))
    told = concluded(declaring(briefing, "drain_instance", "free_disk", targets=["/data", "checkout-2"]))
    assert (await propose(told, context)).action == "drain_instance"  # which of two volumes is full nobody says
    told = concluded(declaring(briefing, "drain_instance", "free_disk", targets=["/data", "checkout-?"]))
    assert (await propose(told, context)).action == "free_disk"


@pytest.mark.parametrize("standby", ["orders-db-b", None])
async def test_damaged_data_comes_back_from_a_backup_alone_for_it_is_damaged_on_the_standby_too(
    briefing: Briefing, context: DutyContext, production: Answers, standby: str | None
) -> None:
    estate(production, service="orders-db", standby=standby)
    production.put("infrastructure_state", "orders-db", production.values["infrastructure_state", "checkout"])
    production.put("golden_signals", "orders-db", golden("orders-db", error_rate=0.2))
    read = {"service": "orders-db", "database": "orders-db", "integrity_errors": 7}
    production.put("database_health", "orders-db", DatabaseHealth.model_validate(read))
    told = concluded(
        declaring(briefing, "restore_backup", service="orders-db", targets=["nightly"]), component="orders-db"
    )
    assert (await propose(told, context)).action == "restore_backup"


def test_every_kind_has_its_place_in_the_order(briefing: Briefing) -> None:
    assert sorted((*IN_ORDER, *LAST_RESORT)) == sorted(ACT_KINDS)
    assert not declares_any(briefing)
    assert declares_any(declaring(briefing, "drain_instance"))
