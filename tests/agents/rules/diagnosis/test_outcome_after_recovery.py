"""The outcome of what comes after a measured recovery: the cause that was mended says nothing of it."""

from typing import Any

import pytest

from agents.rules.diagnosis.outcome import kept
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Confirmed, Relapse
from tests.agents.conftest import NOW
from tests.agents.rules.diagnosis.test_outcome import CALM, DONE, MINUTE, NAMED, OTHER, SUSPECTED, knowing


@pytest.mark.parametrize(
    ("known", "is_followed"),
    [
        ({}, True),
        ({"statements": [NAMED.model_copy(update={"at": NOW + 15 * MINUTE})]}, False),
        ({"relapses": []}, False),
        ({"relapses": [Relapse(at=NOW + 12 * MINUTE, over_since=NOW + 6 * MINUTE, said_over=NAMED)]}, False),
    ],
    ids=["nothing for it since", "named since", "never over", "only said to be over"],
)
def test_another_cause_of_what_comes_after_a_measured_recovery_is_followed(
    briefing: Briefing, known: dict[str, Any], is_followed: bool
) -> None:
    same = {"cause": "infrastructure", "component": "checkout"}
    proof = Confirmed.model_validate({**same, "at": NOW + 6 * MINUTE, "cite": "0e"})
    again = Relapse(at=NOW + 12 * MINUTE, over_since=proof.at)
    mended: dict[str, Any] = {"acts": [DONE], "suspected": [SUSPECTED], "confirmed": [proof], "relapses": [again]}
    known = {**mended, **known}
    found = kept(OTHER, knowing(briefing, **known))
    assert (found.component == "shop") == is_followed
    assert kept(CALM[2], knowing(briefing, **known)).component == "checkout"
