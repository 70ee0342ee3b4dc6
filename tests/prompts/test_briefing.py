"""The briefing: every fact is told, and nothing that is empty."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import Environment, UndefinedError, meta

import prompts
from agents.reports.triage import FailingFeatures
from agents.runtime.briefing import Briefing
from prompts.filters import FILTERS

Told = Callable[..., str]
AROUND = {"duty": "conclude", "task": "# Backend Architect", "closing": "Now do it."}
"""What stands around the facts."""
TOLD = Briefing.model_fields.keys() - {"minute", "status_changed_at"}
"""How long a minute lasts is for arithmetic, and no fact of the incident; the history tells when a status changed."""


@pytest.mark.parametrize("name", [*AROUND, *sorted(TOLD)])
def test_a_missing_fact_is_an_error(name: str, full_briefing: Callable[..., Briefing]) -> None:
    facts = {**AROUND, **full_briefing().facts()}
    del facts[name]
    with pytest.raises(UndefinedError, match=name):
        prompts.render("briefing.md", **facts)


def test_every_field_of_a_briefing_is_told() -> None:
    text = (Path(prompts.__file__).parent / "templates" / "briefing.md").read_text()
    reader = Environment(autoescape=True)
    reader.filters.update(FILTERS)
    assert meta.find_undeclared_variables(reader.parse(text)) == {*AROUND, *TOLD}


@pytest.mark.parametrize(
    "fact",
    [
        "# Briefing: conclude",
        "- Run r-1. The alert [a1e47000] came in at",
        "- It is 2026-11-23T12:41:00Z, 41 minutes after the alert.",
        "- Severity floor: P1, because error rate 50 % or more. You may go above it, never below.",
        "- Revenue lost so far, an estimate: 1640.5 USD.",
        '- checkout: web, tier 1, to customers "Checkout", owner shop team, depends on ledger, '
        "revenue 120 USD per minute, can be acted on by rollback",
        "- Scope [5c09e000]: A third of users cannot pay.",
        "- Users affected: 300, a share of 0.33. Services: checkout.",
        "### API Tester",
        "- Hypothesis, supported, strength 3: recent deployment, component checkout. 2.4.1 broke the basket",
        "  - for: errors at 0.42 [3fa92c01]",
        "  - against: one old replica fails too [77aa0001]",
        "- could not be seen: logs",
        "- cause found [c0c10de0], confidence high: The release.",
        "Outcome: refused. Said: not now",
        "- rollback on checkout, version 2.4.0. Back to 2.4.0.",
        "- Fix confirmation, passed: It works.",
        "- endpoints: normal. errors at 0.003 [5be10d22]",
        "  - Add a test → shop team → 2026-11-23T12:00:00Z",
        "- the vendor was called",
        "- 2026-11-23T12:00:00Z team activated [0a0b0c0d]",
    ],
)
def test_a_briefing_tells(fact: str, brief: Told) -> None:
    assert fact in brief()


def test_a_briefing_leaves_out_what_is_empty(bare_briefing: Briefing) -> None:
    told = prompts.render("briefing.md", **AROUND, **bare_briefing.facts())
    assert [text for text in told.splitlines() if text.startswith("## ")] == [
        "## The catalogue",
        "## The alert",
        "## Now",
    ]
    assert "None" not in told
    assert "not classified yet" in told
    assert "\n\n\n" not in told


def test_a_briefing_never_shows_a_driver_s_settings(brief: Told) -> None:
    assert "hunter2" not in brief()


def test_the_checks_of_a_finding_are_told_where_it_carries_them(full_briefing: Callable[..., Briefing]) -> None:
    facts = full_briefing().facts()
    facts["findings"][0]["checks"]["database_health"] = {
        "verdict": "normal",
        "text": "lag 0.1 s",
        "cites": ["5be10d22"],
    }
    assert "- database health: normal. lag 0.1 s [5be10d22]" in prompts.render("briefing.md", **AROUND, **facts)


def test_the_features_that_fail_alone_are_told_where_there_are_any(full_briefing: Callable[..., Briefing]) -> None:
    scope = full_briefing().scope
    assert scope is not None
    hit = scope.model_copy(update={"features": {"checkout": FailingFeatures(names=["Payment"], share=0.97)}})
    without, told = (
        prompts.render("briefing.md", **AROUND, **full_briefing(scope=one).facts()).splitlines() for one in (scope, hit)
    )
    (line,) = [line for line in told if line not in without]
    assert (
        line == "- Of checkout only this fails, as customers call it: Payment, a share of 0.97 of the requests to it."
    )
    assert [other for other in told if other != line] == without
