"""Transcript: numbered without a gap, in the order of time, each key and ref once."""

from collections import Counter

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark


def judge(paper: RunResult) -> Score:
    """What everything else reads is sound, and every call has its answer."""
    faults = [] if [e.seq for e in paper.events] == list(range(1, len(paper.events) + 1)) else ["its numbers have gaps"]
    pairs = zip(paper.events, paper.events[1:], strict=False)
    faults += [f"{later.seq} is earlier than {event.seq}" for event, later in pairs if later.at < event.at]
    for name in ("key", "ref"):
        times = Counter(getattr(event, name) for event in paper.events)
        faults += [f"the {name} {value} stands {n} times" for value, n in times.items() if n > 1]
    calls, results = len(paper.of("tool_call")), len(paper.of("tool_result"))
    faults += [f"{calls} tool calls and {results} results"] if calls != results else []
    folded = [event.payload["status"] for event in paper.of("status")][-1:]
    faults += ["the page's status is not the last one told"] if folded and folded != [paper.facts.public_status] else []
    return mark(faults)
