"""Kinds of disturbance, and what each is like unless a world says otherwise."""

from typing import Any, Literal

FaultKind = Literal[
    "bad release",
    "code bug",
    "client bug",
    "overload",
    "memory exhausted",
    "machine lost",
    "disk full",
    "connections exhausted",
    "hung",
    "damaged data",
    "provider outage",
    "certificate refused",
    "credentials refused",
    "name not resolved",
    "bad configuration",
    "locked",
    "stuck job",
    "throttled",
    "intrusion",
    "records lost",
    "blip",
    "oddity",
]

KINDS: dict[str, dict[str, Any]] = {
    "bad release": {
        "ramp": 2,
        "effect": {"error_rate": 0.6, "latency": 1.4},
        "logs": [{"signature": "TypeError: expected str, got None at handlers/<name>.py:<n>", "per_minute": 140}],
        "cured_by": [{"action": "rollback", "minutes": 3}],
    },
    "code bug": {
        "ramp": 4,
        "effect": {"error_rate": 0.15, "latency": 1.1},
        "cured_by": [{"action": "deploy", "minutes": 3}],
    },
    "client bug": {
        "ramp": 4,
        "effect": {"script_errors": 0.5, "page_load": 1.5},
        "spreads": False,
        "cured_by": [{"action": "deploy", "minutes": 3}],
    },
    "overload": {
        "ramp": 14,
        "bites_at": 0.55,
        "effect": {
            "traffic": 2.1,
            "cpu": 0.62,
            "saturation": 0.63,
            "network": 0.25,
            "latency": 6,
            "error_rate": 0.12,
        },
        "logs": [
            {"signature": "request queue full: rejected after <n> ms in queue", "per_minute": 220},
            {"signature": "event loop lag of <n> ms", "level": "warning", "per_minute": 60},
        ],
        "cured_by": [{"action": "scale", "minutes": 4}],
    },
    "memory exhausted": {
        "ramp": 60,
        "bites_at": 0.7,
        "effect": {
            "memory": 0.46,
            "cpu": 0.12,
            "error_rate": 0.3,
            "latency": 3.5,
            "restarts": 14,
            "replicas_down": 1,
            "machine_reason": "OOMKilled, restarting",
        },
        "logs": [
            {"signature": "worker <n> was killed: memory limit of <n> MiB reached", "level": "fatal", "per_minute": 3}
        ],
        "cured_by": [{"action": "restart", "minutes": 3}],
    },
    "machine lost": {
        "ramp": 2,
        "effect": {
            "error_rate": 0.5,
            "latency": 3,
            "cpu": 0.3,
            "saturation": 0.4,
            "replicas_down": 2,
            "machine_reason": "NotReady: node stopped reporting",
            "events": ["node stopped reporting its state", "replicas could not be placed: no machine fits"],
        },
        "logs": [{"signature": "peer <ip> does not answer, leaving the group", "per_minute": 18}],
        "cured_by": [{"action": "failover", "minutes": 4}],
    },
    "disk full": {
        "ramp": 320,
        "bites_at": 0.94,
        "effect": {"disk": 0.58, "error_rate": 0.3, "latency": 3, "events": ["volume above 95 % of its size"]},
        "logs": [
            {
                "signature": "write failed: no space left on device (/var/lib/<name>)",
                "level": "fatal",
                "per_minute": 40,
            },
            {"signature": "volume <name> is <n> % full", "level": "warning", "per_minute": 1},
        ],
        "cured_by": [{"action": "failover", "minutes": 5}],
    },
    "connections exhausted": {
        "ramp": 18,
        "bites_at": 0.6,
        "effect": {"connections": 0.62, "saturation": 0.62, "slow_queries": 7, "error_rate": 0.55, "latency": 6},
        "logs": [
            {"signature": "FATAL: sorry, too many clients already (limit <n>)", "level": "fatal", "per_minute": 160}
        ],
        "cured_by": [{"action": "restart", "minutes": 3}, {"action": "failover", "minutes": 3}],
    },
    "hung": {
        "ramp": 2,
        "effect": {"error_rate": 0.6, "latency": 11, "cpu": -0.2, "saturation": 0.64},
        "logs": [{"signature": "no worker has finished a task for <n> s, <n> waiting", "per_minute": 24}],
        "cured_by": [{"action": "restart", "minutes": 3}],
    },
    "damaged data": {
        "ramp": 5,
        "effect": {"integrity_errors": 240, "error_rate": 0.2, "latency": 1.6, "disk": 0.04},
        "logs": [{"signature": "invalid page in block <n> of relation <name>: checksum mismatch", "per_minute": 25}],
        "cured_by": [{"action": "failover", "minutes": 4}],
    },
    "provider outage": {
        "ramp": 2,
        "effect": {"error_rate": 0.92, "latency": 6},
    },
    "certificate refused": {
        "ramp": 0,
        "effect": {"error_rate": 0.95, "refusal": "tls: certificate has expired"},
        "logs": [{"signature": "tls handshake failed: certificate has expired or is not yet valid", "per_minute": 60}],
    },
    "credentials refused": {
        "ramp": 8,
        "effect": {"error_rate": 0.06},
        "logs": [{"signature": "authentication failed for role <name>: password rejected", "per_minute": 40}],
    },
    "name not resolved": {
        "ramp": 1,
        "effect": {"error_rate": 0.08, "latency": 1.6},
        "logs": [{"signature": "lookup of <name> failed: no such host (resolver <ip>)", "per_minute": 35}],
    },
    "bad configuration": {"ramp": 3, "effect": {"error_rate": 0.05}},
    "locked": {
        "ramp": 6,
        "effect": {
            "error_rate": 0.07,
            "latency": 3,
            "slow_queries": 6,
            "connections": 0.3,
            "saturation": 0.25,
            "lock_waits": 46,
            "longest_transaction": 1400,
        },
        "logs": [{"signature": "canceling statement due to lock timeout on relation <name>", "per_minute": 30}],
    },
    "stuck job": {
        "ramp": 4,
        "effect": {"traffic": 0.04, "cpu": -0.2},
        "logs": [{"signature": "no task taken from the queue for <n> s", "level": "warning", "per_minute": 0.5}],
    },
    "throttled": {
        "ramp": 4,
        "effect": {"error_rate": 0.06, "latency": 1.3},
        "logs": [{"signature": "answered 429 Too Many Requests: quota of <n> per minute is used up", "per_minute": 50}],
    },
    "intrusion": {"ramp": 5, "effect": {"suspicious_access": ["sign-ins from many addresses with one user agent"]}},
    "records lost": {"ramp": 10, "effect": {"records_lost": 400}},
    "blip": {"ramp": 1, "effect": {"error_rate": 0.12, "latency": 3.5}},
    "oddity": {"ramp": 6, "spreads": False},
}
"""Kind -> the fields of a disturbance that a world need not write."""
