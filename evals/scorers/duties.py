"""Duties: who must look at a level does, with the declared tools only; and what the run cost and how long it took."""

from agents.roster import DUTIES
from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event

INVESTIGATORS = {
    "P0": {"infrastructure_maintainer", "backend_architect", "devops_automator", "frontend_developer"},
    "P1": {"infrastructure_maintainer", "backend_architect", "devops_automator"},
}
AT_ONCE = 8


def judge_duties(result: RunResult) -> Score:
    """Step 2's investigators, S2.1 to S2.4, of the level at the last conclusion; at P2 one developer; at P3 nobody."""
    looked = {e.role for e in result.reports("investigate", "check_system") if e.key.startswith("main/s2_")}
    absent = INVESTIGATORS.get(_concluded_at(result), set()) - looked
    faults = [f"{role} did not investigate" for role in sorted(absent)]
    if result.levels == ["P2"] and len(looked) != 1:
        faults.append(f"at P2 one developer looks, and {len(looked)} did")
    if result.levels == ["P3"] and looked:
        faults.append("at P3 nobody investigates")
    return mark([*faults, *_undeclared(result), *_unfinished(result)])


def _concluded_at(result: RunResult) -> str:
    """What has grown since is for those who look next; a run that never concluded owes its last level's looks."""
    concluded = result.reports("conclude")
    last = concluded[-1].seq if concluded else result.events[-1].seq
    levels = [event.payload["severity"] for event in result.of("classification") if event.seq < last]
    return levels[-1] if levels else ""


def _undeclared(result: RunResult) -> list[str]:
    return [
        f"{event.role} used {event.payload['tool']} in {event.duty}, which does not declare it"
        for event in result.of("tool_call")
        if event.payload["tool"] not in {port.name for port in DUTIES[event.role][event.duty].tools}
    ]


def _unfinished(result: RunResult) -> list[str]:
    begun = {event.key.rpartition("/")[0]: event for event in result.of("duty_started")}
    done = {event.key.rpartition("/")[0] for event in result.of("duty_finished")}
    at_work = most = 0
    for event in result.events:
        at_work += {"duty_started": 1, "duty_finished": -1}.get(event.kind, 0)
        most = max(most, at_work)
    crowd = [f"{most} roles at work at once"] if most > AT_ONCE else []
    return [
        *crowd,
        *(f"{event.role}: {event.duty} was begun and not ended" for k, event in begun.items() if k not in done),
    ]


def judge_economy(result: RunResult) -> Score:
    """Model calls, tool calls, tokens, money where prices are set; simulated minutes to each stage."""
    changed = result.changed_at
    minutes = {
        "severity": _first(result, result.of("classification")),
        "cause": _first(
            result, [e for e in result.of("conclusion") if e.payload["conclusion"]["verdict"] == "cause found"]
        ),
        "mitigation": None if changed is None else round(result.minute(changed), 1),
        "recovery": _first(result, [e for e in result.of("status") if e.payload["status"] == "Monitoring"][-1:]),
        "resolved": _first(result, result.of("resolved")),
    }
    calls = {"model_calls": len(result.of("model_call")), "tool_calls": len(result.of("tool_call"))}
    tokens = {"tokens_in": result.facts.tokens_in, "tokens_out": result.facts.tokens_out}
    by = {"duties_by_model": result.facts.duties_by.get("model", 0), "degraded": result.facts.degraded}
    money = round(result.facts.spent.money, 4)
    return mark([], minutes=minutes, events=len(result.events), **calls, **tokens, money=money, **by)


def _first(result: RunResult, events: list[Event]) -> float | None:
    return round(result.minute(events[0]), 1) if events else None
