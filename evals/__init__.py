"""Exams: scenarios (alert, world, what must be true) -> play -> scorers -> report.
A scenario is a folder in scenarios/; what it expects is read by the scorers alone, never by a role."""
