"""Strata: the folders in which the scenarios lie, each with its own purpose. One more is a name here and a folder."""

from typing import Literal

Stratum = Literal["easy", "hard", "unseen", "unseen2"]
REQUIRED: Stratum = "easy"
"""The one whose scenarios have to pass: they are tests. Those of the others are measured."""
