"""Public wording: nothing works again that was not measured to, after it last failed."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.reports.triage import Scope
from agents.rules.writing import public_wording
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Damage, Ledger
from tests.agents.conftest import NOW

MINUTE = timedelta(minutes=1)
MINUTES_AGO = st.integers(0, 40)
STRETCHES = st.lists(st.tuples(st.sampled_from(["checkout", "shop"]), MINUTES_AGO, st.integers(0, 10)), max_size=4)
WELL = Scope(
    summary="", users_affected=0, users_share=0.0, services=[], data_at_risk="no", abnormal=False, error_rate=0.0
)
ILL = WELL.model_copy(update={"abnormal": True, "error_rate": 0.4, "services": ["checkout"]})


def measured(stretches: list[tuple[str, int, int]]) -> list[Damage]:
    return [
        Damage(
            service=service,
            kind="errors",
            since=NOW - (ago + lasting) * MINUTE,
            until=NOW - ago * MINUTE,
            is_open=False,
            worst=0.4,
        )
        for service, ago, lasting in stretches
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(
    status=st.sampled_from(["Monitoring", "Resolved"]),
    stretches=STRETCHES,
    verified=MINUTES_AGO,
    look=st.tuples(st.sampled_from([WELL, ILL]), MINUTES_AGO),
)
def test_nothing_works_again_without_a_measurement_after_it_last_failed(
    briefing: Briefing, status: str, stretches: list[tuple[str, int, int]], verified: int, look: tuple[Scope, int]
) -> None:
    scope, looked = look
    ledger = Ledger(services=["checkout"], was_abnormal=True, damage=measured(stretches))
    told = briefing.model_copy(
        update={
            "status": status,
            "now": NOW,
            "fixed_at": NOW - verified * MINUTE,
            "resolved_at": NOW,
            "scope": scope,
            "scope_at": NOW - looked * MINUTE,
            "ledger": ledger,
        }
    )
    words = public_wording.impact(told)
    last = max((e.until for e in ledger.damage if e.service == "checkout"), default=None)
    measured_well = max(NOW - verified * MINUTE, NOW - looked * MINUTE if scope is WELL else NOW - 99 * MINUTE)
    if "works again" in words or "works as usual" in words:
        assert last is None or last <= measured_well
    elif not public_wording.was_unnoticed(told):
        assert (scope is ILL and looked <= verified) or (last is not None and last > NOW - verified * MINUTE)
