"""Lost or opened data: no request fails, and what began with a change is looked for in the log of days."""

from datetime import timedelta

import pytest

from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import ErrorLog, InfrastructureState, LogPattern
from agents.reports.triage import Scope
from agents.rules.diagnosis.data_causes import data_causes
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from tests.agents.conftest import NOW, Answers

RELEASED = NOW - timedelta(hours=40)


def at_risk(briefing: Briefing, answer: str = "yes") -> Briefing:
    scope = Scope.model_validate(
        {
            "summary": "",
            "users_affected": None,
            "users_share": None,
            "services": ["checkout"],
            "data_at_risk": answer,
            "error_rate": 0.004,
            "abnormal": True,
        }
    )
    return briefing.model_copy(update={"scope": scope})


def released(production: Answers, service: str) -> None:
    release = Deployment(service=service, version="2.0.0", previous="1.9.0", at=RELEASED, status="succeeded")
    history = DeploymentHistory(service=service, running="2.0.0", deployments=[release])
    production.put("deployment_history", service, history)


def warned(production: Answers, service: str, hours_after: float) -> None:
    pattern = LogPattern(
        service=service,
        signature="tidied up <n> drafts",
        level="warning",
        count=40,
        first_seen=RELEASED + timedelta(hours=hours_after),
        last_seen=NOW,
        sample="tidied up 4 drafts",
        versions=["2.0.0"],
    )
    production.put("error_log", service, ErrorLog(service=service, patterns=[pattern]))


def kept(production: Answers, service: str, event: str) -> None:
    state = {"replicas_wanted": 1, "replicas_ready": 1, "replicas_limit": 1, "restarts_last_hour": 0, "standby": None}
    record = InfrastructureState.model_validate({"service": service, **state, "machines": [], "events": [event]})
    production.put("infrastructure_state", service, record)


async def test_a_warning_that_began_with_a_version_is_the_likely_cause(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production, "checkout")
    warned(production, "checkout", 1)
    found = await data_causes(at_risk(briefing), context)
    assert [(h.cause, h.component, h.version, h.strength) for h in found] == [
        ("recent deployment", "checkout", "2.0.0", 2)
    ]


async def test_what_was_written_before_the_version_came_says_nothing_of_it(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production, "checkout")
    warned(production, "checkout", -1)
    assert await data_causes(at_risk(briefing), context) == []


async def test_two_services_that_began_to_write_something_new_leave_it_open(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    for service in ("checkout", "orders-db"):
        released(production, service)
        warned(production, service, 1)
    assert {h.strength for h in await data_causes(at_risk(briefing), context)} == {1}


async def test_the_one_change_of_how_a_store_keeps_its_data_is_the_likely_cause(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    kept(production, "orders-db", f"{NOW - timedelta(hours=30):%Y-%m-%d %H:%M} retention changed from 400 to 40 days")
    found = await data_causes(at_risk(briefing), context)
    assert [(h.component, h.strength) for h in found] == [("orders-db", 2)]
    assert "retention changed" in found[0].statement


async def test_nothing_is_read_where_no_data_is_at_risk(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    released(production, "checkout")
    warned(production, "checkout", 1)
    for answer in ("no", "unknown"):
        assert await data_causes(at_risk(briefing, answer), context) == []
    assert production.asked == []


@pytest.mark.parametrize(
    ("event", "hours_after", "count"),
    [("job table generated and pushed", 0, 1), ("job table generated and pushed", 2, 0), ("job table pushed", -9, 0)],
)
async def test_a_change_with_which_a_service_began_to_write_something_new_is_a_likely_cause(
    briefing: Briefing, context: DutyContext, production: Answers, event: str, hours_after: float, count: int
) -> None:
    warned(production, "checkout", hours_after)
    kept(production, "checkout", f"{RELEASED:%Y-%m-%d %H:%M} {event}")
    assert len(await data_causes(at_risk(briefing), context)) == count


async def test_a_migration_touches_data_whatever_it_is_called(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    kept(production, "orders-db", f"{RELEASED:%Y-%m-%d %H:%M} 0417 amounts_in_cents finished, 88 201 rows")
    found = await data_causes(at_risk(briefing), context)
    assert [(h.component, h.strength) for h in found] == [("orders-db", 2)]
