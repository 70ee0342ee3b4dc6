"""PromQL by signal: what the Prometheus driver asks where the catalogue does not say otherwise."""

import re

from agents.readings.splits import Dimension

STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)"""
MATCHER = re.compile(rf"([a-zA-Z_]\w*|{STRING})\s*(=~|!~|!=|=)\s*({STRING})")
NO_METRIC = re.compile(
    rf"{STRING}|\{{(?:{STRING}|[^}}\"'`])*\}}|\[[^\]]*\]"
    r"|(?:\b[a-z_]+\s+)?\b(?:by|without)\b\s*\([^)]*\)|\b(?:on|ignoring|group_left|group_right)\b\s*(?:\([^)]*\))?"
    r"|\b(?:and|or|unless|bool|offset|inf|nan)\b|[a-zA-Z_]\w*\s*(?=\()",
    re.I,
)
"""Of a query: strings, selectors, ranges, lists of labels, operators and functions."""
METRIC = re.compile(r"(?<![\w.:])[a-zA-Z_:][\w:]*")
QUERIES = {
    "traffic": "sum(rate(http_requests_total{$selector}[$window]))",
    "error_rate": (
        "(sum(rate(http_requests_total{$selector,$errors}[$window]))"
        " or 0 * sum(rate(http_requests_total{$selector,$marked}[$window])))"
        " / sum(rate(http_requests_total{$selector}[$window]))"
    ),
    "latency": (
        "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{$selector}[$window])))"
    ),
    "saturation": "max(process_open_fds{$selector} / process_max_fds{$selector})",
    "cpu": (
        "avg(rate(process_cpu_seconds_total{$selector}[$window]))"
        " or avg(rate(container_cpu_usage_seconds_total{$container}[$window]))"
        ' or avg(1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle",$machine}[$window])))'
    ),
    "memory": (
        "max(container_memory_working_set_bytes{$container} / (container_spec_memory_limit_bytes{$container} > 0))"
        " or max(1 - node_memory_MemAvailable_bytes{$machine} / node_memory_MemTotal_bytes{$machine})"
    ),
    "disk": (
        "max(kubelet_volume_stats_used_bytes{$volume} / kubelet_volume_stats_capacity_bytes{$volume})"
        ' or max(1 - node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs",$machine}'
        ' / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs",$machine})'
    ),
    "up": (
        '{__name__=~"up|(pg|mysql|redis|mongodb|rabbitmq|memcached|haproxy|nginx)_up",$selector}'
        " unless on (job,instance) probe_success{$selector}"
    ),
    "restarts": (
        "sum(changes(pg_postmaster_start_time_seconds{$selector}[1h]))"
        " or sum(resets(redis_uptime_in_seconds{$selector}[1h]))"
        " or sum(resets(mysql_global_status_uptime{$selector}[1h]))"
        " or sum(changes(process_start_time_seconds{$selector}[1h]))"
        " or sum(increase(kube_pod_container_status_restarts_total{$container}[1h]))"
    ),
    "split_requests": "sum by ($labels) (increase(http_requests_total{$selector}[$window]))",
    "split_failures": "sum by ($labels) (increase(http_requests_total{$selector,$errors}[$window]))",
    "split_latency": (
        "histogram_quantile(0.95, sum by (le,$labels) (rate(http_request_duration_seconds_bucket{$selector}[$window])))"
    ),
    "script_errors": (
        "clamp_max((sum(rate(client_errors_total{$selector}[$window])) or vector(0))"
        " / sum(rate(page_views_total{$selector}[$window])), 1)"
    ),
    "page_load": "histogram_quantile(0.75, sum by (le) (rate(page_load_seconds_bucket{$selector}[$window])))",
    "waiting": "kube_pod_container_status_waiting_reason{$container} == 1",
    "killed": (
        'kube_pod_container_status_last_terminated_reason{reason!="Completed",$container} == 1'
        " and on (namespace,pod,container) increase(kube_pod_container_status_restarts_total{$container}[1h]) > 0"
    ),
    "unit": ('node_systemd_unit_state{state="failed",name="$service.service"} == 1'),
    "probe_success": "probe_success{$probe}",
    "probe_seconds": "probe_duration_seconds{$probe}",
    "probe_usual_seconds": "avg_over_time(probe_duration_seconds{$probe}[1h] offset 1h)",
    "probe_status": "probe_http_status_code{$probe}",
    "probe_certificate": "(probe_ssl_earliest_cert_expiry{$probe} - time()) / 86400",
    "connections_used": (
        "sum(pg_stat_activity_count{$selector}) or sum(mysql_global_status_threads_connected{$selector})"
        " or sum(redis_connected_clients{$selector})"
    ),
    "connections_limit": (
        "max(pg_settings_max_connections{$selector}) or max(mysql_global_variables_max_connections{$selector})"
        " or max(redis_config_maxclients{$selector})"
    ),
    "replication_lag": (
        "max(pg_replication_lag_seconds{$selector}) or max(pg_replication_lag{$selector})"
        " or max(mysql_slave_status_seconds_behind_master{$selector})"
        " or max(mysql_slave_status_seconds_behind_source{$selector})"
    ),
    "replication_runs": (
        "min(mysql_slave_status_slave_sql_running{$selector} * mysql_slave_status_slave_io_running{$selector})"
        " or min(mysql_slave_status_replica_sql_running{$selector} * mysql_slave_status_replica_io_running{$selector})"
        " or min(redis_master_link_up{$selector})"
    ),
    "waiting_for_locks": (
        'sum(pg_stat_activity_count{wait_event_type="Lock",$selector}) or sum(pg_locks_waiting{$selector})'
        " or sum(mysql_global_status_innodb_row_lock_current_waits{$selector})"
    ),
    "longest_transaction": "max(pg_stat_activity_max_tx_duration{$selector})",
    "slow_queries": "60 * sum(rate(mysql_global_status_slow_queries{$selector}[$window]))",
    "usual_slow_queries": (
        "60 * sum(rate(mysql_global_status_slow_queries{$selector}[1h] offset 1d))"
        " or 60 * sum(rate(mysql_global_status_slow_queries{$selector}[1h] offset 1h))"
    ),
    "memory_used": "max(redis_memory_used_bytes{$selector} / (redis_memory_max_bytes{$selector} > 0))",
    "evictions": "60 * sum(rate(redis_evicted_keys_total{$selector}[$window]))",
    "refused_connections": (
        "60 * sum(rate(redis_rejected_connections_total{$selector}[$window]))"
        ' or 60 * sum(rate(mysql_global_status_connection_errors_total{error="max_connections",$selector}[$window]))'
    ),
    "deadlocks": (
        "60 * sum(rate(pg_stat_database_deadlocks{$selector}[$window]))"
        " or 60 * sum(rate(mysql_global_status_innodb_deadlocks{$selector}[$window]))"
    ),
}
"""PromQL by signal, in the names of client libraries, cAdvisor, the kubelet, and node, database and cache exporters.

