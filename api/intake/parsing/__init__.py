"""Shared by the adapters: bodies, envelopes, field tables, severities, times."""
