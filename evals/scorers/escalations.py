"""Escalations: each row of the matrix at its minute, to whom it belongs, and none for nothing."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event

TO = {
    "ESC-1": {"Studio Producer"},
    "ESC-2": {"Project Shepherd"},
    "ESC-3": {"Legal Compliance Checker"},
    "ESC-4": {"Legal Compliance Checker", "Executive Summary Generator"},
    "ESC-5": {"Finance Tracker", "Studio Producer"},
}
AFTER = {"ESC-1": ("P0", 30.0), "ESC-2": ("P1", 120.0)}
"""Row -> level, and minutes from the alert."""
WITHIN = 1.0


def judge(result: RunResult) -> Score:
    """By the clock, by what the scope says, and by what the scenario says of the revenue."""
    faults: list[str] = []
    fired = {row: [e for e in result.of("escalation") if e.payload["row"] == row] for row in TO}
    for row, due in {**_by_the_clock(result), **_by_the_scope(result), **result.expected.timed}.items():
        if row in TO:
            faults += _on_time(result, row, due, fired[row])
    for row, events in fired.items():
        told = {event.payload["to"] for event in events}
        if events and told != TO[row]:
            faults.append(f"{row} went to {', '.join(sorted(told))} instead of {', '.join(sorted(TO[row]))}")
        heard = [e for e in result.sent("notify") if row in e.rows and e.payload["done"]]
        if len(heard) < len(events):
            faults.append(f"{row} was escalated {len(events)} times, and {len(heard)} messages went out")
        if row in AFTER and events and result.minute(events[0]) < AFTER[row][1]:
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
    for row, (level, after) in AFTER.items():
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
