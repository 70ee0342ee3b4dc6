"""Citations: every ref that is cited is an event of this transcript, and stood in it before."""

from evals.playing.run_result import RunResult, cites_in
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score:
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
