"""Planted defects: small patches to the product's own parts at run time, each of which some scorer must catch."""

from evals.defects import ending, escalating, investigation, mitigation, telling, triage
from evals.defects.planting import DEFECTS, Defect, planted

BY_STEP = (triage, investigation, mitigation, telling, escalating, ending)
"""Importing them registers their defects."""

__all__ = ["BY_STEP", "DEFECTS", "Defect", "planted"]
