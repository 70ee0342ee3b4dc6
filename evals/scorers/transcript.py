"""Transcript: numbered without a gap, in the order of time, each key and ref once."""

from collections import Counter

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score:
    """What everything else reads is sound, and every call has its answer."""
    numbers = [event.seq for event in result.events]
    faults = [] if numbers == list(range(1, len(numbers) + 1)) else ["its numbers have gaps"]
    pairs = zip(result.events, result.events[1:], strict=False)
    faults += [f"{later.seq} is earlier than {event.seq}" for event, later in pairs if later.at < event.at]
    for name in ("key", "ref"):
        times = Counter(getattr(event, name) for event in result.events)
        faults += [f"the {name} {value} stands {n} times" for value, n in times.items() if n > 1]
    calls, results = len(result.of("tool_call")), len(result.of("tool_result"))
    faults += [f"{calls} tool calls and {results} results"] if calls != results else []
    folded = [event.payload["status"] for event in result.of("status")][-1:]
    differs = folded and folded != [result.facts.public_status]
    faults += ["the page's status is not the last one told"] if differs else []
    return mark(faults)
