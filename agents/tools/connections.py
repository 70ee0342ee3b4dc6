"""Connections: from the catalogue's entries to the drivers that answer."""

import json
import logging
import sys
from collections.abc import Callable, Coroutine, Mapping
from functools import partial, wraps
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from agents.io.catalogue import DECLARES, ActSettings, Catalogue, CatalogueError, DriverSettings
from agents.io.clock import Clock
from agents.io.misspelt_keys import in_words, nearest
from agents.io.redaction import beginning
from agents.readings.production import Refusal
from agents.tools import act_ports, ports
from agents.tools.drivers.chromium import Chromium
from agents.tools.drivers.command import Command
from agents.tools.drivers.email import Email
from agents.tools.drivers.github import GitHubDeployments, GitHubIssues
from agents.tools.drivers.http_checks import HttpChecks
from agents.tools.drivers.jaeger import Jaeger
from agents.tools.drivers.journald import Journald
from agents.tools.drivers.kubernetes import Kubernetes
from agents.tools.drivers.log_files import LogFiles
from agents.tools.drivers.loki import Loki
from agents.tools.drivers.markdown_notes import MarkdownNotes
from agents.tools.drivers.mcp_servers import McpServers
from agents.tools.drivers.prometheus import Prometheus
from agents.tools.drivers.provider_status import ProviderStatusPage
from agents.tools.drivers.record_only import RecordOnly
from agents.tools.drivers.slack import Slack
from agents.tools.drivers.statuspage import Statuspage
from agents.tools.drivers.tempo import Tempo
from agents.tools.drivers.webhook import Webhook
from agents.tools.port import OUTGOING, PORTS, AnyPort, Driver, Lookup, Unanswered


class DriverClass(Protocol):
    """A driver: one async method per port that it answers, named like the port, or `carry_out` for every change to
    production; `lookup` where it can tell what became of one."""

    def __call__(self, settings: Mapping[str, Any], clock: Clock) -> object: ...


DRIVERS: dict[str, DriverClass] = {
    "chromium": Chromium,
    "command": Command,
    "email": Email,
    "github_deployments": GitHubDeployments,
    "github_issues": GitHubIssues,
    "http_checks": HttpChecks,
    "jaeger": Jaeger,
    "journald": Journald,
    "kept": RecordOnly,
    "kubernetes": Kubernetes,
    "log_files": LogFiles,
    "loki": Loki,
    "markdown_notes": MarkdownNotes,
    "mcp_servers": McpServers,
    "prometheus": Prometheus,
    "provider_status": ProviderStatusPage,
    "slack": Slack,
    "statuspage": Statuspage,
    "tempo": Tempo,
    "webhook": Webhook,
}
"""The driver's name in the catalogue -> its class."""
DECLARED_PORTS = (ports, act_ports)
"""Importing the modules puts their ports into `PORTS`."""
KEPT = DriverSettings(driver="kept")
"""For the systems that let words leave the building, where nothing else is connected."""
OF_ALL = ("knowledge", "mcp")
"""Systems that the catalogue names once, and not below each service."""
Method = Callable[..., Coroutine[Any, Any, Any]]
log = logging.getLogger("warroom")


class CatalogueConnections:
    """The catalogue's drivers, made once each. Raises CatalogueError with every fault of every entry."""

    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._made: dict[str, object] = {}
        faults = [fault for where, name, entry in _entries(catalogue) for fault in self._faults(where, name, entry)]
        if faults:
            raise CatalogueError("; ".join(faults))

    def driver(self, port: AnyPort, service: str) -> Driver | None:
        """The driver's method for a port; None where nothing is connected."""
        return _guarded(_method(self._find(port, service), port), port)

    def lookup(self, port: AnyPort, service: str) -> Lookup | None:
        """How to see what became of an act; None where the driver cannot tell."""
        return _guarded(getattr(self._find(port, service), "lookup", None), port)

    def _find(self, port: AnyPort, service: str) -> object | None:
        entry = self._entry(port, service)
        return self._make(entry) if entry else None

    def _entry(self, port: AnyPort, service: str) -> DriverSettings | None:
        if port.system in OUTGOING:
            return _of(port, self._catalogue.outgoing) or KEPT
        if port.system in OF_ALL:
            return _of_all(self._catalogue).get(port.system)
        listed = self._catalogue.services.get(service)
        if listed is None:
            return None
        return _of(port, listed.act) if port.acts else _of(port, listed.observe) or _also(port, listed.observe)

    def _make(self, entry: DriverSettings) -> object:
        of_the_act = set(DECLARES) if isinstance(entry, ActSettings) else None
        settings = entry.model_dump(mode="json", exclude=of_the_act)
        name = json.dumps(settings, sort_keys=True)
        if name not in self._made:
            self._made[name] = DRIVERS[entry.driver](settings, self._clock)
        return self._made[name]

    def _faults(self, where: str, name: str, entry: DriverSettings) -> list[str]:
        """What is wrong with one entry: its name, its driver, the driver's settings, or the two together."""
        answered = _ports(name)
        if not answered:
            return [f"{where}.{name}: there is no port and no system of this name{nearest(name, _names())}"]
        if entry.driver not in DRIVERS:
            return [f"{where}.{name}: there is no driver {entry.driver}{nearest(entry.driver, DRIVERS)}"]
        try:
            driver = self._make(entry)
        except ValidationError as error:
            asked = _settings_of(entry.driver, error.title)
            return [f"{where}.{name}.{'.'.join(map(str, e['loc']))}: {in_words(e, asked)}" for e in error.errors()]
        except OSError as error:
            return [f"{where}.{name}: {error}"]
        if not any(_method(driver, port) for port in answered):
            return [f"{where}.{name}: the driver {entry.driver} cannot answer it"]
        return []


