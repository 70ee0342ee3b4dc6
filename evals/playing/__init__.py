"""Plays one scenario and keeps what it left behind.
May import scenarios and simulation."""
