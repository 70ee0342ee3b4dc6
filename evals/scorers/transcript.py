"""Transcript: its numbering, order and keys are sound, what it cites stands in it, and it shows the rows it claims."""

from collections import Counter

from evals.playing.run_result import RunResult, cites_in
from evals.scorers.row_payloads import CONTENT, rows_shown
from evals.scorers.scores import Score, mark


def judge_transcript(result: RunResult) -> Score:
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


def judge_citations(result: RunResult) -> Score:
    """Nothing cites what is not there, or what comes later."""
    faults: list[str] = []
    for event in result.events:
        for ref in set(cites_in(event.payload)):
            cited = result.by_ref.get(ref)
            if cited is None:
                faults.append(f"{event.ref} ({event.kind} {event.duty}) cites {ref}, which is not in the transcript")
            elif cited.seq >= event.seq:
                faults.append(f"{event.ref} ({event.kind} {event.duty}) cites {ref}, which comes later")
    return mark(sorted(faults))


def judge_rows(result: RunResult) -> Score:
    """A row whose payload lacks what the runbook asks for counts as absent."""
    shown = rows_shown(result.events)
    absent = [f"{row} is not shown" for row in result.expected.rows_must if row not in shown]
    too_many = [f"{row} must not occur" for row in result.expected.rows_must_not if row in shown]
    return mark([*absent, *too_many], 1 - len(absent) / max(1, len(result.expected.rows_must)))


def judge_content(result: RunResult) -> Score:
    """A row's name is no proof."""
    claimed = [(event, row) for event in result.events for row in event.rows]
    empty = [f"{event.ref} ({event.kind}) claims {row}" for event, row in claimed if not CONTENT[row](event)]
    return mark(empty, 1 - len(empty) / max(1, len(claimed)))
