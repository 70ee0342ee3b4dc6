"""One file per scorer, each judges one thing about a finished run. `registry` lists them.
May import playing."""
