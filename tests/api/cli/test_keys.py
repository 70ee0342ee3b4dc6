"""`warroom keys`, as one uses it; only hashes are on disk."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agents.io.clock import RealClock
from api.cli.main import app
from graphs.store.api_keys import ApiKeys
from graphs.store.store import Store


def keys(directory: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments, "--data", str(directory)])


def opens(directory: Path, secret: str) -> bool:
    store = Store(directory / "warroom.sqlite")
    try:
        return ApiKeys(store.keys, RealClock()).of(secret) is not None
    finally:
        store.close()


def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    made = keys(tmp_path, "create", "night shift", "--scope", "answer", "--scope", "alerts")
    secret = made.stdout.strip()
    assert made.exit_code == 0
    assert "It is not shown again." in made.stderr
    assert opens(tmp_path, secret)
    (listed,) = json.loads(keys(tmp_path, "list", "--json").stdout)
    assert (listed["name"], listed["scopes"], listed["revoked_at"]) == ("night shift", ["alerts", "answer"], None)
    assert keys(tmp_path, "revoke", listed["id"]).stdout == f"{listed['id']} is revoked\n"
    assert not opens(tmp_path, secret)
    assert "revoked 20" in keys(tmp_path, "list").stdout


def test_a_key_is_made_for_one_sender(tmp_path: Path) -> None:
    made = keys(tmp_path, "create", "Grafana 2026", "--scope", "alerts", "--sender", "New-Relic")
    keys(tmp_path, "create", "night shift", "--scope", "read")
    assert made.exit_code == 0
    assert "alerts of new_relic are taken only with a key made for it, or signed" in made.stderr
    bound, free = json.loads(keys(tmp_path, "list", "--json").stdout)
    assert (bound["sender"], free["sender"]) == ("new_relic", "")
    first, second = keys(tmp_path, "list").stdout.splitlines()
    assert first.endswith("Grafana 2026 (alerts of new_relic only)")
    assert second.endswith("night shift")
    store = Store(tmp_path / "warroom.sqlite")
    found = ApiKeys(store.keys, RealClock()).of(made.stdout.strip())
    store.close()
    assert found
    assert found.sender == "new_relic"


def test_only_its_hash_is_on_disk(tmp_path: Path) -> None:
    secret = keys(tmp_path, "create", "pager", "--scope", "alerts").stdout.strip()
    hidden = secret.split("_", 2)[2].encode()
    assert [file.name for file in tmp_path.iterdir() if hidden in file.read_bytes()] == []
    assert secret not in keys(tmp_path, "list").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "x", "--scope", "everything"), "--scope is one of"),
        (("create", " ", "--scope", "read"), "a key's name has"),
        (("create", "two\nlines", "--scope", "read"), "a key's name has"),
        (("create", "x", "--scope", "read", "--sender", "grafana"), "--sender needs --scope alerts"),
        (("create", "x", "--scope", "alerts", "--sender", "a b"), "--sender is a name"),
        (("create", "x", "--scope", "alerts", "--sender", "patrol"), "Warroom uses this name itself"),
        (("create", "x", "--scope", "alerts", "--sender", "User-Report"), "Warroom uses this name itself"),
        (("create", "Storm", "--scope", "alerts"), "Warroom uses this name itself"),
        (("create", "warroom", "--scope", "admin"), "Warroom uses this name itself"),
        (("revoke", "nobody"), "nobody"),
        (("list",), "nothing is stored here"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    directory = tmp_path / "new"
    if arguments[0] == "revoke":
        keys(directory, "create", "somebody", "--scope", "read")
    told = keys(directory, *arguments)
    assert (told.exit_code, said in told.stderr) == (2, True)
