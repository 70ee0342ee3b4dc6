"""Scenarios: loading, checking and varying them. The folders hold the scenarios themselves.
May import simulation."""
