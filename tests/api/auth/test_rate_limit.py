"""Limits: what a key may send in a minute."""

from datetime import UTC, datetime

import pytest

from api.auth.rate_limit import RateLimits, TooManyRequests
from graphs.store.api_keys import ApiKey

KEY = ApiKey(id="k", name="pager", scopes=["alerts"], per_minute=60, made_at=datetime(2026, 3, 3, tzinfo=UTC))


def test_a_key_gets_back_what_it_may_send_as_time_passes() -> None:
    now = 0.0
    limits = RateLimits(lambda: now)
    for _ in range(60):
        limits.count(KEY)
    with pytest.raises(TooManyRequests) as stopped:
        limits.count(KEY)
    assert stopped.value.wait == pytest.approx(1)
    now = 2.5
    limits.count(KEY)
    limits.count(KEY)
    with pytest.raises(TooManyRequests) as stopped:
        limits.count(KEY)
    assert stopped.value.wait == pytest.approx(0.5)


def test_a_key_saves_up_no_more_than_a_minute_s_worth() -> None:
    now = 0.0
    limits = RateLimits(lambda: now)
    limits.count(KEY)
    now = 3600.0
    for _ in range(60):
        limits.count(KEY)
    with pytest.raises(TooManyRequests):
        limits.count(KEY)


def test_keys_have_limits_of_their_own() -> None:
    limits, one = RateLimits(lambda: 0.0), KEY.model_copy(update={"id": "one", "per_minute": 1})
    limits.count(one)
    limits.count(KEY)
    with pytest.raises(TooManyRequests):
        limits.count(one)


@pytest.mark.parametrize(("patient", "status"), [(True, 503), (False, 429)])
def test_alert_senders_are_told_to_try_again(patient: bool, status: int) -> None:
    limits, one = RateLimits(lambda: 0.0), KEY.model_copy(update={"per_minute": 1})
    limits.count(one)
    with pytest.raises(TooManyRequests) as stopped:
        limits.count(one, patient)
    assert stopped.value.status == status
