"""The webhook driver: changes to production by an HTTP address of one's own."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.redaction import beginning
from agents.io.web_address import WebAddress
from agents.readings.production import ActionResult, Refusal
from agents.tools.http_client import HttpApi, HttpRefusal
from agents.tools.port import Lookup, Unanswered


class WebhookSettings(BaseModel, extra="forbid"):
    """A `driver: webhook` entry of the catalogue."""

    driver: str = "webhook"
    url: WebAddress
    """Gets a POST with the action, its arguments and the idempotency key as JSON. An answer from 200 to 299 means done,
    unless its JSON says `"done": false`; it may have a detail and a reference."""
    outcome: WebAddress | None = None
    """Asked with ?idempotency_key=… what became of a change: the same JSON, or 404 where it was never made."""
    token: Credential | None = None
    """Sent as a bearer token."""
    seconds: float = Field(default=60, gt=0)


class Webhook:
    """Carries out whichever change the catalogue names it for."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = WebhookSettings.model_validate(settings)
        self._clock = clock
        self.lookup: Lookup | None = self._look_up if self._settings.outcome else None

    async def carry_out(self, action: str, idempotency_key: str, **arguments: str | int) -> ActionResult:
        """Make a change to production. Raises Unanswered where nobody can tell whether it was made."""
        body = {"action": action, **arguments, "idempotency_key": idempotency_key}
        try:
            answer = await self._api(self._settings.url).ask(
                "POST", "", json=body, headers={"Idempotency-Key": idempotency_key}
            )
        except HttpRefusal as refused:
            return ActionResult(done=False, detail=refused.refusal.said)
        return _result(answer)

    async def _look_up(self, idempotency_key: str) -> ActionResult | None:
        assert self._settings.outcome is not None
        try:
            answer = await self._api(self._settings.outcome).get("", idempotency_key=idempotency_key)
        except HttpRefusal as refused:
            if refused.status == 404:
                return None
            raise
        if not isinstance(answer, dict):
            said = beginning(f"asked {self._settings.outcome}; answered: {answer!r}, which does not say `done`", 2000)
            raise Unanswered(Refusal(error="failed", said=said))
        return _result({"done": False, **answer})

    def _api(self, url: str) -> HttpApi:
        api = HttpApi(url, self._clock, self._settings.seconds)
        return api.with_credential("Bearer", self._settings.token)


def _result(answer: Any) -> ActionResult:
    """What an answer of success says; whatever else its JSON is, the status says that it was done."""
    try:
        return ActionResult.model_validate({"done": True, "detail": "done", **(answer or {})})
    except (ValidationError, TypeError):
        return ActionResult(done=True, detail=beginning(str(answer), 500))
