"""Whether a service has recovered.
May import rules.diagnosis and rules.writing."""
