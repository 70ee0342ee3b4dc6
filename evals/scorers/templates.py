"""Templates: every field of a status update and of a brief is filled, and stands in the text as it was sent."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

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


def judge(result: RunResult) -> Score:
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
