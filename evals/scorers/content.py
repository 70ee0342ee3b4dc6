"""Content: no event claims a row of the runbook without showing what that row asks for."""

from evals.playing.run_result import RunResult
from evals.scorers.row_payloads import CONTENT
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score:
    """A row's name is no proof."""
    claimed = [(event, row) for event in result.events for row in event.rows]
    empty = [f"{event.ref} ({event.kind}) claims {row}" for event, row in claimed if not CONTENT[row](event)]
    return mark(empty, 1 - len(empty) / max(1, len(claimed)))
