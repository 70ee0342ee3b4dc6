"""The Statuspage driver: one incident on the page for each run, updated in place."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, Field

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.web_address import WebAddress
from agents.readings.production import ActionResult
from agents.tools.http_client import HttpApi, look_again

WORDS = {"investigating", "identified", "monitoring", "resolved"}
"""Statuspage's statuses of an incident, which are the runbook's."""


class StatuspageSettings(BaseModel, extra="forbid"):
    """A `driver: statuspage` entry of the catalogue."""

    driver: str = "statuspage"
    token: Credential
    page: str = Field(pattern=r"^\w+$")
    """The page's id."""
    components: dict[str, str] = {}
    """Public name of a service -> id of its component on the page."""
    while_open: str = Field(default="partial_outage", pattern=r"^(degraded_performance|partial_outage|major_outage)$")
    """What a component is said to be until the incident is resolved."""
    tell_subscribers: bool = True
    url: WebAddress = "https://api.statuspage.io/v1"
    seconds: float = 10


class Statuspage:
    """Speaks Statuspage's REST API. The incident's metadata name the run and the key of its last update."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = StatuspageSettings.model_validate(settings)
        self._page = HttpApi(self._settings.url, clock, self._settings.seconds)
        self._page.with_credential("OAuth", self._settings.token)

    async def publish_status(self, service: str, text: str, idempotency_key: str) -> ActionResult:
        return await look_again(self._publish(service, text, idempotency_key), self.lookup, idempotency_key)

    async def lookup(self, idempotency_key: str) -> ActionResult | None:
        """The run's incident, where this was its last update."""
        incident = await self._find(_run(idempotency_key))
        return _told(incident) if incident and _note(incident).get("key") == idempotency_key else None

    async def _publish(self, service: str, text: str, key: str) -> ActionResult:
        incident = await self._find(_run(key))
        update = {
            "status": _status(text),
            "body": text,
            "deliver_notifications": self._settings.tell_subscribers,
            "metadata": {"warroom": {"run": _run(key), "key": key}},
            **self._component(service, _status(text)),
        }
        if incident is None:
            new = {"name": f"{service}: incident", **update}
            return _told(await self._page.ask("POST", self._incidents, json={"incident": new}))
        path = f"{self._incidents}/{quote(incident['id'], safe='')}"
        return _told(await self._page.ask("PATCH", path, json={"incident": update}))

    @property
    def _incidents(self) -> str:
        return f"/pages/{self._settings.page}/incidents"

    async def _find(self, run: str) -> dict[str, Any] | None:
        newest: list[dict[str, Any]] = await self._page.get(self._incidents, limit=100)
        return next((incident for incident in newest if _note(incident).get("run") == run), None)

    def _component(self, service: str, status: str) -> dict[str, Any]:
        component = self._settings.components.get(service)
        if component is None:
            return {}
        state = "operational" if status == "resolved" else self._settings.while_open
        return {"component_ids": [component], "components": {component: state}}


def _status(text: str) -> str:
    """The status that an update's words give."""
    given = re.search(r"^Status: (\w+)", text, re.MULTILINE)
    word = given[1].lower() if given else ""
    return word if word in WORDS else "investigating"


def _run(key: str) -> str:
    return key.partition("/")[0]


def _note(incident: Mapping[str, Any]) -> dict[str, str]:
    noted: dict[str, dict[str, str]] = incident.get("metadata") or {}
    return noted.get("warroom", {})


def _told(incident: Mapping[str, Any]) -> ActionResult:
    said = f"the page says {incident['status']} (incident {incident['id']})"
    return ActionResult(done=True, detail=said, reference=str(incident.get("shortlink") or incident["id"]))
