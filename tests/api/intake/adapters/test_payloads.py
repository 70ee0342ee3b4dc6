"""Every sender's documented payloads, and what must be read from them."""

import json
from typing import Any

import pytest

from api.intake.adapters.registry import ADAPTERS
from tests.api.intake.adapters.cases import Case, cases, read_all

CASES = cases()


def test_every_sender_has_payloads_that_fire_and_that_are_over() -> None:
    names = {source: {case.name for case in CASES if case.source == source} for source in ADAPTERS}
    assert [source for source, told in names.items() if not told >= {"firing", "resolved"}] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source}: {case.name}")
def test_a_payload_is_read_as_its_sender_means_it(case: Case) -> None:
    alerts = read_all(case.source, case.body, case.headers)
    expected: list[dict[str, Any]] = case.expected if isinstance(case.expected, list) else [case.expected]
    found = [json.loads(alert.model_dump_json()) for alert in alerts]
    assert [{name: one[name] for name in told} for one, told in zip(found, expected, strict=True)] == expected
