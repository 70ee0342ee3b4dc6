"""Our own shape: one alert as agents.runtime.briefing.Alert has it."""

from pydantic import ValidationError

from agents.runtime.briefing import Alert
from api.intake.parsing.delivery import Delivery
from api.intake.parsing.inbox import Inbox, UnusableAlert, faults, usable


def read(delivery: Delivery) -> Inbox:
    """Read one alert. Raises UnusableAlert, which names every field that does not fit."""
    try:
        return Inbox([told_by_a_sender(Alert.model_validate(delivery.told))], [])
    except ValidationError as error:
        raise UnusableAlert(faults(error)) from error


def told_by_a_sender(alert: Alert) -> Alert:
    """Give a sender's alert; where it names no source, the receiver fills in the proven name. Raises UnusableAlert."""
    named = "source" in alert.model_fields_set
    return usable(alert if named else alert.model_copy(update={"source": ""}))
