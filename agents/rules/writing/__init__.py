"""Texts for people: numbers and times, public wording, briefs, escalations, lessons, the post-mortem.
Imports no other rules."""
