"""Economy: what the run cost and how long it took; told, and never held against it."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event


def judge(result: RunResult) -> Score:
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
