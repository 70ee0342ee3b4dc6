"""Answers: what a role says to a person who asks about the incident."""

from agents.reports.basis import Claim, Report


class Answer(Report):
    """The answer to a person's question. It changes nothing of the incident.

    The summary is the answer itself, in plain sentences with the moment of which they speak.
    """

    is_answered: bool
    """False where what is known does not answer it; the summary then says what is missing, and nothing else."""
    claims: list[Claim] = []
    """What the answer rests on, each with the events that show it."""
