"""Looking over a data directory and removing what is past its retention.
May import transcript and store."""
