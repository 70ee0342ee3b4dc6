"""The opening of a conversation: what all duties share comes first, the clock last, and each is told what it needs."""

from datetime import timedelta
from typing import Any

import pytest

from agents.reports.investigation import Findings
from agents.roster import DUTIES
from agents.runtime.briefing import Briefing, RoleFindings
from agents.runtime.duty import Duty
from agents.runtime.ledger import Damage, Ledger
from agents.runtime.opening import NEEDED_BY, needed_parts, opening
from tests.agents.conftest import NOW

ALL = [duty for duties in DUTIES.values() for duty in duties.values()]
PAGE = "\n# "


def told(duty: Duty[Any], briefing: Briefing) -> str:
    return str(opening(duty, briefing)[1]["content"])


def test_house_rules_catalogue_and_alert_are_the_same_for_every_duty(briefing: Briefing) -> None:
    later = briefing.model_copy(update={"now": briefing.now + timedelta(minutes=9), "severity": "P0"})
    asked = [(duty, one) for duty in ALL for one in (briefing, later)]
    first = {(opening(duty, one)[0]["content"], told(duty, one).partition(PAGE)[0]) for duty, one in asked}
    assert len(first) == 1
    ((_, incident),) = first
    assert incident.index("## The catalogue") < incident.index("## The alert")


@pytest.mark.parametrize("duty", ALL, ids=lambda duty: f"{duty.role}.{duty.name}")
def test_a_minute_later_only_the_end_differs(duty: Duty[Any], briefing: Briefing) -> None:
    texts = [told(duty, briefing.model_copy(update={"now": briefing.now + timedelta(minutes=n)})) for n in (0, 1)]
    before, after = (text.partition("\n## Now\n") for text in texts)
    assert before[0] == after[0] and before[2] != after[2]
    assert texts[0].endswith(f"Now do {duty.name}, and hand in with `hand_in`.\n")


def test_findings_are_told_to_who_works_on_them_and_no_part_is_named_in_vain(briefing: Briefing) -> None:
    found = RoleFindings(role="api_tester", findings=Findings(summary="So.", abnormal=True))
    known = briefing.model_copy(update={"findings": [found]})
    shown = {duty.name for duty in ALL if needed_parts(duty.report, known).findings}
    assert shown == {"investigate", "check_system", "conclude", "analyse_root_cause"}
    reports = {duty.report for duty in ALL}
    for needing in NEEDED_BY.values():
        assert all(any(issubclass(report, one) for report in reports) for one in needing)


@pytest.mark.parametrize("name", ["update_status_page", "brief_stakeholders", "conclude", "reconstruct_timeline"])
def test_who_writes_of_it_is_told_what_was_hurt_and_from_when_to_when(name: str, briefing: Briefing) -> None:
    hurt = Damage(service="checkout", kind="errors", since=NOW - timedelta(minutes=20), until=NOW, is_open=False)
    known = briefing.model_copy(update={"ledger": Ledger(services=["checkout"], damage=[hurt])})
    duty = next(duty for duty in ALL if duty.name == name)
    assert f"Measured: checkout, errors, from {hurt.since:%Y-%m-%dT%H:%M:%SZ} to" in told(duty, known)
