"""From alerts to incidents: correlation, grouping, storms, and the service that endpoints speak to.
May import engine and runtime."""
