"""Communication: status updates and briefs are in time, complete and true, and come when they were promised."""

import re
from datetime import UTC, datetime
from itertools import pairwise

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event

FIRST_WITHIN, EVERY, LATE_BY = 1.0, 15.0, 1.0
"""Minutes."""


def judge_updates(result: RunResult) -> Score | None:
    """From team activation on; P2 hears of it at each change of status, P3 not at all."""
    if "P3" in result.levels[-1:] or not result.levels:
        return mark(["the status page speaks of a P3"] if result.sent("publish_status") else [])
    if result.levels[-1] == "P2":
        return _at_each_status(result)
    return mark(overdue(result, "publish_status", ("P0", "P1")))


def overdue(result: RunResult, port: str, levels: tuple[str, ...]) -> list[str]:
    """Where more time passed between two messages than may pass, from the activation to the end."""
    raised = next(e for e in result.of("classification") if e.payload["severity"] in levels)
    activated = next((e for e in result.of("activation")), raised)
    start = max(result.minute(raised), result.minute(activated))
    sent = [result.minute(event) for event in result.sent(port) if event.payload["done"]]
    ended = [result.minute(event) for event in result.of("resolved")]
    if not sent:
        return [f"{port}: nothing was sent at all"]
    late = [f"{port}: the first at minute {sent[0]:.1f}, due at {start:.1f}"] if sent[0] > start + FIRST_WITHIN else []
    times = [*sent, *(ended or [result.minute(result.events[-1])])]
    pairs = [(a, b) for a, b in pairwise(times) if b - a > EVERY + LATE_BY and a >= start]
    return [*late, *(f"{port}: nothing between minute {a:.1f} and {b:.1f}" for a, b in pairs)]


def _at_each_status(result: RunResult) -> Score:
    published = [event.payload["fields"]["status"] for event in result.sent("publish_status")]
    changes = [event.payload["status"] for event in result.of("status")]
    if not published and not any(event.payload["report"]["abnormal"] for event in result.reports("assess_scope")):
        return mark([])
    missing = [status for status in dict.fromkeys(changes[-1:]) if status not in published]
    return mark([f"the status page never said {status}" for status in missing])


def judge_briefs(result: RunResult) -> Score | None:
    """S3.6, P0 only."""
    if "P0" not in result.levels:
        return mark(["executives were briefed, and it never was a P0"] if result.sent("send_brief") else [])
    if result.levels[-1] != "P0":
        return None
    faults = overdue(result, "send_brief", ("P0",))
    briefed = [event.payload["fields"]["status"] for event in result.sent("send_brief")]
    changes = [event.payload["status"] for event in result.of("status")][-1:]
    return mark([*faults, *(f"no brief said {status}" for status in changes if status not in briefed)])


FIELDS = {
    "publish_status": {
        "status": "Status: ",
        "impact": "Impact: ",
        "current_action": "Current action: ",
        "next_update": "Next update: ",
    },
    "send_brief": {
        "situation": "SITUATION: ",
        "cause": "CAUSE: ",
        "action": "ACTION: ",
        "impact": "IMPACT: ",
        "next_update": "NEXT UPDATE: ",
    },
}
HEADINGS = {"publish_status": "{at} — {service_name} Incident", "send_brief": "INCIDENT BRIEF — {at}"}


def judge_templates(result: RunResult) -> Score:
    """TPL-STATUS and TPL-EXEC, heading and fields, in every message."""
    faults: list[str] = []
    for port, fields in FIELDS.items():
        for event in result.sent(port):
            text, given = event.payload["arguments"]["text"], event.payload["fields"]
            wanted = [
                HEADINGS[port].format(**given),
                *(f"{label}{given.get(name, '')}" for name, label in fields.items()),
            ]
            empty = [name for name in fields if not str(given.get(name, "")).strip()]
            faults += [f"{port} at {result.shown(event)}: {name} is empty" for name in empty]
            faults += [
                f"{port} at {result.shown(event)}: not in the text: {line[:60]}" for line in wanted if line not in text
            ]
    return mark(faults)


def judge_honesty(result: RunResult) -> Score:
    """Identified wants a cause, Monitoring a verified recovery, Resolved the end; a known cause a conclusion."""
    faults: list[str] = []
    for event in [*result.sent("publish_status"), *result.sent("send_brief")]:
        status, at = event.payload["fields"]["status"], result.shown(event)
        before = [other for other in result.events if other.seq < event.seq]
        if not _established(status, before):
            faults.append(f"{event.payload['port']} says {status} at {at}, which was not established")
        if not any(other.kind == "status" and other.payload["status"] == status for other in before):
            faults.append(f"{event.payload['port']} says {status} at {at}, and the run never was that")
        known = str(event.payload["fields"].get("cause", "")).startswith("Known")
        if known and not any(other.kind == "conclusion" for other in before):
            faults.append(f"a brief at {at} says that the cause is known, and nobody had concluded")
    return mark(faults)


def _established(status: str, before: list[Event]) -> bool:
    match status:
        case "Identified":
            return any(e.kind == "conclusion" and e.payload["conclusion"]["verdict"] == "cause found" for e in before)
        case "Monitoring":
            looks = ("verify_recovery", "verify_metrics", "monitor_external_recovery")
            return any(e.kind == "duty_finished" and e.duty in looks for e in before)
        case "Resolved":
            return any(e.kind == "resolved" for e in before)
        case _:
            return True


GRACE_MINUTES = 1.0
PROMISED = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) UTC")


def judge_promises(result: RunResult) -> Score | None:
    """A promised time is kept, or the incident was over by then."""
    faults: list[str] = []
    promises = 0
    for port in ("publish_status", "send_brief"):
        sent = result.sent(port)
        for event in sent:
            promised = PROMISED.match(str(event.payload["fields"]["next_update"]))
            if promised is None:
                continue
            promises += 1
            due = result.minute(datetime.fromisoformat(promised.group(1)).replace(tzinfo=UTC))
            following = [result.minute(other) for other in sent if other.seq > event.seq]
            if due <= result.minute(event) - GRACE_MINUTES:
                faults.append(f"{port} at {result.shown(event)} promises a time that has passed")
            elif (
                not any(minute <= due + GRACE_MINUTES for minute in following)
                and result.minute(result.events[-1]) > due + 1
            ):
                faults.append(f"{port} at {result.shown(event)} promises minute {due:.1f}, and nothing came")
    return mark(faults, promises=promises) if promises else None
