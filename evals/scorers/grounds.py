"""Grounds: what must rest on evidence cites some."""

from typing import Any

from evals.playing.run_result import RunResult, claims_in
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event

JUDGED = ("investigate", "check_system", "assess_scope", "conclude", "verify_recovery", "confirm_fix")


def judge(result: RunResult) -> Score:
    """A claim of a finding, a check with a verdict, a supported or refuted hypothesis, a proposal's reasons."""
    faults = [fault for event in result.reports(*JUDGED) for fault in _ungrounded(event, event.payload["report"])]
    for event in result.of("conclusion"):
        if not event.payload.get("named_by"):
            faults += _ungrounded(event, event.payload["conclusion"])
    for event in result.of("proposal"):
        reasons = event.payload["proposal"]["reasons"]
        if not reasons or not any(reason["cites"] for reason in reasons):
            faults.append(f"{event.ref}: the proposal gives no reason that cites anything")
    return mark(faults)


def _ungrounded(event: Event, told: dict[str, Any]) -> list[str]:
    who = f"{event.ref} ({event.duty or event.kind})"
    bare = [claim["text"] for claim in claims_in(told) if not claim["cites"] and claim.get("verdict") != "unknown"]
    faults = [f"{who} cites nothing for: {text[:80]}" for text in bare]
    for hypothesis in told.get("hypotheses", []):
        status = hypothesis["status"]
        if status == "supported" and not hypothesis["support"]:
            faults.append(f"{who} supports {hypothesis['statement'][:60]} with nothing")
        if status == "ruled out" and not hypothesis["against"]:
            faults.append(f"{who} rules {hypothesis['statement'][:60]} out with nothing")
    return faults
