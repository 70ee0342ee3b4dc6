"""Keys: their secrets are known to their holders only, and what is revoked opens nothing."""

from datetime import datetime, timedelta

import pytest

from graphs.store.api_keys import SESSION, ApiKeys, UnknownKey
from graphs.store.store import Store

NIGHT = datetime.fromisoformat("2026-03-03T03:00:00+00:00")


class HandClock:
    """Shows the time that it was set to."""

    time = NIGHT

    def now(self) -> datetime:
        return self.time

    async def sleep(self, duration: timedelta) -> None:
        self.time += duration


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def keys(store: Store, clock: HandClock) -> ApiKeys:
    return ApiKeys(store.keys, clock)


def test_a_secret_leads_to_its_key(keys: ApiKeys) -> None:
    key, secret = keys.create("night shift", ["read", "answer"], 60)
    keys.create("pager", ["alerts"])
    assert keys.of(secret) == key
    assert (key.name, key.scopes, key.per_minute, key.made_at) == ("night shift", ["answer", "read"], 60, NIGHT)


def test_a_key_for_one_sender_says_so_and_the_sender_stays_taken(keys: ApiKeys) -> None:
    key, secret = keys.create("the one of Grafana", ["alerts"], sender="grafana")
    keys.create("night shift", ["read"])
    assert keys.of(secret) == key
    assert keys.of_session(keys.open_session(key)) == key
    keys.revoke(key.id)
    assert {one.name: one.sender for one in keys.all()} == {"the one of Grafana": "grafana", "night shift": ""}
    assert keys.senders() == ["grafana"]


def test_almost_the_secret_is_no_secret(keys: ApiKeys) -> None:
    _, secret = keys.create("night shift", ["read"])
    assert [keys.of(other) for other in (secret[:-1], f"{secret}x", secret.swapcase(), "")] == [None] * 4


@pytest.mark.parametrize("nonsense", ["", "_", "warroom_", "warroom__", "warroom_x_y", "é", "'--", "a\0b"])
def test_nonsense_leads_nowhere(keys: ApiKeys, nonsense: str) -> None:
    keys.create("night shift", ["read"])
    assert keys.of(nonsense) is None
    assert keys.of_session(nonsense) is None


@pytest.mark.sqlite
def test_the_store_does_not_know_the_secrets(keys: ApiKeys, store: Store) -> None:
    key, secret = keys.create("night shift", ["admin"])
    token = keys.open_session(key)
    kept = "\n".join(store.database.connection.iterdump())
    assert "night shift" in kept
    assert secret.split("_", 2)[2] not in kept
    assert token not in kept


def test_what_is_revoked_opens_nothing(keys: ApiKeys, clock: HandClock) -> None:
    key, secret = keys.create("night shift", ["admin"])
    token = keys.open_session(key)
    keys.revoke(key.id)
    assert (keys.of(secret), keys.of_session(token)) == (None, None)
    assert [one.revoked_at for one in keys.all()] == [clock.now()]
    with pytest.raises(UnknownKey):
        keys.revoke(key.id)


def test_revoking_the_last_key_opens_no_door(keys: ApiKeys) -> None:
    assert not keys.exist
    key, _ = keys.create("night shift", ["admin"])
    keys.revoke(key.id)
    assert keys.exist


def test_a_session_lasts_a_shift(keys: ApiKeys, clock: HandClock) -> None:
    key, _ = keys.create("night shift", ["read"])
    token = keys.open_session(key)
    clock.time += SESSION - timedelta(seconds=1)
    assert keys.of_session(token) == key
    clock.time += timedelta(seconds=1)
    assert keys.of_session(token) is None


def test_sessions_that_have_ended_are_forgotten(keys: ApiKeys, store: Store, clock: HandClock) -> None:
    key, _ = keys.create("night shift", ["read"])
    keys.open_session(key)
    clock.time += SESSION
    keys.end_session(keys.open_session(key))
    assert store.database.connection.execute("SELECT COUNT(*) FROM sessions").fetchone()[0] == 0


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("alerts", {"alerts"}),
        ("read", {"read"}),
        ("answer", {"read", "answer"}),
        ("admin", {"alerts", "read", "answer", "admin"}),
    ],
)
def test_a_scope_allows_what_it_says(keys: ApiKeys, scope: str, allowed: set[str]) -> None:
    key, _ = keys.create("night shift", [scope])  # type: ignore[list-item]
    assert key.allows == allowed


def test_a_key_s_name_is_as_people_see_it(keys: ApiKeys) -> None:
    assert keys.create("Ann\u200b Lee\x1b", ["read"])[0].name == "Ann Lee"
