"""The runbook's tables: levels, teams, cadences and the escalation matrix, each row with its id. Minutes throughout."""

from typing import NamedTuple

from agents.reports.basis import Cause, Severity

STATUS_PAGE_EVERY = 15
"""S3.5: at P0 and P1, from team activation until resolved; S3.6: the briefs at P0."""
WATCH_LOOKS_EVERY = 5
REASSESS_EVERY = 5
"""S1.2 and S1.3 again, also while a person is asked or a fix takes effect: facts that cross a rule reclassify."""
POST_MORTEM_WITHIN = 48 * 60
"""S5, from resolution."""
PROPOSAL_IS_FRESH_FOR = 10
"""Minutes. An approval that takes longer is validated again before the change is made."""
PROPOSAL_IS_READ_AGAIN_AFTER = WATCH_LOOKS_EVERY
"""Before a change is made whose approval took longer, it is read whether what it is for goes on: no sooner, since in
the meantime users are hurt, and what was read within the time between two looks counts as what is now."""
PROPOSAL_EXPIRES_AFTER = 30
"""After this an unanswered proposal counts as not approved."""
DIRECTION_EXPIRES_AFTER = 30
"""After this an unanswered question for a direction leads to another look; twice as long after each."""
DIRECTION_DOUBLES_AT_MOST = 3
"""Up to four hours."""
ASKED_AGAIN_AT_ONCE = 2
"""Times that people may say that it is over, and it is not, before they are asked again at growing distances, too."""
FAILED_ATTEMPTS_BEFORE_ASKING = 2
"""Counts mitigations that did not help, and recoveries that were concluded and did not come."""
UNAIDED_RECOVERY_WITHIN = 120
"""Where all that can be done is to wait for a provider, the investigation begins again after this."""
BREACH_NOTIFICATION_WITHIN = 72 * 60
"""GDPR, from awareness."""


class Level(NamedTuple):
    """A row of the severity table."""

    row: str
    name: str
    definition: str
    examples: str
    response_time: str
    respond_within: int | None
    """Minutes; "immediately" is within the five minutes of step 1, None the next sprint."""


LEVELS: dict[Severity, Level] = {
    "P0": Level(
        "SEV-P0",
        "Critical",
        "service completely down, data loss or a security breach",
        "database corruption, DDoS, auth system failure",
        "immediately, all hands",
        5,
    ),
    "P1": Level(
        "SEV-P1",
        "High",
        "major feature broken or significant performance degradation",
        "payments down, error rate 50 % or more, 10x latency",
        "< 1 hour",
        60,
    ),
    "P2": Level(
        "SEV-P2",
        "Medium",
        "minor feature broken, workaround available",
        "search not working, non-critical API errors",
        "< 4 hours",
        240,
    ),
    "P3": Level(
        "SEV-P3",
        "Low",
        "cosmetic issue, minor inconvenience",
        "styling bug, typo, minor UI glitch",
        "next sprint",
        None,
    ),
}
WORST_FIRST: tuple[Severity, ...] = ("P0", "P1", "P2", "P3")

RELEVANT_DEVELOPER = "relevant_developer"
"""Not a role of its own: the Frontend Developer where the symptom is client-side, else the Backend Architect."""


class Team(NamedTuple):
    """Who is activated at a level, and for what."""

    row: str
    members: dict[str, str]


TEAMS: dict[Severity, Team] = {
    "P0": Team(
        "TEAM-P0",
        {
            "infrastructure_maintainer": "incident commander: assess scope, coordinate",
            "devops_automator": "deployment and rollback",
            "backend_architect": "root cause investigation",
            "frontend_developer": "client-side investigation",
            "support_responder": "user communication: status page, user notifications",
            "executive_summary_generator": "stakeholder communication, real-time executive updates",
        },
    ),
    "P1": Team(
        "TEAM-P1",
        {
            "infrastructure_maintainer": "incident commander",
            "devops_automator": "deployment support",
            RELEVANT_DEVELOPER: "implements the fix",
            "support_responder": "user communication",
        },
    ),
    "P2": Team("TEAM-P2", {RELEVANT_DEVELOPER: "implements the fix", "evidence_collector": "verifies the fix"}),
    "P3": Team("TEAM-P3", {"sprint_prioritizer": "adds it to the backlog"}),
}

INVESTIGATORS: dict[Severity, tuple[str, ...]] = {
    "P0": ("infrastructure_maintainer", "backend_architect", "devops_automator", "frontend_developer"),
    "P1": ("infrastructure_maintainer", "backend_architect", "devops_automator"),
    "P2": (RELEVANT_DEVELOPER,),
    "P3": (),
}
"""Step 2. At P1 the Frontend Developer joins where the symptom is client-side."""

TREE_ROWS: dict[Cause, str] = {
    "recent deployment": "S3.1",
    "infrastructure": "S3.2",
    "code bug": "S3.3",
    "external dependency": "S3.4",
}


class EscalationRow(NamedTuple):
    """A row of the escalation matrix."""

    condition: str
    escalate_to: tuple[str, ...]
    action: str
    after: int | None = None
    """Minutes from the alert's receipt, where the condition is a time."""
    severity: Severity | None = None


MATRIX: dict[str, EscalationRow] = {
    "ESC-1": EscalationRow(
        "P0 not resolved in 30 min", ("studio_producer",), "additional resources, vendor escalation", 30, "P0"
    ),
    "ESC-2": EscalationRow("P1 not resolved in 2 hours", ("project_shepherd",), "resource reallocation", 120, "P1"),
    "ESC-3": EscalationRow("data breach suspected", ("legal_compliance_checker",), "assess regulatory notification"),
    "ESC-4": EscalationRow(
        "user data affected",
        ("legal_compliance_checker", "executive_summary_generator"),
        "GDPR / CCPA notification",
    ),
    "ESC-5": EscalationRow(
        "revenue impact above the set amount", ("finance_tracker", "studio_producer"), "business impact assessment"
    ),
}


def worst(*severities: Severity) -> Severity:
    """The most severe of some levels."""
    return min(severities, key=WORST_FIRST.index)
