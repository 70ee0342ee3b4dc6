"""What an alert claims, and whether what is read of every service could answer it."""

import pytest

from agents.rules.diagnosis.alert_claim import unanswered, warning
from agents.runtime.briefing import Alert


@pytest.mark.parametrize(
    "title",
    [
        "Checkout: 40 % errors",
        "HighLatencyP95",
        "Payments are down",
        "Instance 10.0.0.4:9090 down",
        "Volume of ledger-db 95 % full",
        "TooManyConnections on orders",
        "Probe of the shop fails",
        "PodRestartsOften",
        "Order import hangs",
        "OOMKilled: ledger",
        "Script errors on the basket page",
    ],
)
def test_what_is_read_of_every_service_answers_an_alert_about_it(title: str) -> None:
    assert unanswered(Alert(title=title)) == ""


@pytest.mark.parametrize(
    "title",
    [
        "No invoice run has finished for 55 hours",
        "212 customers were charged twice",
        "Wrong prices on some shoes",
        "Orders of March are missing in the customers' lists",
        "Backlog of the importer is three hours old",
        "Synthetic journey 42",
        "Checkout: vouchers are given twice",
        "Exchange rates of yesterday are shown",
        "Rooms are booked twice by new subscriptions",
        "Downloads of the wrong invoices, also after a reload",
    ],
)
def test_what_nothing_measures_is_not_refuted_by_calm_figures(title: str) -> None:
    assert title in unanswered(Alert(title=title))


def test_the_rule_s_own_name_and_what_was_measured_count_as_well() -> None:
    assert unanswered(Alert(title="Watch out", labels={"alertname": "HighErrorRate"})) == ""
    assert unanswered(Alert(title="Watch out", labels={"team": "errors"})) != ""


@pytest.mark.parametrize(
    "title",
    [
        "Certificate of shop expires soon",
        "Certificate of https://tickets.example/ expires in 6 days",
        "The disk of orders-db will be full in 4 h",
        "licence: 3 days left",
    ],
)
def test_what_is_to_come_is_told_from_what_is(title: str) -> None:
    assert title in warning(Alert(title=title))


@pytest.mark.parametrize("title", ["Certificate has expired", "Disk is full", "Sessions expire at once", "5 % errors"])
def test_what_is_already_so_is_no_warning(title: str) -> None:
    assert warning(Alert(title=title)) == ""
