"""Defects planted in the product at run time, each of which a scorer must catch.
A module per step of the runbook; `registry` lists them."""
