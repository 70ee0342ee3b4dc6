"""Status words: alone, in the name of an event, in front of a title."""

import pytest

from api.intake.parsing.status_words import headline, status_in


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("OK", "resolved"),
        ("Re-Triggered", "firing"),
        ("incident.resolved", "resolved"),
        ("error_resolved", "resolved"),
        ("incidentAcknowledged", "acknowledged"),
        ("No Data", "no data"),
        ("POLICY_CLOSE_CRITICAL", "resolved"),
        ("alert group created", "firing"),
        ("not ok", None),
        ("incident.updated", None),
        ("500", None),
    ],
)
def test_a_word_or_the_name_of_an_event_says_a_status(name: str, status: str | None) -> None:
    assert status_in(name) == status


@pytest.mark.parametrize(
    ("title", "left", "status"),
    [
        ("[FIRING:1] HighErrors", "HighErrors", "firing"),
        ("[Shop] [Up] 200", "[Shop] 200", "resolved"),
        ("Resolved: Disk is full", "Disk is full", "resolved"),
        ("** PROBLEM Service db-1/disk", "Service db-1/disk", "firing"),
        ("Shop is back up", "Shop is back up", "resolved"),
        ("\u2705 Shop", "\u2705 Shop", "resolved"),
        ("HTTP 500 in checkout", "HTTP 500 in checkout", None),
        ("Note: read me", "Note: read me", None),
    ],
)
def test_a_title_gives_up_the_status_that_stands_in_it(title: str, left: str, status: str | None) -> None:
    assert headline(title) == (left, status)
