"""Authenticates API keys and sessions, checks scopes, limits rates.
Imported by the endpoints."""
