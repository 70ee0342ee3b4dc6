"""Scorers by subject: each function judges one thing about a finished run. `registry` lists them.
May import playing."""
