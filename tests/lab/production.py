"""The lab's small production: two versions of a service behind nginx, users, Prometheus and Alertmanager."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from string import Template

import httpx2

from tests.lab.children import Children, LabFault, free_ports
from tests.lab.deploy import await_version, served_version
from tests.lab.warroom_client import WarroomClient

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = {
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "nginx": "nginx",
    "chromium": "chromium",
}
"""Program -> the Debian package that has it."""
PLACES = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where Debian puts nginx; not on every user's path."""
PORTS = ("shop", "v1", "v2", "prometheus", "alertmanager", "warroom")
ERROR_RATE = 'sum(rate(http_requests_total{code=~"5.."}[5s])) / sum(rate(http_requests_total[5s]))'


def missing_packages() -> list[str]:
    """The Debian packages that the lab needs and this machine does not have."""
    return [package for program, package in PACKAGES.items() if not (which(program) or which(program, path=PLACES))]


class Production:
    """All that runs in the lab but Warroom."""

    def __init__(self, folder: Path, children: Children) -> None:
        self._folder = folder
        self._children = children
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self._write_configuration()

    def _write_configuration(self) -> None:
        facts = {f"{name}_port": str(port) for name, port in self.ports.items()}
        facts |= {"folder": str(self._folder), "python": sys.executable, "deploy": str(HERE / "deploy.py")}
        fill_templates(HERE / "config", self._folder, facts)
        lab = {"shop_port": self.ports["shop"], "versions": {"v1": self.ports["v1"], "v2": self.ports["v2"]}}
        (self._folder / "lab.json").write_text(json.dumps(lab))
        (self._folder / "upstream.conf").write_text(f"server 127.0.0.1:{self.ports['v1']};\n")

    def start(self, seconds: float) -> None:
        """Start everything, and users for so many seconds; returns once v1 is deployed."""
        folder, ports, start = self._folder, self.ports, self._children.start
        for version in ("v1", "v2"):
            start(version, [sys.executable, str(HERE / "service.py"), version, str(ports[version]), str(folder)])
        start("nginx", ["nginx", "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf"], PATH=system_path())
        start("prometheus", prometheus(folder, ports["prometheus"]))
        start("alertmanager", alertmanager(folder, ports["alertmanager"]))
        if not await_version(ports["shop"], "v1"):
            self._children.check()
            raise LabFault("nginx does not serve v1")
        self.deploy("v1")
        start("load", [sys.executable, str(HERE / "load.py"), str(ports["shop"]), str(seconds)])
        self._children.wait_until("Prometheus is ready", lambda: is_ready(ports["prometheus"]), 20)

    def deploy(self, version: str) -> None:
        """Deploy a version with the same tool that Warroom rolls back with."""
        command = [sys.executable, str(HERE / "deploy.py"), str(self._folder), "deploy", version]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=30, env={"PATH": system_path()}
        )
        if done.returncode != 0:
            raise LabFault(f"{version} could not be deployed: {done.stderr}")

    def serves(self) -> str:
        """The version that nginx serves now."""
        return served_version(self.ports["shop"])

    def error_rate(self) -> float:
        """The share of failing requests, as Prometheus has it now."""
        address = f"http://127.0.0.1:{self.ports['prometheus']}/api/v1/query"
        answer = httpx2.get(address, params={"query": ERROR_RATE}, timeout=5, trust_env=False)
        result = answer.raise_for_status().json()["data"]["result"]
        if not result:
            raise LabFault("Prometheus knows no error rate")
        return float(result[0]["value"][1])


def fill_templates(templates: Path, folder: Path, facts: Mapping[str, str]) -> None:
    """Write every template of one folder into another one, with the facts filled in."""
    for template in templates.iterdir():
        (folder / template.name).write_text(Template(template.read_text()).substitute(facts))


def prometheus(folder: Path, port: int) -> list[str]:
    """The command that runs Prometheus with the configuration in a folder."""
    files = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/prometheus"]
    return ["prometheus", f"--web.listen-address=127.0.0.1:{port}", *files, "--log.level=warn"]


def alertmanager(folder: Path, port: int) -> list[str]:
    """The command that runs Alertmanager with the configuration in a folder."""
    listen = [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    files = [f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alertmanager"]
    return ["prometheus-alertmanager", *listen, *files, "--log.level=warn"]


def is_ready(port: int) -> bool:
    """Whether Prometheus, or Alertmanager, answers that it is ready."""
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/-/ready", timeout=2, trust_env=False).is_success
    except httpx2.HTTPError:
        return False


def start_warroom(folder: Path, children: Children, port: int, minute_seconds: float) -> WarroomClient:
    """Start Warroom as a user would, with a short minute."""
    command = [sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--port", str(port)]
    files = ["--data", str(folder / "warroom"), "--catalogue", str(folder / "catalogue.yaml")]
    surroundings = {"WARROOM_MINUTE_SECONDS": str(minute_seconds), "PYTHONPATH": str(ROOT), "PATH": system_path()}
    children.start("warroom", [*command, *files], **surroundings)
    client = WarroomClient(port)
    children.wait_until("Warroom is ready", client.is_ready, 60)
    return client


def system_path() -> str:
    """The path with Debian's places for system programs."""
    return f"{os.environ['PATH']}:{PLACES}"
