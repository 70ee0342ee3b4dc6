"""The ticket office: nginx before two instances of front, booking, seats, letters, the card company, and monitoring."""

import json
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.lab.children import Children, LabFault, free_ports
from tests.lab.production import ROOT, alertmanager, fill_templates, is_ready, prometheus, system_path
from tests.lab.street.controls import Act, Controls
from tests.lab.street.users import visit

HERE = Path(__file__).parent
INSTANCES = {
    "front": ("front_1", "front_2"),
    "booking": ("booking",),
    "seats": ("seats",),
    "letters": ("letters",),
    "cards": ("cards",),
}
FIRST_VERSIONS = {"front": "2.4.0", "booking": "1.9.3", "seats": "4.0.7", "letters": "1.2.0", "cards": "outside"}
PORTS = (
    *(instance for instances in INSTANCES.values() for instance in instances),
    *("door", "prometheus", "alertmanager", "controls", "warroom"),
)
RELEASED_BEFORE = timedelta(hours=6)
"""So long ago the first versions were released."""


class TicketOffice:
    """All that runs but Warroom, and everything that can be done to it."""

    def __init__(self, folder: Path, children: Children, minute_seconds: float) -> None:
        self.folder = folder
        self._children = children
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self._controls = Controls(self)
        self._running = {instance: FIRST_VERSIONS[service] for service, of in INSTANCES.items() for instance in of}
        before = datetime.now(UTC) - RELEASED_BEFORE
        self._releases = [_release(service, version, None, before) for service, version in FIRST_VERSIONS.items()]
        self._write_configuration(minute_seconds)

    def _write_configuration(self, minute_seconds: float) -> None:
        facts = {f"{name}_port": str(port) for name, port in self.ports.items()}
        facts |= {"folder": str(self.folder), "python": sys.executable, "operate": str(HERE / "operate.py")}
        facts["window_seconds"] = f"{window_seconds(minute_seconds):g}"
        fill_templates(HERE / "config", self.folder, facts)
        ports = {name: self.ports[name] for name in INSTANCES if name in self.ports}
        (self.folder / "ports.json").write_text(json.dumps(ports))
        (self.folder / "queue").mkdir()

    @property
    def acts(self) -> list[Act]:
        """What was done through the controls, oldest first."""
        return list(self._controls.acts)

    @contextmanager
    def open(self) -> Generator[None]:
        """Run everything, with users, until the context ends. The children are ended by their owner."""
        for service, instances in INSTANCES.items():
            for instance in instances:
                self._children.start(instance, self._command(service, instance), **_surroundings())
        folder, ports = self.folder, self.ports
        nginx = ["nginx", "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf"]
        self._children.start("nginx", nginx, PATH=system_path())
        self._children.start("prometheus", prometheus(folder, ports["prometheus"]))
        self._children.start("alertmanager", alertmanager(folder, ports["alertmanager"]))
        with self._controls.serving(ports["controls"]):
            for name in ("prometheus", "alertmanager"):
                self._children.wait_until(f"{name} is ready", lambda name=name: is_ready(ports[name]), 30)
            self._children.wait_until("a booking succeeds", lambda: visit(ports["door"], "/book") == 200, 30)
            users = [sys.executable, "-m", "tests.lab.street.users", str(ports["door"]), str(folder)]
            self._children.start("users", users, **_surroundings())
            yield

    def _command(self, service: str, instance: str) -> list[str]:
        program = [sys.executable, "-m", "tests.lab.street.services", service, self._running[instance]]
        return [*program, str(self.ports[instance]), str(self.folder)]

    def restart(self, service: str) -> None:
        """Start all instances of a service again; returns once they answer. Raises LabFault."""
        for instance in _instances(service):
            self._start_again(service, instance)

    def _start_again(self, service: str, instance: str) -> None:
        self._children.restart(instance, self._command(service, instance), **_surroundings())
        port = self.ports[instance]
        self._children.wait_until(f"{instance} answers", lambda: visit(port, "/healthz") == 200, 15)

    def release(self, service: str, version: str, instances: tuple[str, ...] = ()) -> None:
        """Put a version into production, on all instances unless some are named. Raises LabFault."""
        previous = self._running[_instances(service)[0]]
        for instance in instances or _instances(service):
            self._running[instance] = version
            self._start_again(service, instance)
        for earlier in self._releases:
            if earlier["service"] == service and earlier["version"] != version and self._was_released(service, version):
                earlier["status"] = "rolled back"
        self._releases.append(_release(service, version, previous, datetime.now(UTC)))

    def _was_released(self, service: str, version: str) -> bool:
        return any(each["service"] == service and each["version"] == version for each in self._releases)

    def history(self, service: str) -> dict[str, Any]:
        """The releases of a service in the shape of Warroom's reading; the newest one counts as running."""
        releases = [each for each in self._releases if each["service"] == service]
        return {"service": service, "running": releases[-1]["version"] if releases else None, "deployments": releases}

    def pipeline(self, service: str) -> dict[str, Any]:
        """The version to go back to: the one before the newest, where there is one."""
        versions = [each["version"] for each in self._releases if each["service"] == service]
        earlier = [version for version in versions if version != versions[-1]]
        return {"service": service, "status": "passing", "rollback_target": earlier[-1] if earlier else None}

    def hang(self, instance: str) -> None:
        """Stop a process where it stands: it lives, keeps its port, and answers nothing."""
        self._children.signal(instance, signal.SIGSTOP)

    def go_on(self, instance: str) -> None:
        """Let a process go on that hangs."""
        self._children.signal(instance, signal.SIGCONT)

    def configure(self, service: str, **settings: Any) -> None:
        """Replace the settings of a service; it reads them at each use, without a deployment or a restart."""
        written = self.folder / f"{service}.json.new"
        written.write_text(json.dumps(settings))
        written.replace(self.folder / f"{service}.json")

    def set_rule(self, name: str, rules: str | None) -> None:
        """Write a file of alert rules, or remove it, and have Prometheus read its rules again."""
        path = self.folder / f"rules-{name}.yml"
        if rules is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(rules)
        self._children.signal("prometheus", signal.SIGHUP)


def window_seconds(minute_seconds: float) -> float:
    """Over how long Warroom takes rates here: two minutes of the runbook, as it does by itself at 60 s a minute."""
    return 2 * minute_seconds


def _instances(service: str) -> tuple[str, ...]:
    if service not in INSTANCES:
        raise LabFault(f"there is no service {service}")
    return INSTANCES[service]


def _release(service: str, version: str, previous: str | None, at: datetime) -> dict[str, Any]:
    return {
        "service": service,
        "version": version,
        "previous": previous,
        "at": at.isoformat(),
        "status": "succeeded",
    }


def _surroundings() -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT)}
