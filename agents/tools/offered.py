"""Tools for looking freely, by who is offered them: a model may ask them; the rules do not."""

from agents.tools.port import AnyPort
from agents.tools.ports import (
    change_diff,
    change_history,
    configuration,
    deployment_history,
    describe_workload,
    past_incidents,
    pipeline_status,
    query_metric,
    read_event,
    search_logs,
    search_transcript,
    source_lines,
    team_notes,
    traced_requests,
)

RECORD: tuple[AnyPort, ...] = (search_transcript, read_event)
"""The record of the run itself."""
CODE: tuple[AnyPort, ...] = (change_diff, source_lines, configuration)
"""What was changed, in the code and in the settings."""
INVESTIGATION: tuple[AnyPort, ...] = (
    search_logs,
    query_metric,
    traced_requests,
    describe_workload,
    *CODE,
    team_notes,
    *RECORD,
)
"""For whoever investigates or weighs what was found."""
POST_MORTEM: tuple[AnyPort, ...] = (*RECORD, past_incidents)
"""For whoever writes a part of the post-mortem."""
REASONS: tuple[AnyPort, ...] = (*POST_MORTEM, *CODE, change_history, deployment_history, pipeline_status)
"""For whoever asks why it could happen, and what would prevent it."""
