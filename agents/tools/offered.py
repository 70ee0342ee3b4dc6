"""Tools for looking freely, by who is offered them: a model may ask them; the rules do not."""

from agents.tools.port import AnyPort
from agents.tools.ports import query_metric, search_logs

INVESTIGATION: tuple[AnyPort, ...] = (search_logs, query_metric)
"""For whoever investigates or weighs what was found."""
