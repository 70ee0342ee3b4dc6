"""The webhook driver: changes to production by an HTTP address of one's own."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from agents.io.clock import Clock
from agents.io.credentials import Credential
from agents.io.redaction import beginning
from agents.io.web_address import WebAddress
from agents.readings.production import ActionResult, Refusal
from agents.tools.act_answers import result_of_success
from agents.tools.http_client import HttpApi, HttpRefusal, look_again
from agents.tools.port import Lookup, Unanswered

BROKEN_FROM = 500
"""The status from which on an answer is no refusal: a proxy says so, too, while the change behind it is being made."""


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
        """Make a change to production; where the answer got lost, see what became of it. Raises Unanswered."""
        making = self._make({"action": action, **arguments, "idempotency_key": idempotency_key})
        return await look_again(making, self.lookup, idempotency_key) if self.lookup else await making

    async def _make(self, body: Mapping[str, str | int]) -> ActionResult:
        headers = {"Idempotency-Key": str(body["idempotency_key"])}
        try:
            return result_of_success(await self._api(self._settings.url).post("", body, headers))
        except HttpRefusal as refused:
            if refused.status >= BROKEN_FROM:
                raise Unanswered(refused.refusal) from refused
            return ActionResult(done=False, detail=refused.refusal.said)

    async def _look_up(self, idempotency_key: str) -> ActionResult | None:
        assert self._settings.outcome is not None
        try:
            answer = await self._api(self._settings.outcome).get("", idempotency_key=idempotency_key)
        except HttpRefusal as refused:
            if refused.status == 404:
                return None
            raise
        try:
            return ActionResult.model_validate({"done": False, "detail": "nothing more is said of it", **answer})
        except (ValidationError, TypeError) as error:
            said = f"asked {self._settings.outcome}; answered: {answer!r}, which does not say `done`"
            raise Unanswered(Refusal(error="failed", said=beginning(said, 2000))) from error

    def _api(self, url: str) -> HttpApi:
        api = HttpApi(url, self._clock, self._settings.seconds)
        return api.with_credential("Bearer", self._settings.token)
