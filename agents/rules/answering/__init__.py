"""Answers to what people ask of a run, from its ledger, its record and the changes on record.
Imports `writing` and `diagnosis`; imported by roles."""
