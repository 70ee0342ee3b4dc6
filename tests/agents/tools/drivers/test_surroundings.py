"""Drivers reach the systems that the catalogue names, whatever proxies and certificates the environment names."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents.io.clock import VirtualClock
from agents.tools.drivers.chromium import Chromium
from agents.tools.drivers.github import GitHubIssues
from agents.tools.drivers.http_checks import HttpChecks
from agents.tools.drivers.loki import Loki
from agents.tools.drivers.prometheus import Prometheus
from agents.tools.drivers.slack import Slack
from agents.tools.http_client import HttpApi
from tests.agents.surroundings import emptied
from tests.agents.tools.vendor import Answer, Asked, on_loopback

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SAMPLES = [[NOON.timestamp(), "1"]]
Look = Callable[[str, VirtualClock, Path], Awaitable[object]]
LOOKS: dict[str, Look] = {
    "any": lambda url, clock, _: HttpApi(url, clock).get("/"),
    "prometheus": lambda url, clock, _: Prometheus({"url": url}, clock).golden_signals("shop", 1),
    "loki": lambda url, clock, _: Loki({"url": url}, clock).error_log("shop"),
    "http_checks": lambda url, clock, _: HttpChecks({"endpoints": [{"url": url}]}, clock).check_endpoints("shop"),
    "chromium": lambda url, clock, folder: Chromium(
        {"url": url, "binary": "/nowhere", "folder": str(folder)}, clock
    ).screenshot("shop"),
    "slack": lambda url, clock, _: Slack({"url": url, "token": "env:A_TOKEN", "channel": "C1"}, clock).lookup("r/x"),
    "github_issues": lambda url, clock, _: GitHubIssues(
        {"url": url, "token": "env:A_TOKEN", "repository": "a/b"}, clock
    ).lookup("r/x"),
}
BODIES: dict[str, Any] = {
    "/api/v1/query_range": {"data": {"result": [{"values": SAMPLES}]}},
    "/loki/api/v1/query_range": {"data": {"result": []}},
    "/conversations.history": {"ok": True, "messages": []},
    "/repos/a/b/issues": [],
}


@pytest.mark.parametrize("who", LOOKS)
async def test_a_driver_reads_from_loopback_past_proxies_and_stale_certificates(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, who: str
) -> None:
    environment = emptied(monkeypatch)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        environment.setenv(name, "http://127.0.0.1:1")
    environment.setenv("SSL_CERT_FILE", "/nowhere.pem")
    environment.setenv("A_TOKEN", "t\n")
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        return Answer(200, BODIES.get(request.path, {}))

    with on_loopback(answer) as url:
        await LOOKS[who](url, VirtualClock(NOON), tmp_path)
    assert asked
    assert {request.headers.get("authorization", "Bearer t") for request in asked} == {"Bearer t"}
