"""How bad an incident is: its scope, its severity, who is called, and whether anyone has to be notified.
May import rules.diagnosis and rules.writing."""
