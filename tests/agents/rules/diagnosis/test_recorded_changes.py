"""The recorded changes of everything surveyed stand beside the deployments."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.history import ChangeHistory, RecordedChange
from agents.reports.basis import Check
from agents.roles import devops_automator, infrastructure_maintainer
from agents.roster import DUTIES
from agents.rules.diagnosis.recorded_changes import TOLD, ChangeHistories, with_changes
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
