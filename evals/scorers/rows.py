"""Rows: what the scenario says must and must not be in the transcript, each with what the runbook asks of it."""

from evals.playing.run_result import RunResult
from evals.scorers.row_payloads import rows_shown
from evals.scorers.scores import Score, mark


def judge(result: RunResult) -> Score:
    """A row whose payload lacks what the runbook asks for counts as absent."""
    shown = rows_shown(result.events)
    absent = [f"{row} is not shown" for row in result.expected.rows_must if row not in shown]
    too_many = [f"{row} must not occur" for row in result.expected.rows_must_not if row in shown]
    return mark([*absent, *too_many], 1 - len(absent) / max(1, len(result.expected.rows_must)))
