"""How far an incident reaches: users, services, data.
May import rules.diagnosis and rules.writing."""
