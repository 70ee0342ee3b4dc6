"""Every sender's documented payloads, and what must be read from them."""

import json
from typing import Any

import pytest

from api.intake.adapters.registry import ADAPTERS, BY_SHAPE
from graphs.model.identity import identity, spelled
from tests.api.intake.adapters.cases import Case, cases, read_all
from tests.api.intake.adapters.shapes import shapes

CASES = cases()
OTHER_NAMES = (
    *("icinga", "naemon", "centreon", "thruk", "check_mk", "betterstack", "better_uptime", "instatus", "statusio"),
    *("sorry", "cachet", "splunk_oncall", "argo_cd", "argo"),
)


def test_every_sender_has_payloads_that_fire_and_that_are_over() -> None:
    names = {source: {case.name for case in CASES if case.source == source} for source in ADAPTERS}
    in_the_table = {spelled(shape.door) for shape in shapes()}
    adapters_of = {source: ADAPTERS[source] for source in in_the_table}
    untried = [source for source, cases in names.items() if not cases >= {"firing", "resolved"}]
    assert [source for source in untried if source not in adapters_of and not is_another_name(source)] == []


def is_another_name(source: str) -> bool:
    """Whether a name is only another one for a sender that is tried, or is read by the shape of its body alone."""
    return source in BY_SHAPE or source in OTHER_NAMES


@pytest.mark.parametrize("source", ADAPTERS)
def test_what_says_that_an_alert_is_over_names_the_same_alert_as_what_fired(source: str) -> None:
    """Also where a sender says less of an alert that is over, such as no environment."""
    told = {case.name: read_all(case.source, case.body, case.headers)[0] for case in CASES if case.source == source}
    fired = {alert.dedup_key: alert for alert in told.values() if alert.status == "firing" and alert.environment}
    over = [alert for name, alert in told.items() if name in ("resolved", "acknowledged") and alert.dedup_key in fired]
    assert [alert for alert in over if identity(alert) != identity(fired[alert.dedup_key])] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source}: {case.name}")
def test_a_payload_is_read_as_its_sender_means_it(case: Case) -> None:
    alerts = read_all(case.source, case.body, case.headers)
    expected: list[dict[str, Any]] = case.expected if isinstance(case.expected, list) else [case.expected]
    found = [json.loads(alert.model_dump_json()) for alert in alerts]
    assert [{name: one[name] for name in told} for one, told in zip(found, expected, strict=True)] == expected
