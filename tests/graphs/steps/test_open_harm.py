"""Open harm: nothing is verified or called resolved while what showed the harm still shows it."""

from datetime import datetime, timedelta

import pytest

from evals.playing.play import Played, play
from evals.scenarios.loading import load


def resolved_at(played: Played) -> datetime:
    return next(event.at for event in played.events if event.kind == "resolved")


def verified_at(played: Played) -> datetime:
    statuses = [event for event in played.events if event.kind == "status" and event.payload["status"] == "Monitoring"]
    return statuses[-1].at


def test_a_handled_worker_is_not_verified_while_its_traffic_is_gone() -> None:
    played = play(load("knotted_rope"), patience=timedelta(hours=9))
    lost = [entry for entry in played.facts.ledger.damage if entry.kind == "lost traffic"]
    assert lost
    assert all(entry.until <= verified_at(played) for entry in lost)
    assert not any(entry.is_open for entry in lost)


def test_users_who_are_counted_to_meet_a_fault_keep_it_open_though_every_signal_is_calm() -> None:
    played = play(load("hushed_names"), patience=timedelta(hours=9))
    met = [entry for entry in played.facts.ledger.damage if entry.kind == "affected users"]
    assert met
    assert max(entry.until for entry in met) < verified_at(played) < resolved_at(played)


@pytest.mark.parametrize("name", ["scraped_seal"])
def test_exposed_records_are_not_closed_by_one_word(name: str) -> None:
    played = play(load(name), patience=timedelta(hours=9))
    asked = [e for e in played.events if e.kind == "question" and "cannot show that it is over" in str(e.payload)]
    assert asked
    assert asked[0].at < verified_at(played)
    assert played.facts.is_vouched
    over = next(e for e in played.events if e.kind == "status" and e.payload["status"] == "Resolved")
    assert over.payload["why"].startswith("over by what on-call says, not measured")
