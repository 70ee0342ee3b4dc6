"""Tools for looking freely, by who is offered them: a model may ask them; the rules do not."""

from agents.tools.port import AnyPort
from agents.tools.ports import (
    change_diff,
    change_history,
    check_endpoints,
    client_signals,
    configuration,
    database_health,
    dependencies,
    deployment_history,
    describe_workload,
    error_log,
    golden_signals,
    infrastructure_state,
    past_incidents,
    pipeline_status,
    provider_status,
    query_metric,
    read_event,
    search_logs,
    search_transcript,
    source_lines,
    split_signals,
    team_notes,
    traced_requests,
    usage,
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
OF_INVESTIGATORS: tuple[AnyPort, ...] = (split_signals, pipeline_status, past_incidents, *INVESTIGATION)
"""The same for all who investigate, so that their requests begin alike."""
CHECKING: tuple[AnyPort, ...] = (
    golden_signals,
    error_log,
    client_signals,
    check_endpoints,
    infrastructure_state,
    database_health,
    dependencies,
    read_event,
)
"""For whoever is asked whether they object to what the rules measured."""
ANSWERING: tuple[AnyPort, ...] = (
    golden_signals,
    usage,
    dependencies,
    provider_status,
    deployment_history,
    change_history,
    *INVESTIGATION,
)
"""For whoever answers what a person asks while the incident goes on; once it is over, `RECORD` alone."""
POST_MORTEM: tuple[AnyPort, ...] = (*RECORD, past_incidents)
"""For whoever writes a part of the post-mortem."""
REASONS: tuple[AnyPort, ...] = (*POST_MORTEM, *CODE, change_history, deployment_history, pipeline_status)
"""For whoever asks why it could happen, and what would prevent it."""
