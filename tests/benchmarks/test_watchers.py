"""The benchmark of many watchers still runs; how long things take is not asserted here."""

import pytest

from tests.benchmarks.watchers import measure


@pytest.mark.long
def test_every_watcher_gets_every_event() -> None:
    measured = measure("warroom", watchers=5, events=3)
    assert (measured["delivered"], measured["missed"]) == (15, 0)
