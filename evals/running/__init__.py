"""Plays many scenarios, several at a time; self-test, single duties, exact replay.
May import report, scorers, defects and recording."""
