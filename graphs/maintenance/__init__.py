"""Examining a data directory, reading it without a service, and deleting what is past its retention.
May import intake, transcript and store."""
