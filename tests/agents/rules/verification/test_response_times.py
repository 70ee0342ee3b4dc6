"""Response times: what users measure decides; a slow answer to a check of ours counts where nobody counts theirs."""

from datetime import timedelta

import pytest

from agents.readings.production import EndpointCheck, EndpointChecks
from agents.rules.diagnosis.component import golden_changes
from agents.rules.verification.recovery_checks import RecoveryState
from agents.rules.verification.response_times import response_times
from agents.runtime.duty_context import Reading
from tests.agents.conftest import CATALOGUE, NOW, golden

SLOW = EndpointCheck(endpoint="pay", ok=True, status=200, seconds=2.3, usual_seconds=0.1)
READ = Reading("e1", EndpointChecks(service="checkout", checks=[SLOW]))


def state(latency: float, after_minutes: int = 30) -> RecoveryState:
    changed = NOW - timedelta(minutes=after_minutes)
    objectives = CATALOGUE.objectives_of("checkout")
    changes = golden_changes(golden("checkout", latency=latency), objectives, changed - timedelta(minutes=30), changed)
    return RecoveryState("checkout", changes, ["g1"])


@pytest.mark.parametrize(
    ("states", "verdict", "says"),
    [
        ([state(0.2)], "normal", "; our own checks took longer: pay 2.30 s (usually 0.10 s)"),
        ([state(4.0)], "abnormal", "pay 2.30 s (usually 0.10 s)"),
        ([state(0.2, after_minutes=0)], "unknown", "; our own checks took longer: pay 2.30 s (usually 0.10 s)"),
        ([RecoveryState("checkout", {}, [])], "abnormal", "pay 2.30 s (usually 0.10 s)"),
        ([RecoveryState("shop", state(0.2).changes, [])], "abnormal", "pay 2.30 s (usually 0.10 s)"),
    ],
    ids=["users as usual", "users slow", "too early", "nobody counts", "another service"],
)
def test_a_slow_check_of_ours_counts_where_its_users_are_not_counted(
    states: list[RecoveryState], verdict: str, says: str
) -> None:
    found = response_times([READ], states)
    assert found.verdict == verdict
    assert found.text.endswith(says)
