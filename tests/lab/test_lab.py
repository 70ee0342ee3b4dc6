"""The lab's own parts. The lab as a whole is `make lab`: it needs programs that a test machine may not have."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from string import Template
from typing import Any

import httpx2
import pytest

HERE = Path(__file__).parent
Serve = Callable[[str], int]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def get(port: int, path: str) -> httpx2.Response:
    return httpx2.get(f"http://127.0.0.1:{port}{path}", timeout=5, trust_env=False)


def await_answer(port: int) -> None:
    for _ in range(100):
        try:
            get(port, "/version")
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing answers on port {port}")


@pytest.fixture
def start() -> Iterator[Callable[[list[str]], None]]:
    running: list[subprocess.Popen[bytes]] = []
    yield lambda command: running.append(subprocess.Popen(command))
    for process in running:
        process.terminate()
        process.wait(timeout=5)


@pytest.fixture
def serve(start: Callable[[list[str]], None], tmp_path: Path) -> Serve:
    """Start a version of the service; gives its port."""

    def serving(version: str) -> int:
        port = free_port()
        start([sys.executable, str(HERE / "service.py"), version, str(port), str(tmp_path)])
        await_answer(port)
        return port

    return serving


def deployment_tool(folder: Path, *arguments: str) -> Any:
    command = [sys.executable, str(HERE / "deploy.py"), str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return json.loads(done.stdout) if done.stdout.strip() else None


def test_v1_takes_every_payment(serve: Serve) -> None:
    port = serve("v1")
    assert {get(port, "/pay").status_code for _ in range(10)} == {200}
    assert 'http_requests_total{code="500"} 0' in get(port, "/metrics").text


def test_v2_fails_on_three_payments_in_five_and_counts_them(serve: Serve, tmp_path: Path) -> None:
    port = serve("v2")
    assert [get(port, "/pay").status_code for _ in range(10)] == [500, 500, 500, 200, 200] * 2
    metrics = get(port, "/metrics").text
    assert 'http_requests_total{code="500"} 6' in metrics
    assert 'http_request_duration_seconds_bucket{le="+Inf"} 10' in metrics
    (pattern,) = deployment_tool(tmp_path, "errors")["patterns"]
    assert (pattern["count"], pattern["versions"]) == (6, ["v2"])
    assert pattern["signature"] == "KeyError: 'discount' in take_payment of cart …"


@pytest.mark.skipif(not which("nginx"), reason="there is no nginx here")
def test_a_deployment_switches_nginx_and_a_rollback_switches_it_back(
    serve: Serve, start: Callable[[list[str]], None], tmp_path: Path
) -> None:
    versions, shop_port = {"v1": serve("v1"), "v2": serve("v2")}, free_port()
    (tmp_path / "lab.json").write_text(json.dumps({"shop_port": shop_port, "versions": versions}))
    (tmp_path / "upstream.conf").write_text(f"server 127.0.0.1:{versions['v1']};\n")
    template = Template((HERE / "config" / "nginx.conf").read_text())
    (tmp_path / "nginx.conf").write_text(template.substitute(folder=tmp_path, shop_port=shop_port))
    start(["nginx", "-e", f"{tmp_path}/nginx.log", "-c", f"{tmp_path}/nginx.conf"])
    await_answer(shop_port)
    for version, key in (("v1", "a"), ("v2", "b"), ("v1", "c")):
        assert deployment_tool(tmp_path, "deploy", version, "--key", key)["done"]
        assert get(shop_port, "/version").text == version
    history = deployment_tool(tmp_path, "history")
    assert history["running"] == "v1"
    assert [(row["version"], row["status"]) for row in history["deployments"]] == [
        ("v1", "succeeded"),
        ("v2", "rolled back"),
        ("v1", "succeeded"),
    ]
    assert deployment_tool(tmp_path, "outcome", "b")["reference"] == "v2"
    assert deployment_tool(tmp_path, "outcome", "never") is None


def test_the_lab_names_the_packages_that_are_missing_and_installs_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab.lab"],
        cwd=HERE.parents[1],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "The lab needs these Debian packages: prometheus prometheus-alertmanager" in done.stderr
    assert "chromium" in done.stderr
