"""The recorded changes of everything surveyed stand beside the deployments."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.history import ChangeHistory, RecordedChange
from agents.readings.production import ErrorLog, LogPattern
from agents.reports.basis import Check
from agents.roles import devops_automator, infrastructure_maintainer
from agents.roster import DUTIES
from agents.rules.diagnosis.changes import Change
from agents.rules.diagnosis.hypotheses import diagnose
from agents.rules.diagnosis.recorded_changes import TOLD, ChangeHistories, as_changes, with_changes
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext, Reading
from tests.agents.conftest import ONSET, Answers, MemoryLog, golden

CHECK = Check(verdict="normal", text="no deployment in the last 24 hours", cites=["1"])


def change(number: int = 0, **told: Any) -> RecordedChange:
    fields = {
        "id": str(number),
        "kind": "configuration",
        "service": "orders-db",
        "at": ONSET + timedelta(minutes=number),
    }
    return RecordedChange.model_validate({**fields, "what": f"setting {number}", **told})


def history(*changes: RecordedChange, service: str = "orders-db") -> ChangeHistory:
    return ChangeHistory(service=service, since=ONSET - timedelta(hours=72), changes=list(changes))


def told(*changes: RecordedChange) -> ChangeHistories:
    return {"orders-db": Reading("ledger", history(*changes))}


def test_a_change_is_told_with_its_kind_time_maker_and_values() -> None:
    check = with_changes(CHECK, told(change(what="connections lowered", by="ada", old="400", new="100")))
    assert check.text.startswith("no deployment in the last 24 hours; other changes: orders-db: configuration at ")
    assert "by ada: “connections lowered from 400 to 100”" in check.text
    assert (check.verdict, check.cites) == ("normal", ["1", "ledger"])


def test_values_that_the_text_has_already_are_not_told_twice() -> None:
    check = with_changes(CHECK, told(change(what="connections from 400 to 100", old="400", new="100")))
    assert check.text.count("400") == 1


def test_releases_and_pipelines_are_told_elsewhere() -> None:
    assert with_changes(CHECK, told(change(kind="release"), change(1, kind="pipeline"))) == CHECK


def test_of_many_changes_the_newest_are_told() -> None:
    check = with_changes(CHECK, told(*(change(number) for number in range(TOLD + 5))))
    assert ("setting 4”" in check.text, "setting 5”" in check.text, f"setting {TOLD + 4}”" in check.text) == (
        False,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("duty", "field"),
    [
        (infrastructure_maintainer.investigate, "recent_deployments"),
        (devops_automator.investigate, "deployment_history"),
    ],
)
async def test_an_investigator_reads_the_changes_of_all_that_is_surveyed(
    duty: Any, field: str, briefing: Briefing, context: DutyContext, production: Answers, log: MemoryLog
) -> None:
    production.put("golden_signals", "checkout", golden("checkout", error_rate=0.4))
    production.put("change_history", "orders-db", history(change(what="connections lowered")))
    report = await duty.without_model(briefing, context)
    check: Check = getattr(report, field)
    assert "orders-db: configuration" in check.text
    read = next(row for row in log.of_kind("tool_result") if row["tool"] == "change_history" and "value" in row)
    assert read["value"]["changes"][0]["what"] == "connections lowered"
    assert set(check.cites) <= log.refs()


@pytest.mark.parametrize(
    "role", ["infrastructure_maintainer", "backend_architect", "devops_automator", "frontend_developer"]
)
def test_whoever_investigates_may_read_the_ledger(role: str) -> None:
    assert "change_history" in [port.name for port in DUTIES[role]["investigate"].tools]


def test_what_is_recorded_can_be_suspected_once_and_only_where_it_was_done() -> None:
    now = ONSET + timedelta(hours=1)
    known = [Change("orders-db", ONSET, "setting 0", True, "events")]
    recorded = history(
        change(0),
        change(2, what="connections", old="400", new="100"),
        change(3, kind="operator", what="restarted"),
        change(4, status="failed"),
        change(5, kind="release"),
        change(6, kind="provider"),
        change(120),
        change(7, at=ONSET - timedelta(days=8)),
    )
    found = as_changes(Reading("ledger", recorded), known, now)
    assert [(one.words, one.is_setting, one.ref) for one in found] == [
        ("connections from 400 to 100", True, "ledger"),
        ("restarted", False, "ledger"),
    ]
    assert as_changes(None, [], now) == []


def test_what_is_recorded_again_and_again_is_routine_and_what_the_record_tells_of_is_not_told_twice() -> None:
    now = ONSET + timedelta(hours=20)
    routine = [change(hours * 60, kind="certificate", what="certificate renewed") for hours in (0, 6, 12)]
    known = [Change("orders-db", ONSET + timedelta(hours=2), "limits pushed", True, "events")]
    again = change(180, what="limits pushed")
    found = as_changes(Reading("ledger", history(*routine, again, change(200, what="pool renamed"))), known, now)
    assert [one.words for one in found] == ["pool renamed"]


async def test_a_reported_setting_that_the_errors_name_is_found(
    briefing: Briefing, context: DutyContext, production: Answers
) -> None:
    at = ONSET - timedelta(hours=3)
    signature = "no row of the currency table for CHF"
    failing = LogPattern(
        service="checkout", signature=signature, level="error", count=400, first_seen=ONSET, last_seen=ONSET, sample=""
    )
    production.put("golden_signals", "checkout", golden("checkout", ONSET, error_rate=0.04))
    production.put("error_log", "checkout", ErrorLog(service="checkout", patterns=[failing]))
    recorded = change(kind="configuration", service="checkout", at=at, what="ledger currency table replaced", by="ada")
    production.put("change_history", "checkout", history(recorded, service="checkout"))
    diagnosis = await diagnose(briefing, context)
    best = diagnosis.hypotheses[0]
    assert (best.component, best.strength) == ("checkout", 2)
    assert "ledger currency table replaced" in best.statement
