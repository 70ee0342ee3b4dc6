"""A briefing in which every field says something, for the tests of what is told."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import prompts
from agents.io.catalogue import ActSettings, Catalogue, Service
from agents.reports.basis import Check, Claim
from agents.reports.investigation import Conclusion, Findings, Hypothesis
from agents.reports.mitigation import FixConfirmation, Proposal, Regression
from agents.reports.post_mortem import ActionItem, ActionItems, Impact, Prevention, RootCause, Timeline, TimelineEntry
from agents.reports.triage import Acknowledgement, Scope
from agents.runtime.briefing import Alert, Attempt, Briefing, PostMortemDraft, RoleFindings, SeverityFloor

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SEEN = Claim(text="errors at 0.42", cites=["3fa92c01"])
WELL = Check(verdict="normal", text="errors at 0.003", cites=["5be10d22"])
SUSPECT = Hypothesis(
    cause="recent deployment",
    component="checkout",
    statement="2.4.1 broke the basket",
    status="supported",
    strength=3,
    support=[SEEN],
    against=[Claim(text="one old replica fails too", cites=["77aa0001"])],
    onset=NOON,
    version="2.4.1",
    signature="KeyError basket",
)
ROLLBACK = Proposal(
    summary="Back to 2.4.0.",
    action="rollback",
    service="checkout",
    parameters={"version": "2.4.0"},
    reasons=[SEEN],
    risk="Loses the new basket.",
    undo="Deploy 2.4.1.",
)
POST_MORTEM = PostMortemDraft(
    timeline=Timeline(
        summary="Found late.",
        introduced_at=NOON,
        detected_at=NOON,
        resolved_at=NOON,
        user_impact_minutes=41,
        entries=[TimelineEntry(at=NOON, what="2.4.1 | deployed", cites=["aa00bb11"])],
    ),
    root_cause=RootCause(
        summary="A field was renamed.", what_failed=SEEN, why=SEEN, why_not_caught=SEEN, five_whys=[SEEN]
    ),
    impact=Impact(summary="A third of users.", users=SEEN, revenue=SEEN, reputation=SEEN, data=SEEN),
    prevention=Prevention(
        summary="Four.", monitoring="an alert", testing="a test", process="a review", infrastructure="a canary"
    ),
    action_items=ActionItems(summary="One.", items=[ActionItem(action="Add a test", owner="shop team", deadline=NOON)]),
)
CATALOGUE = Catalogue(
    services={
        "checkout": Service(
            tier=1,
            kind="web",
            public_name="Checkout",
            owner="shop team",
            depends_on=["ledger"],
            revenue_per_minute=120,
            act={"rollback": ActSettings.model_validate({"driver": "command", "token": "hunter2"})},
        ),
        "ledger": Service(kind="database"),
    }
)


def triaged() -> dict[str, Any]:
    return {
        "run": "r-1",
        "now": NOON.replace(minute=41),
        "started_at": NOON,
        "alert_ref": "a1e47000",
        "alert": Alert(
            title="Checkout fails", description="500s", service="checkout", labels={"zone": "a"}, links=["l"]
        ),
        "service": "checkout",
        "catalogue": CATALOGUE,
        "severity": "P1",
        "floor": SeverityFloor(severity="P1", reasons=["error rate 50 % or more"]),
        "status": "Identified",
        "acknowledgement": Acknowledgement(summary="Seen.", understood="Checkout answers 500.", symptom="errors"),
        "scope": Scope(
            summary="A third of users cannot pay.",
            users_affected=300,
            users_share=0.33,
            services=["checkout"],
            data_at_risk="no",
            error_rate=0.42,
            latency_ratio=1.2,
            abnormal=True,
            claims=[SEEN],
        ),
        "scope_ref": "5c09e000",
    }


def investigated() -> dict[str, Any]:
    return {
        "findings": [
            RoleFindings(
                role="api_tester",
                findings=Findings(
                    summary="A release.", claims=[SEEN], hypotheses=[SUSPECT], missing=["logs"], abnormal=True
                ),
            )
        ],
        "conclusion": Conclusion(
            summary="The release.",
            verdict="cause found",
            cause="recent deployment",
            component="checkout",
            confidence="high",
            hypotheses=[SUSPECT],
            introduced_at=NOON,
            missing=["traces"],
        ),
        "conclusion_ref": "c0c10de0",
        "attempts": [
            Attempt(
                cause="infrastructure",
                component="ledger",
                proposal=ROLLBACK,
                outcome="refused",
                said="not now",
                at=NOON,
            )
        ],
        "proposal": ROLLBACK,
    }


def mended() -> dict[str, Any]:
    return {
        "acted_at": NOON,
        "candidate_version": "2.4.2-rc",
        "fixed_at": NOON,
        "resolved_at": NOON,
        "fix_confirmation": FixConfirmation(
            summary="It works.", resolves_the_issue=WELL, screenshot=WELL, no_new_issue=WELL, confirmed=True
        ),
        "regression": Regression(
            summary="All pass.", endpoints=[WELL], response_times=WELL, error_rates=WELL, passed=True
        ),
        "revenue_limit": 5000,
        "revenue_lost": 1640.5,
        "next_update_at": NOON,
        "awareness_at": NOON,
        "history": [TimelineEntry(at=NOON, what="team activated", cites=["0a0b0c0d"])],
        "updates_sent": 2,
        "last_update_words": ["Checkout is slower than usual.", "We look for the cause."],
        "notes": ["the vendor was called"],
        "post_mortem": POST_MORTEM,
    }


Full = Callable[..., Briefing]
Told = Callable[..., str]


@pytest.fixture
def full_briefing() -> Full:
    """Make a full briefing, with the given fields in place of its own."""

    def make(**more: Any) -> Briefing:
        return Briefing(**{**triaged(), **investigated(), **mended(), **more})

    return make


@pytest.fixture
def brief(full_briefing: Full) -> Told:
    """Render a full briefing, with the given fields in place of its own."""

    def tell(**more: Any) -> str:
        return prompts.render("briefing.md", duty="conclude", task="", closing="", **full_briefing(**more).facts())

    return tell


@pytest.fixture
def bare_briefing() -> Briefing:
    """Make the briefing of a run whose alert has just come in."""
    alert = Alert(title="Checkout fails")
    return Briefing(run="r-1", now=NOON, started_at=NOON, alert=alert, service="", catalogue=Catalogue())
