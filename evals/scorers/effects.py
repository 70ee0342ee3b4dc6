"""Effects: what was meant to be done outside was done, once, and the transcript says of it what truly happened."""

from collections import Counter

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event

MAY_BE_REPEATED = ("restart",)


def judge(result: RunResult) -> Score:
    """Every intent has its result, every result its act in the production's own journal; nothing is done twice."""
    intents = {event.payload["idempotency_key"] for event in result.of("intent")}
    ends = [event for event in [*result.of("result"), *result.of("outbound")] if not _vouched_for(event)]
    ended = {_key(result, event): event for event in ends}
    real = Counter(act.key for act in result.acts)
    faults = [f"{key}: no result" for key in sorted(intents - set(ended))]
    faults += [
        f"{key} is told as done, and was not" for key, e in ended.items() if e.payload["done"] and key not in real
    ]
    faults += [f"{key} was done, and nothing says so" for key in sorted(set(real) - intents)]
    faults += [f"{key} was done {times} times" for key, times in real.items() if times > 1]
    words = Counter((act.port, str(sorted(act.arguments.items()))) for act in result.acts)
    repeated = [(port, times) for (port, _), times in words.items() if times > 1 and port not in MAY_BE_REPEATED]
    return mark([*faults, *(f"{port} was done {times} times in the same words" for port, times in repeated)])


def _key(result: RunResult, event: Event) -> str:
    return f"{result.facts.id}/{event.key.rpartition('/')[0]}"


def _vouched_for(event: Event) -> bool:
    """A person said that it was done, where nothing else could tell."""
    return event.payload["detail"].endswith("it was done")
