"""`warroom serve` lets others reach it only where a key is needed."""

import logging
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.io.clock import RealClock
from agents.io.settings import Settings
from api.cli.serve import ServeOptions, serve
from api.serving.listening import Unguarded
from api.serving.open_connections import WANTED_FILES
from graphs.maintenance.data_file import FILE
from graphs.store.api_keys import ApiKeys
from graphs.store.store import Store


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """The log is the process's; what serving does to it ends with the test."""
    root, ours = logging.getLogger(), logging.getLogger("warroom")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def say(_: str) -> None:
    raise AssertionError("it listens")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_on_an_address_that_others_reach_it_does_not_start_without_a_key(tmp_path: Path, host: str) -> None:
    with pytest.raises(Unguarded, match="warroom keys create"):
        serve(ServeOptions(port=0, host=host, data=tmp_path), Settings(), None, say)


def test_once_there_is_a_key_it_listens(tmp_path: Path) -> None:
    store = Store(tmp_path / FILE)
    ApiKeys(store.keys, RealClock()).create("night shift", ["admin"])
    store.close()
    with pytest.raises(AssertionError, match="it listens"):
        serve(ServeOptions(port=0, host="0.0.0.0", data=tmp_path), Settings(), None, say)


def test_a_rule_that_does_less_than_one_may_think_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text("inhibitions: [{source: a, target: b}]")
    told: list[str] = []

    def listen(said: str) -> None:
        told.append(said)
        if "listens" in said:
            say(said)

    with pytest.raises(AssertionError, match="it listens"):
        serve(ServeOptions(0, data=tmp_path / "data", catalogue=tmp_path / "catalogue.yaml"), Settings(), None, listen)
    assert told[0].startswith("Warning: the inhibition of 'b' by 'a' counts between alerts of the same sender only")


def test_a_revoked_key_still_keeps_the_doors_shut(tmp_path: Path) -> None:
    store = Store(tmp_path / FILE)
    kept = ApiKeys(store.keys, RealClock())
    kept.revoke(kept.create("night shift", ["admin"])[0].id)
    assert kept.exist
    store.close()


def test_as_many_files_may_be_open_as_the_system_lets_it(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    with pytest.raises(AssertionError, match="it listens"):
        serve(ServeOptions(port=0, data=tmp_path), Settings(), None, say)
    after, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert after == (WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard))


def test_an_address_may_have_as_many_connections_as_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def noted(*handed: object) -> None:
        raise AssertionError(str(handed[-1]))

    monkeypatch.setattr("api.cli.serve.served", noted)
    settings = Settings(connections_per_address=17)
    with pytest.raises(AssertionError, match="per_address=17"):
        serve(ServeOptions(port=0, data=tmp_path), settings, None, lambda _: None)
