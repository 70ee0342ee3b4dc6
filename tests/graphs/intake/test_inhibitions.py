"""Inhibitions: which alerts are explained by another, and whose alert may explain them."""

from typing import Any

import pytest

from agents.io.catalogue import Catalogue, Inhibition
from tests.graphs.intake.test_alerts import Doors


def test_an_alert_that_another_explains_starts_nothing() -> None:
    doors = Doors()
    run, _, _ = doors.alert("Cluster eu is down", labels={"cluster": "eu"})
    pod = doors.alert("Pod a restarts", "search", after=40, labels={"cluster": "eu"})
    assert pod == (run, True, "explained by Cluster eu is down of the same cluster, which fires")
    assert not doors.alert("Pod b restarts", "ledger", labels={"cluster": "us"})[1]
    assert not doors.alert("Pod c restarts", "checkout", after=20)[1]


@pytest.mark.parametrize(
    ("rule", "sender", "source", "explains"),
    [
        ({"sender": "grafana", "equal": ["cluster"]}, "sender grafana", "grafana", True),
        ({"sender": "Grafana", "equal": ["cluster"]}, "key grafana", "anything", True),
        ({"sender": "grafana", "equal": ["cluster"]}, "local", "grafana", True),
        ({"sender": "grafana", "equal": ["cluster"]}, "local", "another", False),
        ({"sender": "grafana", "equal": ["cluster"]}, "key cron", "grafana", False),
        ({"sender": "grafana", "equal": ["cluster"]}, "sender cron", "cron", False),
        ({"sender": "grafana"}, "sender grafana", "grafana", False),
        ({"equal": ["cluster"]}, "sender grafana", "grafana", False),
        ({}, "sender grafana", "grafana", False),
        ({}, "key cron", "loki", True),
        ({"equal": ["cluster"]}, "key cron", "loki", True),
        ({"sender": "cron"}, "key cron", "loki", True),
        ({"sender": "grafana"}, "key cron", "loki", False),
        ({}, "key cron", "another", False),
        ({}, "key loki", "loki", False),
    ],
)
def test_an_alert_of_another_sender_is_explained_only_by_the_one_that_the_rule_names(
    rule: dict[str, Any], sender: str, source: str, explains: bool
) -> None:
    doors = Doors(inhibition=Inhibition(source="cluster * is down", target="pod *", **rule))
    doors.alert("Cluster eu is down", sender=sender, source=source, labels={"cluster": "eu"})
    pod = doors.alert("Pod a restarts", sender="key cron", source="loki", labels={"cluster": "eu"})
    assert pod[1] == explains


def test_a_rule_that_says_too_little_is_named_with_what_it_lacks() -> None:
    rules: dict[str, dict[str, Any]] = {
        "what is equal": {"sender": "x"},
        "its sender": {"equal": ["cluster"]},
        "its sender and what is equal": {},
    }
    for lacks, rule in rules.items():
        (doubt,) = Catalogue(inhibitions=[Inhibition(source="a", target="b", **rule)]).doubts()
        assert doubt.endswith(f"of the same sender only: it does not say {lacks}")
    assert Catalogue(inhibitions=[Inhibition(source="a", target="b", sender="x", equal=["cluster"])]).doubts() == []
