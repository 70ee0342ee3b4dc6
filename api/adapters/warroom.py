"""Our own shape: one alert as agents.briefing.Alert has it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agents.briefing import Alert
from api.adapters.inbox import Inbox, UnusableAlert, faults, usable


def read(body: Mapping[str, Any]) -> Inbox:
    """Read one alert. Raises UnusableAlert, which names every field that does not fit."""
    try:
        return Inbox([usable(Alert.model_validate(body))], [])
    except ValidationError as error:
        raise UnusableAlert(faults(error)) from error
