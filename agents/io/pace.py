"""The pace: how long a minute of the runbook lasts in this process. Sixty seconds, but in a lab."""

from datetime import timedelta

from agents.io.settings import settings

MINUTE = timedelta(seconds=settings().minute_seconds)
