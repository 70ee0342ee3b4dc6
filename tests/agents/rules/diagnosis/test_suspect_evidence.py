"""Suspect evidence: how a release stands to the beginning of a failure, in words."""

from datetime import timedelta

from agents.readings.history import Deployment
from agents.rules.diagnosis.suspect_evidence import timing
from tests.agents.conftest import NOW

MINUTE = timedelta(minutes=1)


def test_a_failure_in_the_minute_of_a_release_began_neither_before_nor_after_it() -> None:
    release = Deployment(service="shop", version="2.3.2", previous="2.3.1", at=NOW, status="succeeded")
    told = {minutes: timing(release, NOW + minutes * MINUTE, MINUTE) for minutes in (-2, -0.4, 0, 0.4, 2)}
    assert told[-2].endswith(", 2 min after the failure began at 14:28 UTC")
    assert told[2].endswith(", 2 min before the failure began at 14:32 UTC")
    assert told[0] == told[0.4]
    assert told[0].endswith(", and the failure began within a minute of that")
