"""Ending: a run ends as it should, and is not called resolved before it was verified, watched, and truly over."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event


def judge_ending(result: RunResult) -> Score:
    """How the run ends, and that no turn of it failed."""
    facts, expected = result.facts, result.expected
    faults = [f"it is {facts.status}, and should be {expected.ends}"] if facts.status != expected.ends else []
    if (facts.resolved_at is not None) != expected.resolved:
        faults.append("it was never resolved" if expected.resolved else "it was called resolved")
    faults += [f"error at {result.shown(e)}: {e.payload['error'][:120]}" for e in result.of("error")]
    return mark(faults)


WATCH_MINUTES = 30
STILL_IN_TROUBLE = 0.02


def judge_premature_resolved(result: RunResult) -> Score | None:
    """S4.1 to S4.3 passed, half an hour was watched, and the world says so, too."""
    resolved = result.of("resolved")
    if not resolved:
        return None
    end = resolved[0]
    before = [event for event in result.events if event.seq < end.seq]
    faults = [*_unverified(before), *_unwatched(result, before, end)]
    trouble = result.trouble(result.facts.service, end.at)
    if trouble > STILL_IN_TROUBLE:
        faults.append(f"{result.facts.service} still feels {trouble:.0%} of the fault when it is called resolved")
    too_early = [
        e for e in result.sent("publish_status") if e.seq < end.seq and e.payload["fields"]["status"] == "Resolved"
    ]
    faults += [f"the status page says Resolved at {result.shown(event)}" for event in too_early]
    return mark(faults, premature=len(faults))


def _unverified(before: list[Event]) -> list[str]:
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


def _unwatched(result: RunResult, before: list[Event], end: Event) -> list[str]:
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
