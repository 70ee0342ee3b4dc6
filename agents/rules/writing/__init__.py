"""Sentences for people: numbers and times, public wording, summaries, lessons.
Imports no other rules."""
