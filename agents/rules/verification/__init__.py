"""Whether a service has recovered, and the evidence that a fix works.
May import rules.diagnosis and rules.writing."""
