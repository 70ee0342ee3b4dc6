"""The templates of what leaves a run: strict, and in the runbook's form."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, UndefinedError, meta

import prompts
from agents.reports.post_mortem import ActionItems, Impact, Prevention, RootCause, Timeline
from prompts.filters import FILTERS

NOON = "2026-11-23T12:00:00Z"


def claim(text: str) -> dict[str, Any]:
    return {"text": text, "cites": ["3fa92c01"]}


PARTS: dict[str, Any] = {
    "timeline": {
        "summary": "Found late.",
        "introduced_at": "2026-11-23T11:35:00Z",
        "detected_at": NOON,
        "resolved_at": "2026-11-23T12:51:00Z",
        "user_impact_minutes": 46.0,
        "entries": [{"at": NOON, "what": "2.4.1 | deployed", "cites": ["aa00bb11", "aa00bb12"]}],
    },
    "root_cause": {
        "summary": "A field was renamed.",
        "what_failed": claim("checkout failed"),
        "why": claim("2.4.1 renamed a field"),
        "why_not_caught": claim("no test reads old baskets"),
        "five_whys": [claim("payments failed"), claim("baskets could not be read")],
    },
    "impact": {
        "summary": "A third of users.",
        "users": claim("300 users"),
        "revenue": claim("about 1,600 USD"),
        "reputation": claim("46 minutes on the status page"),
        "data": claim("none lost"),
    },
    "prevention": {
        "summary": "Four measures.",
        "monitoring": "alert on failed baskets",
        "testing": "read baskets of the last release",
        "process": "rename in two releases",
        "infrastructure": "ship to one replica first",
    },
    "action_items": {
        "summary": "One item.",
        "items": [{"action": "Add a test", "owner": "shop team", "deadline": "2026-11-30T12:00:00Z"}],
    },
}
REPORTS = {
    "timeline": Timeline,
    "root_cause": RootCause,
    "impact": Impact,
    "prevention": Prevention,
    "action_items": ActionItems,
}
COMPLETE: dict[str, dict[str, Any]] = {
    "status_page.md": {
        "at": "2026-11-23 12:15 UTC",
        "service_name": "Checkout",
        "status": "Investigating",
        "impact": "About a third of payments fail.",
        "current_action": "We look for the cause.",
        "next_update": "2026-11-23 12:30 UTC",
    },
    "executive_brief.md": {
        "at": "2026-11-23 12:15 UTC",
        "situation": "Checkout is degraded, affecting 300 users",
        "cause": "Known — a release",
        "action": "A rollback waits for a decision",
        "eta": "10 minutes after approval",
        "impact": "About 1,600 USD so far",
        "next_update": "2026-11-23 12:30 UTC",
    },
    "post_mortem.md": {
        "run": "r-1",
        "service_name": "checkout",
        "severity": "P1",
        "due": "2026-11-25T12:00:00Z",
        "outcome": "cause found: recent deployment of checkout",
        "page": {
            "title": "Checkout: up to 42 % of requests failed for 46 minutes",
            "what_happened": "checkout: up to 42 % of requests failed.",
            "who": "300 users",
            "is_first_sign": False,
            "how_long": "46 minutes.",
            "total_impact": "46 minutes measured",
            "why": "2.4.1 renamed a field (high confidence).",
            "what_ended_it": "It ended after the rollback of checkout.",
            "what_we_do": [{"action": "Add a test.", "owner": "shop team", "deadline": "2026-11-30T12:00:00Z"}],
        },
        **PARTS,
    },
    "channel.md": {
        "severity": "P1",
        "service": "checkout",
        "text": "Checkout answers 500 since 12:00 UTC.",
        "team": ["Infrastructure Maintainer", "DevOps Automator"],
        "run": "r-1",
    },
}
EVERY_VARIABLE = [(template, name) for template, facts in COMPLETE.items() for name in facts]


@pytest.mark.parametrize(("template", "name"), EVERY_VARIABLE)
def test_a_missing_variable_is_an_error(template: str, name: str) -> None:
    facts = {key: value for key, value in COMPLETE[template].items() if key != name}
    with pytest.raises(UndefinedError, match=name):
        prompts.render(template, **facts)


@pytest.mark.parametrize("template", COMPLETE)
def test_a_template_asks_for_nothing_beyond_its_facts(template: str) -> None:
    text = (Path(prompts.__file__).parent / "templates" / template).read_text()
    reader = Environment(autoescape=True)
    reader.filters.update(FILTERS)
    assert meta.find_undeclared_variables(reader.parse(text)) == set(COMPLETE[template])


def test_the_status_page_has_the_runbook_s_heading_and_fields_in_order() -> None:
    assert prompts.render("status_page.md", **COMPLETE["status_page.md"]) == (
        "2026-11-23 12:15 UTC — Checkout Incident\n\n"
        "Status: Investigating\n"
        "Impact: About a third of payments fail.\n"
        "Current action: We look for the cause.\n"
        "Next update: 2026-11-23 12:30 UTC\n"
    )


def test_the_executive_brief_has_the_runbook_s_heading_and_fields_in_order() -> None:
    assert prompts.render("executive_brief.md", **COMPLETE["executive_brief.md"]) == (
        "INCIDENT BRIEF — 2026-11-23 12:15 UTC\n\n"
        "SITUATION: Checkout is degraded, affecting 300 users\n"
        "CAUSE: Known — a release\n"
        "ACTION: A rollback waits for a decision — ETA 10 minutes after approval\n"
        "IMPACT: About 1,600 USD so far\n"
        "NEXT UPDATE: 2026-11-23 12:30 UTC\n"
    )


def post_mortem(**more: Any) -> str:
    return prompts.render("post_mortem.md", **{**COMPLETE["post_mortem.md"], **more})


@pytest.mark.parametrize("part", PARTS)
def test_a_post_mortem_is_made_of_reports_as_roles_hand_them_in(part: str) -> None:
    REPORTS[part].model_validate(PARTS[part])


def test_a_post_mortem_has_its_five_parts_in_order() -> None:
    headings = [line for line in post_mortem().splitlines() if line.startswith("## ")]
    assert headings == ["## 1. Timeline", "## 2. Root cause", "## 3. Impact", "## 4. Prevention", "## 5. Action items"]


@pytest.mark.parametrize(
    "line",
    [
        "# Checkout: up to 42 % of requests failed for 46 minutes",
        "- **Why:** 2.4.1 renamed a field (high confidence).",
        "- **What we do:** (1) Add a test. shop team, by 2026-11-30.",
        "- Outcome of the investigation: cause found: recent deployment of checkout",
        "- Due: 2026-11-25 12:00 UTC",
        "- Introduced: 2026-11-23 11:35 UTC",
        "- Detected: 2026-11-23 12:00 UTC",
        "- Resolved: 2026-11-23 12:51 UTC",
        "- Total user impact: 46 minutes measured",
        "| 12:00 | 2.4.1 \\| deployed [#aa00bb11] [#aa00bb12] |",
        "- Why it was not caught earlier: no test reads old baskets [#3fa92c01]",
        "2. baskets could not be read [#3fa92c01]",
        "- Data: none lost [#3fa92c01]",
        "- Infrastructure: ship to one replica first",
        "| Add a test | shop team | 2026-11-30 12:00 UTC |",
    ],
)
def test_a_post_mortem_says(line: str) -> None:
    assert line in post_mortem().splitlines()


def test_a_post_mortem_without_an_introduction_says_that_it_is_not_known() -> None:
    assert "- Introduced: not known" in post_mortem(timeline={**PARTS["timeline"], "introduced_at": None})


@pytest.mark.parametrize("part", PARTS)
def test_a_post_mortem_says_which_part_was_not_written(part: str) -> None:
    assert post_mortem(**{part: None}).count("Not written.") == 1


def test_a_post_mortem_keeps_the_name_of_a_due_time_that_was_not_set() -> None:
    assert "- Due: not set" in post_mortem(due="not set")


def test_a_field_of_a_status_update_cannot_begin_a_field_of_its_own() -> None:
    told = prompts.render("status_page.md", **{**COMPLETE["status_page.md"], "impact": "None.\nStatus: Resolved"})
    assert [line for line in told.splitlines() if line.startswith("Status:")] == ["Status: Investigating"]


def test_a_channel_opens_with_the_severity_the_words_and_the_team() -> None:
    told = prompts.render("channel.md", **COMPLETE["channel.md"]).splitlines()
    assert told[0] == "P1 incident: checkout"
    assert "Checkout answers 500 since 12:00 UTC." in told
    assert "Team: Infrastructure Maintainer, DevOps Automator" in told
