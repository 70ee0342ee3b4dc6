"""The lab's small production: two versions of a service behind nginx, users, Prometheus and Alertmanager."""

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import which
from string import Template

import httpx2
from children import Children, LabFault, free_ports
from deploy import await_version, served_version

HERE = Path(__file__).parent
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
        for template in (HERE / "config").iterdir():
            (self._folder / template.name).write_text(Template(template.read_text()).substitute(facts))
        lab = {"shop_port": self.ports["shop"], "versions": {"v1": self.ports["v1"], "v2": self.ports["v2"]}}
        (self._folder / "lab.json").write_text(json.dumps(lab))
        (self._folder / "upstream.conf").write_text(f"server 127.0.0.1:{self.ports['v1']};\n")

    def start(self, seconds: float) -> None:
        """Start everything, and users for so many seconds; returns once v1 is deployed."""
        folder, ports, start = self._folder, self.ports, self._children.start
        for version in ("v1", "v2"):
            start(version, [sys.executable, str(HERE / "service.py"), version, str(ports[version]), str(folder)])
        start("nginx", ["nginx", "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf"], PATH=system_path())
        start("prometheus", self._prometheus())
        start("alertmanager", self._alertmanager())
        if not await_version(ports["shop"], "v1"):
            self._children.check()
            raise LabFault("nginx does not serve v1")
        self.deploy("v1")
        start("load", [sys.executable, str(HERE / "load.py"), str(ports["shop"]), str(seconds)])
        self._children.wait_until("Prometheus is ready", self._prometheus_is_ready, 20)

    def _prometheus(self) -> list[str]:
        listen = f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}"
        files = [f"--config.file={self._folder}/prometheus.yml", f"--storage.tsdb.path={self._folder}/prometheus"]
        return ["prometheus", listen, *files, "--log.level=warn"]

    def _alertmanager(self) -> list[str]:
        listen = [f"--web.listen-address=127.0.0.1:{self.ports['alertmanager']}", "--cluster.listen-address="]
        files = [f"--config.file={self._folder}/alertmanager.yml", f"--storage.path={self._folder}/alertmanager"]
        return ["prometheus-alertmanager", *listen, *files, "--log.level=warn"]

    def _prometheus_is_ready(self) -> bool:
        try:
            return httpx2.get(self._prometheus_address("/-/ready"), timeout=2, trust_env=False).is_success
        except httpx2.HTTPError:
            return False

    def _prometheus_address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.ports['prometheus']}{path}"

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
        answer = httpx2.get(
            self._prometheus_address("/api/v1/query"), params={"query": ERROR_RATE}, timeout=5, trust_env=False
        )
        result = answer.raise_for_status().json()["data"]["result"]
        if not result:
            raise LabFault("Prometheus knows no error rate")
        return float(result[0]["value"][1])


def system_path() -> str:
    """The path with Debian's places for system programs."""
    return f"{os.environ['PATH']}:{PLACES}"
