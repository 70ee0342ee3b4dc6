"""Tools for looking freely, by who is offered them: a model may ask them; the rules do not."""

from agents.tools.port import AnyPort
from agents.tools.ports import (
    change_history,
    deployment_history,
    past_incidents,
    pipeline_status,
    query_metric,
    read_event,
    search_logs,
    search_transcript,
)

RECORD: tuple[AnyPort, ...] = (search_transcript, read_event)
"""The record of the run itself."""
INVESTIGATION: tuple[AnyPort, ...] = (search_logs, query_metric, *RECORD)
"""For whoever investigates or weighs what was found."""
POST_MORTEM: tuple[AnyPort, ...] = (*RECORD, past_incidents)
"""For whoever writes a part of the post-mortem."""
REASONS: tuple[AnyPort, ...] = (*POST_MORTEM, change_history, deployment_history, pipeline_status)
"""For whoever asks why it could happen, and what would prevent it."""
