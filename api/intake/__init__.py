"""Alerts come in: endpoints, signatures, senders, idempotency, the patrol.
May import auth; imported by runs and pages."""
