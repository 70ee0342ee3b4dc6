"""Answers of Prometheus' HTTP API, and what it was asked, for the tests of its driver."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlparse

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def matrix(*values: tuple[datetime, str]) -> str:
    series: list[dict[str, Any]] = (
        [{"metric": {}, "values": [[at.timestamp(), value] for at, value in values]}] if values else []
    )
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}})


def asked_query(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(path).query).items()}


def query_of(path: str) -> str:
    return asked_query(path)["query"]


def vector(*found: tuple[dict[str, str], float]) -> str:
    """Series with one sample each, of now."""
    series = [{"metric": labels, "values": [[NOON.timestamp(), str(value)]]} for labels, value in found]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}})
