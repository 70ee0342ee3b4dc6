"""From finished runs to scenarios and recorded duties.
May import scenarios."""
