"""Connections that drip keep no alert out; `make hostile` tries more of them, and says how long the alerts took."""

import pytest

from tests.hostile.dripping import ALERTS, MOST_LINES, attempt


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "connections"),
    [("headers", 300), ("nothing", 1000), ("headers", 1000), ("body", 1000)],
)
def test_alerts_come_in_while_connections_drip(kind: str, connections: int) -> None:
    trial = attempt(kind, 256, connections, pause=0)
    assert trial.answers == [202] * ALERTS
    assert trial.lines < MOST_LINES
