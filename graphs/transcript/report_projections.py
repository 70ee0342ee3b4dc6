"""Projections of duties: what the start of a duty and its report add to the facts of a run."""

from collections.abc import Callable

from agents.reports.basis import Check
from agents.reports.investigation import Findings
from agents.reports.mitigation import FixConfirmation, Regression
from agents.reports.triage import Acknowledgement, Scope
from agents.runtime.briefing import PostMortemDraft, RoleFindings
from graphs.transcript.event import Event
from graphs.transcript.events import occurrence_of
from graphs.transcript.facts import Facts, Investigation

INVESTIGATING = frozenset({"investigate", "check_system"})
"""The duties of step 2's investigators."""
IN_THE_HISTORY = frozenset(
    {"assess_scope", "investigate", "check_system", "verify_recovery", "confirm_fix", "run_regression"}
    | {"verify_metrics", "verify_hotfix", "support_change", "monitor_external_recovery"}
)
"""Duties whose summary is a line of the history."""


def _duty_started(facts: Facts, event: Event) -> None:
    if event.duty == "assess_scope":
        facts.scope_look_began = {**facts.scope_look_began, event.lane: event.at}
    if event.lane != "main":
        return
    if facts.activated_at and facts.responded_at is None:
        facts.responded_at = event.at
    if event.duty in INVESTIGATING:
        _begin_investigation(facts, event)


def _begin_investigation(facts: Facts, event: Event) -> None:
    occurrence = occurrence_of(event.key)
    assert occurrence is not None
    if facts.concluded:
        facts.investigations, facts.concluded = [], False
    facts.investigations.append(Investigation(occurrence=occurrence.name, node=occurrence.node))


def _duty_finished(facts: Facts, event: Event) -> None:
    by = event.payload["by"]
    facts.duties_by[by] = facts.duties_by.get(by, 0) + 1
    if event.duty == "assess_scope":
        facts.scope = facts.newest_scope = Scope.model_validate(event.payload["report"])
        facts.scope_ref = event.ref
        facts.scope_at = facts.newest_scope_at = facts.scope_look_began.get(event.lane, event.at)
    if event.lane != "main":
        return
    if event.duty in REPORTS:
        REPORTS[event.duty](facts, event)
    if event.duty in IN_THE_HISTORY:
        facts.record(event, f"{event.role.replace('_', ' ')}: {event.payload['report']['summary']}")


def _acknowledged(facts: Facts, event: Event) -> None:
    facts.acknowledgement = Acknowledgement.model_validate(event.payload["report"])


def _scope_assessed(facts: Facts, event: Event) -> None:
    """The Frontend Developer is the Relevant Developer where the symptom is on the client side."""
    scope = facts.scope
    client_side = scope is not None and scope.client_side and not scope.completely_down
    facts.relevant_developer = "frontend_developer" if client_side else "backend_architect"


def _investigated(facts: Facts, event: Event) -> None:
    found = RoleFindings(
        role=event.role,
        findings=Findings.model_validate({n: v for n, v in event.payload["report"].items() if n in FINDINGS}),
        checks={n: Check.model_validate(v) for n, v in event.payload["report"].items() if n not in FINDINGS},
    )
    occurrence = occurrence_of(event.key)
    facts.investigations = [
        look.model_copy(update={"findings": found}) if occurrence and look.occurrence == occurrence.name else look
        for look in facts.investigations
    ]


FINDINGS = frozenset(Findings.model_fields)
"""What every investigator's report has; the rest of it are the checks of that role."""


def _fix_confirmed(facts: Facts, event: Event) -> None:
    """Of step 4: step 3 confirms a fix, too, as a part of its branch."""
    if event.key.startswith("main/s4_confirm_fix#"):
        facts.fix_confirmation = FixConfirmation.model_validate(event.payload["report"])


def _regression_run(facts: Facts, event: Event) -> None:
    facts.regression = Regression.model_validate(event.payload["report"])


def _users_told(facts: Facts, event: Event) -> None:
    facts.told_users = event.payload["report"]["text"]


def _part_of_post_mortem(part: str) -> Callable[[Facts, Event], None]:
    def written(facts: Facts, event: Event) -> None:
        parts = {**facts.post_mortem.model_dump(), part: event.payload["report"]}
        facts.post_mortem = PostMortemDraft.model_validate(parts)

    return written


REPORTS: dict[str, Callable[[Facts, Event], None]] = {
    "acknowledge": _acknowledged,
    "assess_scope": _scope_assessed,
    "investigate": _investigated,
    "check_system": _investigated,
    "confirm_fix": _fix_confirmed,
    "run_regression": _regression_run,
    "tell_users": _users_told,
    "reconstruct_timeline": _part_of_post_mortem("timeline"),
    "analyse_root_cause": _part_of_post_mortem("root_cause"),
    "assess_impact": _part_of_post_mortem("impact"),
    "plan_prevention": _part_of_post_mortem("prevention"),
    "assign_action_items": _part_of_post_mortem("action_items"),
}
"""Duty of the main workflow -> what its report adds."""
OF_DUTIES: dict[str, Callable[[Facts, Event], None]] = {
    "duty_started": _duty_started,
    "duty_finished": _duty_finished,
}
