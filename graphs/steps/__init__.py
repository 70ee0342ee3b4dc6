"""The nodes of the five steps: triage, investigation, mitigation, verification, post-mortem.
May import runtime, transcript and model; imported by engine."""
