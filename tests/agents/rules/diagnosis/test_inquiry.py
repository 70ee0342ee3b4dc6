"""What could not be seen, in words for people."""

import pytest

from agents.readings.production import Refusal
from agents.rules.diagnosis.inquiry import unseen
from agents.runtime.duty_context import Reading


def refused(error: str, said: str) -> Reading[Refusal]:
    refusal = Refusal.model_validate({"error": error, "said": said})
    return Reading("0000000a", None, refusal, "database health of checkout")


@pytest.mark.parametrize(
    ("error", "said", "shown"),
    [
        (
            "no data",
            "asked http://prom:9090 for up{job='a'} for 1 h; answered: no series",
            "database health of checkout: no data",
        ),
        (
            "failed",
            "asked http://prom:9090 for up{job='a'} for 1 h; answered: 503",
            "asked http://prom:9090, which answered: 503",
        ),
        (
            "not connected",
            "database_health(service=checkout): not connected",
            "database_health(service=checkout): not connected",
        ),
    ],
)
def test_what_a_backend_has_never_held_is_named_without_address_and_query(error: str, said: str, shown: str) -> None:
    assert unseen([refused(error, said)]) == [shown]


def test_what_answered_and_what_was_not_asked_is_not_unseen() -> None:
    answered = Reading("0000000b", Refusal(error="failed", said="a value like any other"))
    assert unseen([answered, None]) == []
