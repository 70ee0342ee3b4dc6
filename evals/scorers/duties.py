"""Duties: who must look at a level looks, with no tools but their own; at most eight at once."""

from agents.roster import DUTIES
from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark

INVESTIGATORS = {
    "P0": {"infrastructure_maintainer", "backend_architect", "devops_automator", "frontend_developer"},
    "P1": {"infrastructure_maintainer", "backend_architect", "devops_automator"},
}
AT_ONCE = 8


def judge(result: RunResult) -> Score:
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
