"""From alerts to incidents: correlation, grouping, storms, what people say, and the service that everybody else uses.
May import engine and runtime."""
