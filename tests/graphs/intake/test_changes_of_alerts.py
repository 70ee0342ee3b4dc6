"""What comes in at a sender's door and tells of a change is recorded for its service."""

from datetime import timedelta
from typing import Any

import pytest

from agents.io.catalogue import Catalogue
from agents.runtime.briefing import Alert
from graphs.intake.changes_of_alerts import changes_of
from tests.graphs.theatre import EPOCH, MINUTE

CATALOGUE = Catalogue.model_validate({"services": {"checkout": {}}})
RELEASE = {"change_kind": "release", "changed_to": "2.0.0", "changed_by": "grace"}


def alert(**told: Any) -> Alert:
    fields = {"title": "Workflow Deploy of checkout: success", "service": "checkout", "status": "resolved"}
    return Alert.model_validate({**fields, "is_change": True, "labels": RELEASE, "raw_ref": "body", **told})


def test_the_labels_say_what_was_changed_by_whom_and_when() -> None:
    at = EPOCH - MINUTE
    told = alert(labels={**RELEASE, "changed_from": "1.9.0", "changed_at": at.isoformat()}, environment="production")
    (change,) = changes_of(told, CATALOGUE, EPOCH)
    assert (change.kind, change.service, change.old, change.new) == ("release", "checkout", "1.9.0", "2.0.0")
    assert (change.by, change.at, change.status, change.environment) == ("grace", at, "succeeded", "production")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"status": "firing"}, "failed"),
        ({"status": "firing", "labels": {**RELEASE, "change_status": "succeeded"}}, "succeeded"),
        ({"labels": {**RELEASE, "change_status": "nonsense"}}, "succeeded"),
    ],
)
def test_how_it_ended_is_said_by_its_label_else_by_the_alert(told: dict[str, Any], status: str) -> None:
    assert [change.status for change in changes_of(alert(**told), CATALOGUE, EPOCH)] == [status]


@pytest.mark.parametrize(
    "told",
    [
        {"is_change": False, "labels": {}},
        {"status": "control"},
        {"status": "acknowledged"},
        {"labels": {"change_kind": "weather"}},
        {"service": "", "labels": {"change_kind": "release"}},
    ],
)
def test_what_says_no_result_no_kind_or_no_service_is_no_change(told: dict[str, Any]) -> None:
    assert changes_of(alert(**told), CATALOGUE, EPOCH) == []


def test_a_change_without_labels_is_one_of_another_kind() -> None:
    assert [one.kind for one in changes_of(alert(labels={}), CATALOGUE, EPOCH)] == ["other"]


def test_a_change_is_never_in_the_future_and_a_broken_time_is_none() -> None:
    ahead = alert(labels={**RELEASE, "changed_at": (EPOCH + timedelta(days=1)).isoformat()})
    broken = alert(labels={**RELEASE, "changed_at": "soon"})
    assert [changes_of(one, CATALOGUE, EPOCH)[0].at for one in (ahead, broken)] == [EPOCH, EPOCH]


def test_the_same_message_has_the_same_id_and_another_result_has_another() -> None:
    def ids(*alerts: Alert) -> set[str]:
        return {changes_of(one, CATALOGUE, EPOCH)[0].id for one in alerts}

    timed = alert(starts_at=EPOCH)
    assert len(ids(alert(), alert(), timed, timed.model_copy(update={"raw_ref": "another body"}))) == 2
    assert len(ids(alert(raw_ref="a"), alert(raw_ref="b"), alert(status="firing"))) == 3


def test_endless_texts_are_cut() -> None:
    (change,) = changes_of(alert(title="x" * 9_000, labels={**RELEASE, "changed_by": "y" * 900}), CATALOGUE, EPOCH)
    assert (len(change.what), len(change.by)) == (2_000, 200)
