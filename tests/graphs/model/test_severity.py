"""Severity: whom it hurts counts, not only what its sender calls it."""

import pytest

from agents.io.catalogue import Service
from agents.reports.triage import Scope
from agents.runtime.briefing import Alert
from graphs.model.severity import floor

CALM = Scope(
    summary="",
    users_affected=0,
    users_share=0.0,
    services=[],
    data_at_risk="no",
    error_rate=0.002,
    latency_ratio=1.0,
    abnormal=False,
)


def level(title: str = "Something", description: str = "", scope: Scope = CALM, **alert: str) -> str:
    received = Alert.model_validate({"title": title, "description": description, **alert})
    return floor(scope, Service(tier=1), received, {"shop": 1}).severity


@pytest.mark.parametrize(
    "words",
    [
        "22 tickets since noon",
        "Three companies write",
        "A dozen posts about it",
        "14 calls from drivers",
        "Customers say that it is gone",
    ],
)
def test_several_customers_who_tell_of_it_are_not_put_into_the_backlog(words: str) -> None:
    assert level(description=words) == "P2"


@pytest.mark.parametrize(
    "words",
    [
        "Reported by a visitor",
        "One customer wrote",
        "Volume 71 % full",
        "Since 2 releases",
        "55 mails wait",
        "30 calls fail",
    ],
)
def test_a_single_word_or_a_figure_is_not_several_customers(words: str) -> None:
    assert level(description=words) == "P3"


def test_a_misspelt_word_stays_cosmetic_however_many_report_it() -> None:
    assert level(title="A typo on the page", description="12 users report it") == "P3"


def test_whatever_leaves_its_range_on_tier_1_is_looked_into() -> None:
    assert level(scope=CALM.model_copy(update={"services": ["shop"], "abnormal": True})) == "P2"


def test_a_medium_alert_is_as_serious_as_a_warning() -> None:
    assert level(severity="medium", hint="P2") == level(severity="warning", hint="P2") == "P2"
    assert level(severity="low", hint="P3") == "P3"
