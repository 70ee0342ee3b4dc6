"""Economy: what the run cost and how long it took; told, and never held against it."""

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event


def judge(paper: RunResult) -> Score:
    """Model calls, tool calls, tokens, money where prices are set; simulated minutes to each stage."""
    changed = paper.changed_at
    minutes = {
        "severity": _first(paper, paper.of("classification")),
        "cause": _first(
            paper, [e for e in paper.of("conclusion") if e.payload["conclusion"]["verdict"] == "cause found"]
        ),
        "mitigation": None if changed is None else round(paper.minute(changed), 1),
        "recovery": _first(paper, [e for e in paper.of("status") if e.payload["status"] == "Monitoring"][-1:]),
        "resolved": _first(paper, paper.of("resolved")),
    }
    calls = {"model_calls": len(paper.of("model_call")), "tool_calls": len(paper.of("tool_call"))}
    tokens = {"tokens_in": paper.facts.tokens_in, "tokens_out": paper.facts.tokens_out}
    by = {"duties_by_model": paper.facts.duties_by.get("model", 0), "degraded": paper.facts.degraded}
    money = round(paper.facts.spent.money, 4)
    return mark([], minutes=minutes, events=len(paper.events), **calls, **tokens, money=money, **by)


def _first(paper: RunResult, events: list[Event]) -> float | None:
    return round(paper.minute(events[0]), 1) if events else None