Where the exporter is not there, or its labels are others, a query finds nothing, and nothing is claimed.
"""

CAPACITIES = {
    "file descriptors": r"fds|file_?descriptors",
    "worker slots": r"worker_?slots|workers",
    "connections": r"connections|pg_stat_activity|threads_connected|connected_clients|maxclients",
    "threads": r"threads",
    "memory": r"memory|memstats|heap",
    "disk space": r"filesystem|disk|kubelet_volume_stats",
}
"""What a service may have only so much of, and how the names of metrics say so."""
MEASURES = (
    "used|usage|in_?use|active|busy|open|current|live|working_set|count|total|bytes|ratio|percent|utili[sz]ation"
    "|free|avail(?:able)?|idle|mem(?:free|available|total)|size|capacity|limit|config|max|maximum"
)
"""What may stand behind it, where the metric counts that and nothing else."""
OF_ANOTHER = (
    r"(?<!in_)(?<!to_)(?<!by_)(?<!of_)(?<!per_)(?<!refused_)(?<!rejected_)(?<!dropped_)(?<!failed_)(?<!closed_)"
)
"""Of what is lost, or happens in it or because of it, a metric says nothing of how much is used up."""
WITHOUT_A_DEFAULT = ("network", "active_users", "affected_users")
"""Signals that are asked for only where the catalogue gives a query."""
SPLIT_LABELS: dict[Dimension, list[str]] = {
    "instance": ["pod", "instance"],
    "version": ["version", "app_version", "release"],
    "endpoint": ["route", "handler", "path", "uri", "http_route", "endpoint"],
    "region": ["region", "zone", "availability_zone", "datacenter"],
    "tenant": ["tenant", "tenant_id", "customer"],
}
"""By what requests are split -> the labels that may name it; the first that a series has counts.

`endpoint` is the last of its kind: Prometheus' operator puts the name of the scraped port there.
"""


def labels_of_errors(errors: str) -> list[str]:
    """The labels by which failed requests are marked: of those in the selector, what a mark has, or else has not."""
    found = {label: None for label, _, _ in MATCHER.findall(errors)}
    marks = {label: None for label, sign, value in MATCHER.findall(errors) if sign.startswith("=") and value[1:-1]}
    return list(marks or found)


def that_carries(errors: str) -> str:
    """Selects the requests that carry the labels by which failed ones are marked: without, none can be told to fail.

    Empty, which selects all, where no such label can be seen in the selector.
    """
    return ",".join(f'{label}!=""' for label in labels_of_errors(errors))


def capacity_of(query: str) -> str:
    """Of what a query takes the used share, by its metrics' names; empty where they do not all tell the same."""
    metrics = METRIC.findall(NO_METRIC.sub(" ", query))
    named = {_counted(metric) for metric in metrics}
    return named.pop() if len(named) == 1 else ""


def _counted(metric: str) -> str:
    name = metric.lower().replace(":", "_")
    counted = rf"(?:^|_){OF_ANOTHER}(?:{{}})(?:_(?:{MEASURES}))*$"
    return next((words for words, of in CAPACITIES.items() if re.search(counted.format(of), name)), "")
