"""Premature "resolved": nothing is called resolved before it was verified, watched, and truly over."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event

WATCH_MINUTES = 30
STILL_IN_TROUBLE = 0.02


def judge(result: RunResult) -> Score | None:
    """S4.1 to S4.3 passed, half an hour was watched, and the world says so, too."""
    resolved = result.of("resolved")
    if not resolved:
        return None
    end = resolved[0]
    before = [event for event in result.events if event.seq < end.seq]
    faults = [*_verified(before), *_watched(result, before, end)]
    trouble = result.trouble(result.facts.service, end.at)
    if trouble > STILL_IN_TROUBLE:
        faults.append(f"{result.facts.service} still feels {trouble:.0%} of the fault when it is called resolved")
    told = [e for e in result.sent("publish_status") if e.seq < end.seq and e.payload["fields"]["status"] == "Resolved"]
    faults += [f"the status page says Resolved at {result.shown(event)}" for event in told]
    return mark(faults, premature=len(faults))


def _verified(before: list[Event]) -> list[str]:
    wanted = {"confirm_fix": "confirmed", "run_regression": "passed", "verify_metrics": "normal"}
    vouched = any(e.kind == "conclusion" and "handled" in e.payload["conclusion"]["summary"] for e in before)
    faults: list[str] = []
    for duty, field in wanted.items():
        done = [event for event in before if event.kind == "duty_finished" and event.duty == duty]
        if not done and duty != "run_regression":
            faults.append(f"{duty} was not done")
        elif done and not done[-1].payload["report"][field] and not vouched:
            faults.append(f"the last {duty} did not pass")
    return faults


def _watched(result: RunResult, before: list[Event], end: Event) -> list[str]:
    monitoring = [e for e in before if e.kind == "status" and e.payload["status"] == "Monitoring"]
    if not monitoring:
        return ["recovery was never verified"]
    watched = end.at - monitoring[-1].at
    looks = [
        e for e in before if e.kind == "duty_finished" and e.duty == "verify_metrics" and e.seq > monitoring[-1].seq
    ]
    is_short = watched < WATCH_MINUTES * result.facts.minute
    faults = [f"watched for {watched / result.facts.minute:.2f} minutes only"] if is_short else []
    return [*faults, *(["nobody looked at the metrics during the watch"] if not looks else [])]
