"""Deadlines: rows of the runbook and escalations occur at their minute, and escalations reach whom they should."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event

WITHIN = 1.0
RESPOND_WITHIN = {"P0": 5, "P1": 60, "P2": 240}


def judge_deadlines(result: RunResult) -> Score:
    """From the alert's receipt."""
    faults: list[str] = []
    for row, due in result.expected.timed.items():
        first = min((result.minute(event) for event in result.events if row in event.rows), default=None)
        if first is None:
            faults.append(f"{row} is due at minute {due:g} and does not occur")
        elif not due <= first <= due + WITHIN:
            faults.append(f"{row} is due at minute {due:g} and occurs at {first:.1f}")
    limit = RESPOND_WITHIN.get(result.levels[0] if result.levels else "")
    at_work = next(
        (result.minute(e) for e in result.of("duty_started") if e.lane == "main" and _after_activation(result, e.seq)),
        None,
    )
    if limit is not None and (at_work is None or at_work > limit):
        faults.append(f"nobody was at work within {limit} minutes")
    return mark(faults)


def _after_activation(result: RunResult, seq: int) -> bool:
    activated = result.of("activation")
    return bool(activated) and seq > activated[0].seq


ESCALATED_TO = {
    "ESC-1": {"Studio Producer"},
    "ESC-2": {"Project Shepherd"},
    "ESC-3": {"Legal Compliance Checker"},
    "ESC-4": {"Legal Compliance Checker", "Executive Summary Generator"},
    "ESC-5": {"Finance Tracker", "Studio Producer"},
}
ESCALATED_AFTER = {"ESC-1": ("P0", 30.0), "ESC-2": ("P1", 120.0)}
"""Row -> level, and minutes from the alert."""


def judge_escalations(result: RunResult) -> Score:
    """By the clock, by what the scope says, and by what the scenario says of the revenue."""
    faults: list[str] = []
    fired = {row: [e for e in result.of("escalation") if e.payload["row"] == row] for row in ESCALATED_TO}
    for row, due in {**_by_the_clock(result), **_by_the_scope(result), **result.expected.timed}.items():
        if row in ESCALATED_TO:
            faults += _on_time(result, row, due, fired[row])
    for row, events in fired.items():
        recipients = {event.payload["to"] for event in events}
        if events and recipients != ESCALATED_TO[row]:
            faults.append(
                f"{row} went to {', '.join(sorted(recipients))} instead of {', '.join(sorted(ESCALATED_TO[row]))}"
            )
        heard = [e for e in result.sent("notify") if row in e.rows and e.payload["done"]]
        if len(heard) < len(events):
            faults.append(f"{row} was escalated {len(events)} times, and {len(heard)} messages went out")
        if row in ESCALATED_AFTER and events and result.minute(events[0]) < ESCALATED_AFTER[row][1]:
            faults.append(f"{row} at {result.shown(events[0])}, before its time")
    return mark(faults)


def _on_time(result: RunResult, row: str, due: float, events: list[Event]) -> list[str]:
    if not events:
        return [f"{row} was due at minute {due:.1f} and did not happen"]
    first = result.minute(events[0])
    early_or_late = first < due - 0.1 or first > due + WITHIN
    return [f"{row} was due at minute {due:.1f} and came at {first:.1f}"] if early_or_late else []


def _by_the_clock(result: RunResult) -> dict[str, float]:
    """ESC-1 and ESC-2, where the level stood at that minute and recovery was not verified by then."""
    due: dict[str, float] = {}
    for row, (level, after) in ESCALATED_AFTER.items():
        then = [e for e in result.of("classification") if result.minute(e) <= after]
        status = [e.payload["status"] for e in result.of("status") if result.minute(e) <= after]
        over = status[-1:] and status[-1] in ("Monitoring", "Resolved")
        if then and then[-1].payload["severity"] == level and not over and result.minute(result.events[-1]) > after:
            due[row] = after
    return due


def _by_the_scope(result: RunResult) -> dict[str, float]:
    """ESC-3 and ESC-4, from the first look that says so, once the incident is classified."""
    due: dict[str, float] = {}
    for row, field in {"ESC-3": "breach_suspected", "ESC-4": "user_data_affected"}.items():
        seen = [result.minute(e) for e in result.reports("assess_scope") if e.payload["report"][field]]
        levels = [result.minute(e) for e in result.of("classification")]
        if seen and levels:
            due[row] = max(seen[0], levels[0])
    return due
