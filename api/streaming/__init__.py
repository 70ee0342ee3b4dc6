"""Server-sent events: a run's events, its page, the words of a model while it writes."""