def _method(driver: object | None, port: AnyPort) -> Method | None:
    """The driver's own method for a port; for a change to production also its method for any change."""
    own: Method | None = getattr(driver, port.name, None)
    changes: Method | None = getattr(driver, "carry_out", None)
    if own is None and changes is not None and port.acts and port.system not in OUTGOING:
        return partial(changes, port.name)
    return own


def _guarded(method: Method | None, port: AnyPort) -> Method | None:
    """The method, whose answer to something it cannot read is no fault of the run."""
    if method is None:
        return None

    @wraps(method)
    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return await method(*args, **kwargs)
        except (LookupError, TypeError, AttributeError, ArithmeticError) as error:
            log.exception("an answer to %s is not of the documented shape", port.name)
            said = f"{port.name}: answered in a shape that is not the documented one ({type(error).__name__}: {error})"
            raise Unanswered(Refusal(error="failed", said=beginning(said, 2000))) from error

    return call


def may_act(catalogue: Catalogue, port: AnyPort, service: str) -> bool:
    """Whether a recorded catalogue connects a change of a service; one that connects no readings does not say."""
    if not any(listed.observe for listed in catalogue.services.values()):
        return True
    listed = catalogue.services.get(service)
    entry = _of(port, listed.act) if listed else None
    return entry is not None and _method(DRIVERS.get(entry.driver), port) is not None


def with_folder(catalogue: Catalogue, evidence: Path) -> Catalogue:
    """The catalogue with every browser told where to keep its pictures, unless it says so itself."""
    told = catalogue.model_copy(deep=True)
    for _, _, entry in _entries(told):
        if entry.driver == "chromium" and "folder" not in (entry.model_extra or {}):
            setattr(entry, "folder", str(evidence))  # noqa: B010 - an extra field, unknown to the type
    return told


def _also(port: AnyPort, entries: Mapping[str, DriverSettings]) -> DriverSettings | None:
    """An entry that stands there for another port, and whose driver can answer this one from the same system."""
    return next((e for e in entries.values() if port.name in getattr(DRIVERS[e.driver], "also_answers", ())), None)


def _of(port: AnyPort, entries: Mapping[str, DriverSettings]) -> DriverSettings | None:
    return entries.get(port.name) or entries.get(port.system)


def _entries(catalogue: Catalogue) -> list[tuple[str, str, DriverSettings]]:
    """Every entry of the catalogue, with where it stands and what it is for."""
    entries = [("outgoing", name, entry) for name, entry in catalogue.outgoing.items()]
    entries += [("catalogue", name, entry) for name, entry in _of_all(catalogue).items()]
    for service, listed in catalogue.services.items():
        entries += [(f"services.{service}.observe", name, entry) for name, entry in listed.observe.items()]
        entries += [(f"services.{service}.act", name, entry) for name, entry in listed.act.items()]
    return entries


def _of_all(catalogue: Catalogue) -> dict[str, DriverSettings]:
    """What the catalogue names once for all services, as entries like every other."""
    entries: dict[str, DriverSettings] = {}
    if catalogue.knowledge:
        notes = {"driver": "markdown_notes", "folder": str(catalogue.knowledge.folder)}
        entries["knowledge"] = DriverSettings.model_validate(notes)
    if catalogue.mcp:
        servers = {name: server.model_dump(mode="json") for name, server in catalogue.mcp.items()}
        entries["mcp"] = DriverSettings.model_validate({"driver": "mcp_servers", "servers": servers})
    return entries


def _settings_of(driver: str, title: str) -> type[BaseModel] | None:
    """The model of a driver's settings, by the name under which what is wrong with them is told."""
    found = getattr(sys.modules[getattr(DRIVERS[driver], "__module__", "")], title, None)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _names() -> list[str]:
    """What an entry may be for: a system, or one port of it."""
    return list(dict.fromkeys([*(port.system for port in PORTS.values()), *(port.name for port in PORTS.values())]))


def _ports(name: str) -> list[AnyPort]:
    """The ports that an entry of this name stands for."""
    return [port for port in PORTS.values() if name in (port.name, port.system)]
