"""The append-only log of each run, and what it says so far (projections).
May import store and model."""
