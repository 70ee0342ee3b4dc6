"""Every sender's documented payloads, and what must be read from them."""

import json
from typing import Any

import pytest

from api.intake.adapters.registry import ADAPTERS
from graphs.model.identity import identity
from tests.api.intake.adapters.cases import Case, cases, read_all

CASES = cases()


def test_every_sender_has_payloads_that_fire_and_that_are_over() -> None:
    names = {source: {case.name for case in CASES if case.source == source} for source in ADAPTERS}
    assert [source for source, told in names.items() if not told >= {"firing", "resolved"}] == []


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
