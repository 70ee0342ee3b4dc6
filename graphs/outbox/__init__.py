"""Outgoing webhooks: signed, retried until taken.
May import runtime, transcript and store."""
