"""Which change would answer what was seen: rollback, restart, scale, failover, fallback, hotfix.
May import rules.diagnosis and rules.writing."""
