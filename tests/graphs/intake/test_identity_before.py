"""What was kept before proofs were part of an alert's identity goes on with the sender that it was from."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.runtime.briefing import Alert
from graphs.intake.alerts import AlreadyOver
from graphs.intake.inbox import RawDelivery
from graphs.intake.storms import PARENT
from graphs.model.identity import LOCAL, WARROOM, Proof, by_key
from graphs.store.alerts import AlertWrite
from graphs.store.api_keys import ApiKeys
from graphs.store.database import iso, migrate, migrations
from graphs.store.runs import NewRun
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft
from tests.graphs.intake.test_alerts import Doors
from tests.graphs.model.test_identity import GRAFANA, PROOFS, Sent

pytestmark = pytest.mark.sqlite

BEFORE = [
    ({"source": "grafana", "scheme": "the key of cron", "verified": True}, by_key("cron")),
    ({"source": "grafana", "scheme": "the key of cron, in the address", "verified": True}, by_key("cron")),
    ({"source": "grafana", "scheme": "Grafana HMAC", "verified": True}, GRAFANA),
    ({"source": "grafana", "scheme": "none"}, LOCAL),
    ({"source": "patrol", "scheme": "our own patrol", "verified": True}, WARROOM),
    ({"source": "user report", "scheme": "the key of support", "verified": True}, WARROOM),
]
"""An alert of then -> who sends it now."""


NIGHT = datetime(2026, 3, 3, 3, tzinfo=UTC)


class Old(Doors):
    """An incident service on a store of before, in which a run is open."""

    def __init__(self, **alert: object) -> None:
        super().__init__()
        kept = Alert.model_validate({"title": "it fails", "dedup_key": "k", **alert})
        deps, key = self.incidents.deps, f"{kept.source}:{kept.dedup_key}"
        more = {"service": "unknown", "minute_seconds": 60, "revenue_limit": None}
        payload = {"run": "old", "alert": kept.model_dump(mode="json"), **more}
        with deps.store.transaction():
            deps.store.runs.add(NewRun("old", NIGHT, kept, key))
            deps.store.alerts.keep(AlertWrite("old", key, kept, NIGHT, ()))
            deps.transcripts.add("old", Draft("alert/1", "alert", payload, Author("main")))

    def over(self, proof: Proof, **more: object) -> None:
        alert = Sent(proof, "grafana", "", "k").alert("resolved").model_copy(update=more)
        self.incidents.alerts.receive(alert)

    @property
    def is_over(self) -> bool:
        return self.incidents.facts("old").alert_resolved


@pytest.mark.parametrize(("kept", "proof"), BEFORE)
def test_an_open_run_of_before_is_ended_by_the_sender_that_it_was_from(kept: dict[str, object], proof: Proof) -> None:
    for other in {*PROOFS} - {proof, by_key("cron", in_address=True)}:
        old = Old(**kept)
        with pytest.raises(AlreadyOver):
            old.over(other, source=kept["source"])
        assert not old.is_over
    old = Old(**kept)
    old.over(proof, source=kept["source"])
    assert old.is_over
    assert [alert.ref for alert in old.incidents.alerts_of("old")] != [""]


def test_an_open_run_of_before_that_named_no_source_is_ended_too() -> None:
    old = Old(source="warroom", scheme="the key of cron")
    old.over(by_key("cron"), source="cron")
    assert old.is_over


def test_an_open_run_of_before_in_another_environment_is_another() -> None:
    old = Old(source="grafana", scheme="none", environment="staging")
    with pytest.raises(AlreadyOver):
        old.over(LOCAL, environment="production")
    old.over(LOCAL, environment="staging")


def test_what_is_so_old_that_no_way_of_proving_was_kept_goes_on_with_whoever_may_use_the_name() -> None:
    old = Old(source="grafana")
    old.over(GRAFANA)
    assert old.is_over


@pytest.mark.parametrize("proof", [LOCAL, by_key("cron")])
def test_a_storm_of_before_is_still_nobody_s(proof: Proof) -> None:
    old = Old(source="warroom", dedup_key="storm")
    with pytest.raises(AlreadyOver):
        old.over(proof, dedup_key="storm", source="local")
    assert old.incidents.alerts.open_run(PARENT) == "old"


def test_an_alert_of_before_is_found_by_its_ref() -> None:
    old = Old(source="grafana", scheme="none")
    assert [bool(alert.ref) for alert in old.incidents.alerts_of("old")] == [True]
    old.incidents.alerts.receive(Sent(LOCAL, "grafana", "", "k").alert())
    (first, second) = {alert.ref for alert in old.incidents.alerts_of("old")} | {old.incidents.transcript("old")[0].ref}
    assert first != second


def test_a_data_directory_of_before_is_opened_and_its_run_is_ended_by_its_sender(tmp_path: Path) -> None:
    alert = json.dumps({"title": "it fails", "source": "grafana", "dedup_key": "k", "scheme": "the key of cron"})
    file = sqlite3.connect(tmp_path / "warroom.sqlite")
    migrate(file, steps=migrations()[:8])
    row = (iso(NIGHT), alert)
    file.execute("INSERT INTO runs (id, received_at, alert, dedup_key) VALUES ('old', ?, ?, 'grafana:k')", row)
    file.execute("INSERT INTO alarms VALUES ('old', 'grafana:k', ?2, '', '', '', 1, ?1, 1, '[]')", row)
    file.execute("INSERT INTO keys VALUES ('1', 'cron', '', 'alerts', 60, '2026-03-03T03:00:00+00:00', NULL)")
    file.commit()
    file.close()
    doors = Doors(Store(tmp_path / "warroom.sqlite"))
    assert doors.incidents.alerts.open_run(Sent(by_key("ops"), "grafana", "", "k").alert()) is None
    assert doors.incidents.alerts.open_run(Sent(by_key("cron"), "grafana", "", "k").alert()) == "old"
    assert [key.sender for key in ApiKeys(doors.incidents.deps.store.keys, doors.clock).all()] == [""]
    doors.incidents.close()


@pytest.mark.parametrize(
    ("proof", "now"), [("", LOCAL), ("the key of cron", by_key("cron")), ("Grafana HMAC", GRAFANA)]
)
def test_a_delivery_of_before_that_was_not_taken_in_is_from_whom_it_was(proof: str, now: Proof) -> None:
    doors = Doors()
    store, deliveries = doors.incidents.deps.store, doors.incidents.inbox
    ref = deliveries.keep(RawDelivery("grafana", b"{}"))
    with store.transaction():
        store.database.connection.execute("UPDATE deliveries SET sender = '', proof = ?", (proof,))
    assert str(deliveries.find(ref).proof) == str(now)
