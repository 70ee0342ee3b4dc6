"""What touches the process's surroundings: catalogue, settings, credentials, redaction, clock, addresses.
Imported by everything in agents; imports nothing of it."""
