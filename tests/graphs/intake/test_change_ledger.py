"""The ledger of changes: each change once, all of a report or none of it, and nothing secret in it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.readings.history import RecordedChange
from graphs.intake.change_ledger import (
    DRIVER,
    MOST,
    MOST_PIPELINES,
    ChangeAhead,
    ChangeLedger,
    IdUsedBefore,
    NewChange,
    is_same,
    is_same_version,
    services_meant,
)
from graphs.store.store import Store
from tests.graphs.theatre import EPOCH, MINUTE

SHA = "0f4c2b7a91d35e6f8890aabbccddeeff00112233"


@pytest.fixture
def ledger() -> Iterator[ChangeLedger]:
    store = Store()
    yield ChangeLedger(store, VirtualClock(EPOCH), Catalogue())
    store.close()


def new(**told: Any) -> NewChange:
    return NewChange.model_validate({"kind": "flag", "service": "checkout", "at": EPOCH.isoformat(), **told})


def recorded(id: str = "1", **told: Any) -> RecordedChange:  # noqa: A002
    fields = {"id": id, "kind": "release", "service": "checkout", "at": EPOCH, "what": "deployed", **told}
    return RecordedChange.model_validate(fields)


def report(ledger: ChangeLedger, *told: NewChange, reporter: str = "key ci") -> list[bool]:
    return [one.was_known for one in ledger.report(told, reporter, "ci")]


def test_a_change_that_is_reported_again_counts_once(ledger: ChangeLedger) -> None:
    assert report(ledger, new(id="7"), new(what="another")) == [False, False]
    assert report(ledger, new(id="7"), new(what="another")) == [True, True]
    assert len(ledger.newest(10)) == 2


def test_one_without_a_time_that_comes_again_later_under_its_id_counts_once(ledger: ChangeLedger) -> None:
    report(ledger, new(id="7", at=None))
    assert isinstance(ledger.clock, VirtualClock)
    ledger.clock = VirtualClock(EPOCH + timedelta(hours=1))
    assert report(ledger, new(id="7", at=None)) == [True]
    assert [change.at for change in ledger.newest(10)] == [EPOCH]


def test_another_change_under_a_used_id_is_refused_and_nothing_of_its_report_is_recorded(ledger: ChangeLedger) -> None:
    report(ledger, new(id="7"))
    with pytest.raises(IdUsedBefore, match="7"):
        report(ledger, new(id="8"), new(id="7", what="another"))
    assert [change.id for change in ledger.newest(10)] == ["7"]
    assert report(ledger, new(id="7", what="another"), reporter="key other") == [False]


def test_a_change_in_the_future_is_refused(ledger: ChangeLedger) -> None:
    with pytest.raises(ChangeAhead):
        report(ledger, new(at=(EPOCH + timedelta(hours=1)).isoformat()))
    assert ledger.newest(10) == []


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "weather"},
        {"service": ""},
        {"service": "  "},
        {"at": "2026-03-03T02:00:00"},
        {"at": "1772000000"},
        {"version": "2"},
        {"link": "javascript:alert(1)"},
        {"what": "x" * 2_001},
    ],
)
def test_what_does_not_fit_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        new(**told)


@pytest.mark.parametrize(
    ("written", "kind"), [("config", "configuration"), ("Feature-Flag", "flag"), ("deployment", "release")]
)
def test_kinds_may_be_written_in_other_words(written: str, kind: str) -> None:
    assert new(kind=written).kind == kind


def test_secrets_are_taken_out_and_hostile_text_is_made_harmless(ledger: ChangeLedger) -> None:
    report(ledger, new(what="password=hunter2abcdef\u202e set", by="a\x1b[31mda"))
    (change,) = ledger.newest(10)
    assert "hunter2" not in change.what
    assert "\u202e" not in change.what
    assert "\x1b" not in change.by


def test_an_id_that_looks_like_a_secret_is_replaced_and_still_stands_for_its_change(ledger: ChangeLedger) -> None:
    ids = ["ghp_" + letter * 36 for letter in "ab"]
    assert report(ledger, *(new(id=one) for one in ids)) == [False, False]
    assert report(ledger, new(id=ids[0])) == [True]
    assert not any("ghp_" in change.id for change in ledger.newest(10))


def test_the_same_release_from_a_driver_and_from_a_sender_is_told_once(ledger: ChangeLedger) -> None:
    ledger.record("key ci", [recorded(new=SHA, at=EPOCH - 5 * MINUTE, by="grace", source="github")])
    ledger.record(DRIVER, [recorded("d", new=SHA[:12], at=EPOCH - 9 * MINUTE, source="kubernetes")])
    (change,) = ledger.history("checkout", 24).changes
    assert (change.at, change.new, change.by) == (EPOCH - 9 * MINUTE, SHA[:12], "grace")
    assert change.source == "kubernetes, github"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({}, True),
        ({"status": "running"}, True),
        ({"status": "failed"}, False),
        ({"at": EPOCH + timedelta(hours=1)}, False),
        ({"new": "2.0.1"}, False),
        ({"service": "search"}, False),
        ({"environment": "staging"}, False),
        ({"kind": "flag"}, False),
    ],
)
def test_two_reports_of_a_release_are_the_same_by_service_version_time_and_end(
    other: dict[str, Any], same: bool
) -> None:
    one = recorded(new="2.0.0", environment="production", source="github")
    assert is_same(one, one.model_copy(update={"source": "argo", **other})) is same


def test_a_flag_that_one_source_switches_twice_was_switched_twice() -> None:
    one = recorded(kind="flag", new="on", source="flags")
    assert not is_same(one, one.model_copy(update={"at": EPOCH + MINUTE}))
    assert is_same(one, one.model_copy(update={"at": EPOCH + MINUTE, "source": "infrastructure"}))


def test_versions_are_the_same_by_their_whole_name_or_by_the_beginning_of_a_commit() -> None:
    assert is_same_version(SHA[:7], SHA)
    assert not is_same_version("1.2", "1.2.3")
    assert not is_same_version(SHA[:4], SHA)


def test_many_builds_hide_no_other_change(ledger: ChangeLedger) -> None:
    ledger.record(DRIVER, [recorded("flag", kind="flag", at=EPOCH - timedelta(hours=9))])
    builds = [recorded(f"b{n}", kind="pipeline", what=f"build {n}", at=EPOCH - n * MINUTE) for n in range(200)]
    ledger.record("key ci", builds)
    history = ledger.history("checkout", 24)
    assert history.changes[0].kind == "flag"
    assert (len(history.changes), history.left_out) == (1 + MOST_PIPELINES, 200 - MOST_PIPELINES)


def test_of_very_many_changes_the_newest_are_told_and_the_others_counted(ledger: ChangeLedger) -> None:
    flags = [recorded(f"f{n}", kind="flag", what=f"flag {n}", at=EPOCH - n * MINUTE) for n in range(MOST + 5)]
    ledger.record("key ci", flags)
    history = ledger.history("checkout", 24)
    assert (len(history.changes), history.left_out, history.changes[-1].at) == (MOST, 5, EPOCH)


def test_only_the_window_is_told_of(ledger: ChangeLedger) -> None:
    ledger.record(DRIVER, [recorded("old", at=EPOCH - timedelta(hours=25)), recorded("other", service="search")])
    assert ledger.history("checkout", 24).changes == []


CATALOGUE = Catalogue.model_validate(
    {
        "services": {
            "checkout-api": {
                "observe": {
                    "deployments": {"driver": "github_deployments", "repository": "acme/shop", "token": "env:T"}
                }
            },
            "orders-db": {"kind": "database"},
        }
    }
)


@pytest.mark.parametrize(
    ("names", "repository", "meant"),
    [
        (["orders-db"], "acme/shop", ["orders-db"]),
        (["Checkout_API"], "", ["checkout-api"]),
        (["mySubject123", "orders-db"], "", ["orders-db"]),
        (["shop"], "acme/shop", ["checkout-api"]),
        (["shop"], "acme/other", ["shop"]),
        ([""], "", []),
    ],
)
def test_a_service_is_found_by_its_name_its_artifact_or_its_repository(
    names: list[str], repository: str, meant: list[str]
) -> None:
    assert services_meant(CATALOGUE, names, repository) == meant
